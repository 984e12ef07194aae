"""The read model of the figures. Everything in it can be made again from the log."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, Text

from server.tables import metadata, named

#: One row a visit of a sealed day (`server/domain/visits.py`); durations in whole seconds.
visits = Table(
    "visits",
    metadata,
    named("ticket", primary_key=True),
    named("branch_id", nullable=False),
    Column("number", String(8), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("hour", Integer, nullable=False),
    named("queue", nullable=False),
    named("service", nullable=False),
    named("procedure", nullable=False),
    named("counter", nullable=False),
    Column("officer", String(120), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("priority", String(8), nullable=False),
    Column("end", String(12), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("wait_s", Integer),
    Column("wait_call_s", Integer),
    Column("wait_open_s", Integer),
    Column("wait_total_s", Integer),
    Column("age_s", Integer),
    Column("parked_s", Integer, nullable=False),
    Column("service_s", Integer),
    Column("walk_s", Integer),
    Column("sojourn_s", Integer),
    Column("recalls", Integer, nullable=False),
    Column("transfers", Integer, nullable=False),
    Column("parks", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("level", Integer),
    Column("readiness", String(12), nullable=False),
    Index("ix_visits_day", "branch_id", "business_date"),
)

#: The days whose visits are counted, and the branch's newest event when they were.
sealed_days = Table(
    "sealed_days",
    metadata,
    named("branch_id", primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("visits", Integer, nullable=False),
    #: `visits.VERSION` of the definitions it was counted by.
    Column("version", Integer, nullable=False),
)

#: What a day, a month or a year adds up to, by one dimension at a time (`server/tally.py`).
rollups = Table(
    "rollups",
    metadata,
    named("branch_id", primary_key=True),
    #: "day", "month" or "year".
    Column("span", String(6), primary_key=True),
    Column("dimension", String(12), primary_key=True),
    #: The first day of the span.
    Column("since", Date, primary_key=True),
    Column("key", String(160), primary_key=True),
    Column("tally", Text, nullable=False),
)
