"""A branch, its log, and what belongs to the log: versions, answers, cursors."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from server.tables.columns import Instant, metadata, named

branches = Table(
    "branches",
    metadata,
    named("id", primary_key=True),
    Column("time_zone", String(60), nullable=False),
    Column("last_seq", BigInteger, nullable=False, default=0),
    Column("last_at", Instant),
    Column("catalogue_version", Integer, nullable=False, default=0),
    Column("policy_version", Integer, nullable=False, default=0),
    Column("closed_date", Date),
    # A policy that is put down for later: the `seq` of its event, and when it comes into force.
    Column("policy_scheduled", BigInteger),
    Column("policy_due_at", Instant),
)

catalogues = Table(
    "catalogues",
    metadata,
    named("branch_id", primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    named("branch_id", primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
)

IS_CALL = text("type = 'TicketCalled'")
IS_CONFIGURATION = text("type IN ('CatalogueChanged', 'PolicyPublished')")
event_log = Table(
    "event_log",
    metadata,
    named("branch_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    named("ticket_id"),
    Column("version", Integer),
    Column("type", String(40), nullable=False),
    Column("schema_version", Integer, nullable=False, default=1),
    Column("at", Instant, nullable=False),
    Column("actor", String(160), nullable=False),
    Column("cause", String(80), nullable=False),
    Column("payload", Text, nullable=False),
    UniqueConstraint("ticket_id", "version", name="uq_event_log_ticket_version"),
    # Few among millions: which configuration was in force on a day of the past.
    Index(
        "ix_event_log_configuration",
        "branch_id",
        "seq",
        sqlite_where=IS_CONFIGURATION,
        postgresql_where=IS_CONFIGURATION,
    ),
    # How many calls a version of the policy made, without a look at the rest of the log.
    Index("ix_event_log_calls", "branch_id", "seq", sqlite_where=IS_CALL, postgresql_where=IS_CALL),
)

#: Calling policies that nobody has published yet; one for each author.
policy_drafts = Table(
    "policy_drafts",
    metadata,
    named("id", primary_key=True),
    named("branch_id", nullable=False),
    Column("author", String(160), nullable=False),
    Column("name", String(120), nullable=False),
    Column("revision", Integer, nullable=False),
    #: The version that was in force when it was begun.
    Column("base", Integer, nullable=False),
    Column("document", JSON, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("branch_id", "author", name="uq_policy_drafts_author"),
)

#: What the law wants forgotten before its event: kept beside the log, joined when read.
expiring_facts = Table(
    "expiring_facts",
    metadata,
    named("branch_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("field", String(40), primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Index("ix_expiring_facts_expires_on", "expires_on"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("subscriber", String(40), primary_key=True),
    named("branch_id", primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

#: Answers already given, so that a repeated press gets the first one (rules D2, P2).
answers = Table(
    "answers",
    metadata,
    named("branch_id", primary_key=True),
    named("command_id", primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("result", Text, nullable=False),
    Index("ix_answers_at", "at"),
)
