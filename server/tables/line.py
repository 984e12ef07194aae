"""Who waits, is served and was: the rows that the log's events keep."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from server.tables.columns import Instant, metadata, named

_AT_A_COUNTER = text("status IN ('called', 'serving')")
IS_WAITING = text("status = 'waiting'")
#: Spelled as in its index: a partial index is only used by a query that repeats its condition.
IS_DIRECTED = text("status = 'waiting' AND (to_counter IS NOT NULL OR to_officer IS NOT NULL)")
#: Tickets on paper whose printer has not said anything yet.
UNPRINTED = text("slip = '' AND channel = 'kiosk'")
tickets = Table(
    "tickets",
    metadata,
    named("id", primary_key=True),
    named("branch_id", nullable=False),
    Column("number", String(8), nullable=False),
    Column("serial", Integer, nullable=False),
    named("queue", nullable=False),
    named("service", nullable=False),
    Column("business_date", Date, nullable=False),
    Column("arrival_at", Instant, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("status", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("language", String(8), nullable=False),
    named("procedure"),
    Column("priority", String(8)),
    Column("priority_confirmed", Boolean, nullable=False),
    named("counter"),
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
    named("from_counter"),
    named("to_counter"),
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
    named("id", primary_key=True),
    named("branch_id", nullable=False),
    Column("status", String(8), nullable=False),
    Column("officer", String(120), nullable=False),
    Column("account", String(60), nullable=False, server_default=""),
    Column("title", String(120), nullable=False, server_default=""),
    Column("since", Instant),
    Column("active_at", Instant),
    Column("pause_reason", Text, nullable=False),
    Column("return_at", Instant),
    named("ticket"),
    named("served"),
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
    named("ticket", primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    named("branch_id", nullable=False),
    named("queue", nullable=False),
    named("service", nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("called_at", Instant),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("end", String(24), nullable=False),
    named("counter"),
    Column("officer", String(120), nullable=False),
    Column("calls", Integer, nullable=False),
    Column("outcome", String(40)),
    Index("ix_stages_entered", "branch_id", "entered_at"),
    Index("ix_stages_service", "branch_id", "service", "ended_at"),
)

series = Table(
    "series",
    metadata,
    named("branch_id", primary_key=True),
    named("queue", primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("last_serial", Integer, nullable=False),
)

#: People waiting by queue and class, so that no issue counts a line. Class '' = normal.
waiting = Table(
    "waiting",
    metadata,
    named("branch_id", primary_key=True),
    named("queue", primary_key=True),
    Column("priority", String(8), primary_key=True),
    Column("people", Integer, nullable=False),
)

#: Normal calls since the last priority call, by line (queues joined with '+').
tallies = Table(
    "tallies",
    metadata,
    named("branch_id", primary_key=True),
    Column("pool", String(200), primary_key=True),
    Column("normal_since", Integer, nullable=False),
)

#: Numbers that kiosks hold to give by themselves; none is given by anybody else.
blocks = Table(
    "blocks",
    metadata,
    named("branch_id", primary_key=True),
    named("id", primary_key=True),
    Column("device", String(120), nullable=False),
    named("queue", nullable=False),
    Column("business_date", Date, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Index("ix_blocks_day", "branch_id", "business_date"),
)
