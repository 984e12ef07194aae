"""Number blocks, printers of kiosks, and which kiosk gave a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blocks",
        sa.Column("branch_id", sa.String(80), primary_key=True),
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("device", sa.String(120), nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("business_date", sa.Date, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_index("ix_blocks_day", "blocks", ["branch_id", "business_date"])
    op.create_table(
        "printers",
        sa.Column("branch_id", sa.String(80), primary_key=True),
        sa.Column("device", sa.String(120), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
    )
    for table, name, length in (("tickets", "device", 120), ("devices", "printer", 200)):
        column = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column(table, column)


def downgrade() -> None:
    op.drop_column("devices", "printer")
    op.drop_column("tickets", "device")
    op.drop_table("printers")
    op.drop_table("blocks")
