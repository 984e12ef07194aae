"""What people ahead, times the mean, over the counters would have told each ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of tickets from before nothing is known: who served then is not in their rows.
    op.add_column("tickets", sa.Column("naive_s", sa.Integer))


def downgrade() -> None:
    op.drop_column("tickets", "naive_s")
