"""Alerts, and a subscriber for their messages that begins at the end of each log."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("branch_id", sa.String(80), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("by", sa.String(160), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger()),
        sa.Column("outcome", sa.String(12), nullable=False),
    )
    op.create_index("ix_alerts_cause", "alerts", ["branch_id", "rule", "subject", "seq"])
    op.create_index("ix_alerts_raised", "alerts", ["branch_id", "raised_at"])
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["branch_id"],
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    # Years of log hold no alert: nobody reads them through for one.
    op.execute(
        "INSERT INTO cursors (subscriber, branch_id, seq)"
        " SELECT 'alerts', id, last_seq FROM branches"
    )


def downgrade() -> None:
    op.execute("DELETE FROM cursors WHERE subscriber = 'alerts'")
    op.drop_table("alerts")
