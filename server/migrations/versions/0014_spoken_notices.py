"""Notices that walls speak."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "notices",
        sa.Column("aloud", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # No notice of before is spoken: whoever has them made need not read the log from its beginning.
    op.execute(
        "INSERT INTO cursors (subscriber, branch_id, seq)"
        " SELECT 'voices', branch_id, seq FROM cursors WHERE subscriber = 'slips'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM cursors WHERE subscriber = 'voices'")
    op.drop_column("notices", "aloud")
