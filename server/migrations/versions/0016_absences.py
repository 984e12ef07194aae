"""Absences of counters, as they were declared and taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("branch_id", sa.String(80), primary_key=True),
        sa.Column("counter", sa.String(80), primary_key=True),
        sa.Column("business_date", sa.Date(), primary_key=True),
        sa.Column("officer", sa.String(120), nullable=False),
        sa.Column("since", sa.Time()),
        sa.Column("until", sa.Time()),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("declared_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger()),
    )
    op.create_index("ix_absences_day", "absences", ["branch_id", "business_date"])


def downgrade() -> None:
    op.drop_table("absences")
