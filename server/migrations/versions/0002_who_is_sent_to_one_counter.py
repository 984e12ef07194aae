"""An index of the few tickets that wait for one counter or officer alone."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DIRECTED = "status = 'waiting' AND (to_counter IS NOT NULL OR to_officer IS NOT NULL)"


def upgrade() -> None:
    op.create_index(
        "ix_tickets_directed",
        "tickets",
        ["branch_id"],
        sqlite_where=sa.text(_DIRECTED),
        postgresql_where=sa.text(_DIRECTED),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_directed", "tickets")
