"""When a number was taken, beside the arrival from which it counts; how often its place was yielded."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (("issued_at", sa.BigInteger), ("yielded", sa.Integer)):
        op.add_column("tickets", sa.Column(name, kind, nullable=False, server_default="0"))
    # Until now nothing changed an arrival.
    op.execute("UPDATE tickets SET issued_at = arrival_at")


def downgrade() -> None:
    op.drop_column("tickets", "yielded")
    op.drop_column("tickets", "issued_at")
