"""The schema, and every invariant that a constraint can hold. Migrations stand beside it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from typing_extensions import override

metadata = MetaData()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant as whole microseconds: the same order and precision in every database."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    @override
    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


def instant(microseconds: int) -> datetime:
    """The instant of a stored number, for queries written as text."""
    return _EPOCH + microseconds * _MICROSECOND


def _id(name: str, **kwargs: Any) -> Column[str]:
    return Column(name, String(80), **kwargs)


branches = Table(
    "branches",
    metadata,
    _id("id", primary_key=True),
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
    _id("branch_id", primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    _id("branch_id", primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", JSON, nullable=False),
)

IS_CALL = text("type = 'TicketCalled'")
IS_CONFIGURATION = text("type IN ('CatalogueChanged', 'PolicyPublished')")

event_log = Table(
    "event_log",
    metadata,
    _id("branch_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _id("ticket_id"),
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
    _id("id", primary_key=True),
    _id("branch_id", nullable=False),
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
    _id("branch_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("field", String(40), primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Index("ix_expiring_facts_expires_on", "expires_on"),
)

_AT_A_COUNTER = text("status IN ('called', 'serving')")
IS_WAITING = text("status = 'waiting'")
#: Spelled as in its index: a partial index is only used by a query that repeats its condition.
IS_DIRECTED = text("status = 'waiting' AND (to_counter IS NOT NULL OR to_officer IS NOT NULL)")
#: Tickets on paper whose printer has not said anything yet.
UNPRINTED = text("slip = '' AND channel = 'kiosk'")

tickets = Table(
    "tickets",
    metadata,
    _id("id", primary_key=True),
    _id("branch_id", nullable=False),
    Column("number", String(8), nullable=False),
    Column("serial", Integer, nullable=False),
    _id("queue", nullable=False),
    _id("service", nullable=False),
    Column("business_date", Date, nullable=False),
    Column("arrival_at", Instant, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("status", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("language", String(8), nullable=False),
    _id("procedure"),
    Column("priority", String(8)),
    Column("priority_confirmed", Boolean, nullable=False),
    _id("counter"),
    Column("officer", String(120), nullable=False),
    Column("first_called_at", Instant),
    Column("called_at", Instant),
    Column("calls", Integer, nullable=False),
    Column("call_seq", BigInteger),
    Column("started_at", Instant),
    Column("first_started_at", Instant),
    Column("ended_at", Instant),
    Column("rule", String(20), nullable=False),
    Column("outcome", String(40)),
    Column("dossier_code", String(60)),
    Column("result_on", Date),
    _id("from_counter"),
    _id("to_counter"),
    Column("to_officer", String(120)),
    Column("note", Text, nullable=False),
    Column("park_reason", Text, nullable=False),
    Column("return_at", Instant),
    #: The wait that was told at its issue; `levels` is JSON, or empty.
    Column("expected_s", Integer),
    Column("low_s", Integer),
    Column("high_s", Integer),
    Column("model", String(20), nullable=False, server_default=""),
    Column("levels", Text, nullable=False, server_default=""),
    Column("fallback_s", Integer),
    Column("naive_s", Integer),
    Column("level", Integer),
    Column("service_s", Float, nullable=False),
    Column("slip", String(20), nullable=False),
    Column("readiness", String(12), nullable=False, server_default=""),
    #: When the number was taken; `arrival_at` is later for who let others go first.
    Column("issued_at", Instant, nullable=False, server_default="0"),
    Column("yielded", Integer, nullable=False, server_default="0"),
    Column("device", String(120), nullable=False, server_default=""),
    # A number is given once a day (N1), and a counter holds one ticket at a time (D5).
    UniqueConstraint("branch_id", "business_date", "number", name="uq_tickets_number"),
    Index(
        "uq_tickets_counter",
        "counter",
        unique=True,
        sqlite_where=_AT_A_COUNTER,
        postgresql_where=_AT_A_COUNTER,
    ),
    # The heads of the lines: one index look-up a lane, however many wait.
    Index(
        "ix_tickets_line",
        "branch_id",
        "queue",
        "priority",
        "arrival_at",
        "serial",
        "id",
        sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    ),
    # A call looks for those sent to its counter first; there are seldom any.
    Index(
        "ix_tickets_directed",
        "branch_id",
        sqlite_where=IS_DIRECTED,
        postgresql_where=IS_DIRECTED,
    ),
    # Slips on their way: looked over every few seconds for those that got lost.
    Index("ix_tickets_unprinted", "arrival_at", sqlite_where=UNPRINTED, postgresql_where=UNPRINTED),
    Index("ix_tickets_day", "branch_id", "business_date", "status"),
    Index("ix_tickets_called", "branch_id", "first_called_at"),
    # Figures are by the day of issue, also of a ticket that was carried over to another.
    Index("ix_tickets_issued", "branch_id", "issued_at"),
)

counters = Table(
    "counters",
    metadata,
    _id("id", primary_key=True),
    _id("branch_id", nullable=False),
    Column("status", String(8), nullable=False),
    Column("officer", String(120), nullable=False),
    Column("account", String(60), nullable=False, server_default=""),
    Column("title", String(120), nullable=False, server_default=""),
    Column("since", Instant),
    Column("active_at", Instant),
    Column("pause_reason", Text, nullable=False),
    Column("return_at", Instant),
    _id("ticket"),
    _id("served"),
    #: JSON: what may still be undone, with the rows as they were before it.
    Column("steps", Text, nullable=False, server_default="[]"),
    Column("call_seq", BigInteger),
    Column("shown", Integer, nullable=False),
    Column("spoken", Integer, nullable=False),
    UniqueConstraint("ticket", name="uq_counters_ticket"),
    Index("ix_counters_branch", "branch_id"),
)

stages = Table(
    "stages",
    metadata,
    _id("ticket", primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    _id("branch_id", nullable=False),
    _id("queue", nullable=False),
    _id("service", nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("called_at", Instant),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("end", String(24), nullable=False),
    _id("counter"),
    Column("officer", String(120), nullable=False),
    Column("calls", Integer, nullable=False),
    Column("outcome", String(40)),
    Index("ix_stages_entered", "branch_id", "entered_at"),
    Index("ix_stages_service", "branch_id", "service", "ended_at"),
)

series = Table(
    "series",
    metadata,
    _id("branch_id", primary_key=True),
    _id("queue", primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("last_serial", Integer, nullable=False),
)

#: People waiting by queue and class, so that no issue counts a line. Class '' = normal.
waiting = Table(
    "waiting",
    metadata,
    _id("branch_id", primary_key=True),
    _id("queue", primary_key=True),
    Column("priority", String(8), primary_key=True),
    Column("people", Integer, nullable=False),
)

#: Normal calls since the last priority call, by line (queues joined with '+').
tallies = Table(
    "tallies",
    metadata,
    _id("branch_id", primary_key=True),
    Column("pool", String(200), primary_key=True),
    Column("normal_since", Integer, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    _id("branch_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("until", Instant),
    Column("emergency", Boolean, nullable=False, server_default=false()),
    Column("aloud", Boolean, nullable=False, server_default=false()),
)

#: Answers already given, so that a repeated press gets the first one (rules D2, P2).
answers = Table(
    "answers",
    metadata,
    _id("branch_id", primary_key=True),
    _id("command_id", primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("result", Text, nullable=False),
    Index("ix_answers_at", "at"),
)

#: What a kiosk may look up. Nothing in it is about a person.
dossiers = Table(
    "dossiers",
    metadata,
    _id("branch_id", primary_key=True),
    Column("code", String(60), primary_key=True),
    Column("status", Integer, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("promised", Date),
    Column("next_step", Text, nullable=False),
    #: The interlinked dossier whose part it is.
    Column("part_of", String(60), nullable=False, server_default=""),
    Index("ix_dossiers_part_of", "branch_id", "part_of"),
)

#: Numbers that kiosks hold to give by themselves; none is given by anybody else.
blocks = Table(
    "blocks",
    metadata,
    _id("branch_id", primary_key=True),
    _id("id", primary_key=True),
    Column("device", String(120), nullable=False),
    _id("queue", nullable=False),
    Column("business_date", Date, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Index("ix_blocks_day", "branch_id", "business_date"),
)

#: How each kiosk's printer was last said to be.
printers = Table(
    "printers",
    metadata,
    _id("branch_id", primary_key=True),
    Column("device", String(120), primary_key=True),
    Column("state", String(20), nullable=False),
)

#: Visits rated 1 or 2, which a manager looks into.
follow_ups = Table(
    "follow_ups",
    metadata,
    _id("ticket", primary_key=True),
    _id("branch_id", nullable=False),
    Column("number", String(8), nullable=False),
    _id("service", nullable=False),
    _id("counter"),
    Column("officer", String(120), nullable=False),
    Column("level", Integer, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("settled_at", Instant),
    Column("settled_by", String(160), nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_follow_ups_branch", "branch_id", "settled_at"),
)

#: What needed a person's eye. `figures` is JSON: the plain values that explain it.
alerts = Table(
    "alerts",
    metadata,
    _id("branch_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", String(40), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("level", String(8), nullable=False),
    Column("since", Instant, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("figures", Text, nullable=False),
    Column("acknowledged_at", Instant),
    Column("by", String(160), nullable=False),
    Column("word", Text, nullable=False),
    Column("cleared_at", Instant),
    Column("outcome", String(12), nullable=False),
    Index("ix_alerts_cause", "branch_id", "rule", "subject", "seq"),
    Index("ix_alerts_raised", "branch_id", "raised_at"),
    # Those that stand are few and looked for often.
    Index(
        "ix_alerts_open",
        "branch_id",
        sqlite_where=text("cleared_at IS NULL"),
        postgresql_where=text("cleared_at IS NULL"),
    ),
)

#: The last word about a counter on a day: whether it was declared absent, and taken back.
absences = Table(
    "absences",
    metadata,
    _id("branch_id", primary_key=True),
    _id("counter", primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("officer", String(120), nullable=False),
    #: Local; without both it is for all day.
    Column("since", Time),
    Column("until", Time),
    Column("reason", String(20), nullable=False),
    Column("declared_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Index("ix_absences_day", "branch_id", "business_date"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("subscriber", String(40), primary_key=True),
    _id("branch_id", primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

#: What each branch's log has taught its forecast, so that a worker need not read it all again.
forecast_states = Table(
    "forecast_states",
    metadata,
    _id("branch_id", primary_key=True),
    Column("model", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    _id("id", primary_key=True),
    _id("branch_id", nullable=False),
    Column("kind", String(12), nullable=False),
    _id("counter_id"),
    Column("name", String(120), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    #: A new token that the device has been given and has not used yet.
    Column("next_token_hash", String(64)),
    #: Where a kiosk's slips are printed: an address, `agent`, or empty for the server's own.
    Column("printer", String(200), nullable=False, server_default=""),
    Column("revoked", Boolean, nullable=False, default=False),
    Column("added_at", Instant),
    #: When the token in force was made, where it is not that of `added_at`.
    Column("rotated_at", Instant),
    #: An administrator wants the device to take a new token.
    Column("must_rotate", Boolean, nullable=False, server_default=false()),
    Index("uq_devices_next_token", "next_token_hash", unique=True),
    Index("ix_devices_branch", "branch_id", "kind", "name"),
)

#: A device that shows its code and waits for an administrator. Nothing in it lets anybody in.
pairings = Table(
    "pairings",
    metadata,
    _id("id", primary_key=True),
    Column("code", String(6), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),
    #: Of which branch and counter the device's page is, where it is of one.
    _id("branch_id"),
    _id("counter_id"),
    Column("secret_hash", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    #: JSON: as what it was approved, until the device comes for its token.
    Column("approval", Text, nullable=False, server_default=""),
)

users = Table(
    "users",
    metadata,
    Column("username", String(60), primary_key=True),
    _id("branch_id"),
    Column("role", String(20), nullable=False),
    Column("name", String(120), nullable=False),
    Column("title", String(120), nullable=False, server_default=""),
    #: Permissions beyond those of the role, joined with commas.
    Column("grants", Text, nullable=False, server_default=""),
    Column("password_hash", Text, nullable=False),
    Column("pin_hash", Text, nullable=False, server_default=""),
    Column("totp_secret", String(64), nullable=False, server_default=""),
    #: The last thirty-second step whose code was used: a code counts once.
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    #: Who they are to the OpenID provider.
    Column("subject", String(200), nullable=False, server_default=""),
    #: The password was given by somebody else: the next sign-in asks for one of their own.
    Column("must_change", Boolean, nullable=False, server_default=false()),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("revoked", Boolean, nullable=False, default=False),
    Index("ix_users_branch", "branch_id"),
    Index(
        "uq_users_subject",
        "subject",
        unique=True,
        sqlite_where=text("subject <> ''"),
        postgresql_where=text("subject <> ''"),
    ),
)

#: Whose figures an account sees beside those of its own branch.
overseen = Table(
    "overseen",
    metadata,
    Column("username", String(60), primary_key=True),
    _id("branch_id", primary_key=True),
)

#: Sign-ins under way: the cookie holds the id, so that one can be ended from here.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("username", String(60), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("address", String(64), nullable=False),
    #: Left alone: the PIN opens it again.
    Column("locked", Boolean, nullable=False, default=False),
    Column("pin_failures", Integer, nullable=False, server_default="0"),
    Index("ix_sign_ins_username", "username"),
    Index("ix_sign_ins_expires", "expires_at"),
)

#: Tokens that act for a user, at one counter or at any.
user_tokens = Table(
    "user_tokens",
    metadata,
    _id("id", primary_key=True),
    Column("username", String(60), nullable=False),
    _id("counter_id"),
    Column("name", String(120), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("added_at", Instant, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
    Index("ix_user_tokens_username", "username"),
)

#: Who did what beside the log: sign-ins, refusals, permissions used, settings, exports.
audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    _id("branch_id"),
    Column("actor", String(160), nullable=False),
    Column("action", String(40), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("address", String(64), nullable=False),
    Index("ix_audit_branch", "branch_id", "at"),
)

#: What-if comparisons that somebody asked for: up to four plans over chosen days, and the result.
trials = Table(
    "trials",
    metadata,
    _id("branch_id", primary_key=True),
    Column("id", String(24), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("asked_by", String(160), nullable=False),
    Column("asked_at", Instant, nullable=False),
    #: queued, working, ready, failed, cancelled.
    Column("state", String(12), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("reason", String(40), nullable=False),
    #: When it last moved, by the machine's clock: one that stands still has lost its worker.
    Column("moved_at", Instant, nullable=False),
    #: JSON.
    Column("days", Text, nullable=False),
    Column("plans", Text, nullable=False),
    Column("result", Text, nullable=False),
    #: JSON: what it was computed with.
    Column("versions", Text, nullable=False),
)
