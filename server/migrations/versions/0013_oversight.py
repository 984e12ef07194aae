"""Accounts that see the figures of several branches."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overseen",
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("branch_id", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("username", "branch_id"),
    )


def downgrade() -> None:
    op.drop_table("overseen")
