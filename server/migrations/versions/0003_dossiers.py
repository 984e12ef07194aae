"""Dossiers that a kiosk may look up."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dossiers",
        sa.Column("branch_id", sa.String(80), primary_key=True),
        sa.Column("code", sa.String(60), primary_key=True),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("procedure", sa.Text, nullable=False),
        sa.Column("promised", sa.Date),
        sa.Column("next_step", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("dossiers")
