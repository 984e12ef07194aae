"""The read model of the figures; tickets by the day of their issue; when a branch was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_IS_CONFIGURATION = sa.text("type IN ('CatalogueChanged', 'PolicyPublished')")


def upgrade() -> None:
    def text(name: str, length: int = 80) -> "sa.Column[str]":
        return sa.Column(name, sa.String(length), nullable=False)

    def count(name: str, *, nullable: bool = False) -> "sa.Column[int]":
        return sa.Column(name, sa.Integer(), nullable=nullable)

    durations = ("wait_s", "wait_call_s", "wait_open_s", "wait_total_s", "age_s")
    op.create_table(
        "visits",
        text("ticket"),
        text("branch_id"),
        text("number", 8),
        sa.Column("business_date", sa.Date(), nullable=False),
        count("hour"),
        *(text(name) for name in ("queue", "service", "procedure", "counter")),
        text("officer", 120),
        text("channel", 20),
        text("priority", 8),
        text("end", 12),
        text("outcome", 40),
        *(count(name, nullable=True) for name in durations),
        count("parked_s"),
        *(count(name, nullable=True) for name in ("service_s", "walk_s", "sojourn_s")),
        *(count(name) for name in ("recalls", "transfers", "parks", "added")),
        count("level", nullable=True),
        text("readiness", 12),
        sa.PrimaryKeyConstraint("ticket"),
    )
    op.create_index("ix_visits_day", "visits", ["branch_id", "business_date"])
    op.create_table(
        "sealed_days",
        text("branch_id"),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        count("visits"),
        count("version"),
        sa.PrimaryKeyConstraint("branch_id", "business_date"),
    )
    op.create_table(
        "rollups",
        text("branch_id"),
        text("span", 6),
        text("dimension", 12),
        sa.Column("since", sa.Date(), nullable=False),
        text("key", 160),
        sa.Column("tally", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("branch_id", "span", "dimension", "since", "key"),
    )
    op.create_index("ix_tickets_issued", "tickets", ["branch_id", "issued_at"])
    op.create_index(
        "ix_event_log_configuration",
        "event_log",
        ["branch_id", "seq"],
        sqlite_where=_IS_CONFIGURATION,
        postgresql_where=_IS_CONFIGURATION,
    )


def downgrade() -> None:
    op.drop_index("ix_event_log_configuration", "event_log")
    op.drop_index("ix_tickets_issued", "tickets")
    for name in ("rollups", "sealed_days", "visits"):
        op.drop_table(name)
