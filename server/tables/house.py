"""What else is kept of a branch: notices, printers, follow-ups, alerts, absences, forecasts, trials."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Time,
    false,
    text,
)

from server.tables.columns import Instant, metadata, named

notices = Table(
    "notices",
    metadata,
    named("branch_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("text_vi", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("until", Instant),
    Column("emergency", Boolean, nullable=False, server_default=false()),
    Column("aloud", Boolean, nullable=False, server_default=false()),
)

#: What a kiosk may look up. Nothing in it is about a person.
dossiers = Table(
    "dossiers",
    metadata,
    named("branch_id", primary_key=True),
    Column("code", String(60), primary_key=True),
    Column("status", Integer, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("promised", Date),
    Column("next_step", Text, nullable=False),
    #: The interlinked dossier whose part it is.
    Column("part_of", String(60), nullable=False, server_default=""),
    Index("ix_dossiers_part_of", "branch_id", "part_of"),
)

#: How each kiosk's printer was last said to be.
printers = Table(
    "printers",
    metadata,
    named("branch_id", primary_key=True),
    Column("device", String(120), primary_key=True),
    Column("state", String(20), nullable=False),
)

#: Visits rated 1 or 2, which a manager looks into.
follow_ups = Table(
    "follow_ups",
    metadata,
    named("ticket", primary_key=True),
    named("branch_id", nullable=False),
    Column("number", String(8), nullable=False),
    named("service", nullable=False),
    named("counter"),
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
    named("branch_id", primary_key=True),
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
    named("branch_id", primary_key=True),
    named("counter", primary_key=True),
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

#: What each branch's log has taught its forecast, so that a worker need not read it all again.
forecast_states = Table(
    "forecast_states",
    metadata,
    named("branch_id", primary_key=True),
    Column("model", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

#: What-if comparisons that somebody asked for: up to four plans over chosen days, and the result.
trials = Table(
    "trials",
    metadata,
    named("branch_id", primary_key=True),
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
