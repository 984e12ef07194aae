"""Indexes of the few tickets that are sent to one counter, or whose slip is on its way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DIRECTED = "status = 'waiting' AND (to_counter IS NOT NULL OR to_officer IS NOT NULL)"
_UNPRINTED = "slip = '' AND channel = 'kiosk'"


def upgrade() -> None:
    op.create_index(
        "ix_tickets_directed",
        "tickets",
        ["branch_id"],
        sqlite_where=sa.text(_DIRECTED),
        postgresql_where=sa.text(_DIRECTED),
    )
    op.create_index(
        "ix_tickets_unprinted",
        "tickets",
        ["arrival_at"],
        sqlite_where=sa.text(_UNPRINTED),
        postgresql_where=sa.text(_UNPRINTED),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_unprinted", "tickets")
    op.drop_index("ix_tickets_directed", "tickets")
