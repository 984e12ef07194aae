"""What a pairing asked for and was approved as; devices that are to take a new token."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "devices",
        sa.Column("must_rotate", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_devices_branch", "devices", ["branch_id", "kind", "name"])
    # Pairings last ten minutes: those under way begin anew.
    op.drop_table("pairings")
    _create_pairings(
        sa.Column("branch_id", sa.String(80)),
        sa.Column("counter_id", sa.String(80)),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("approval", sa.Text(), nullable=False, server_default=""),
    )


def _create_pairings(*more: "sa.Column[object]") -> None:
    op.create_table(
        "pairings",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("code", sa.String(6), nullable=False, unique=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *more,
    )


def downgrade() -> None:
    op.drop_table("pairings")
    _create_pairings(sa.Column("device_id", sa.String(80)))
    op.drop_index("ix_devices_branch", "devices")
    op.drop_column("devices", "must_rotate")
