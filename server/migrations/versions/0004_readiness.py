"""What a citizen said of the papers after reading the procedure's sheet."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tickets", sa.Column("readiness", sa.String(12), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("tickets", "readiness")
