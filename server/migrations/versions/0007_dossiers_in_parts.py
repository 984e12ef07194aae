"""Which interlinked dossier a dossier is a part of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("part_of", sa.String(60), nullable=False, server_default="")
    op.add_column("dossiers", column)
    op.create_index("ix_dossiers_part_of", "dossiers", ["branch_id", "part_of"])


def downgrade() -> None:
    op.drop_index("ix_dossiers_part_of", "dossiers")
    op.drop_column("dossiers", "part_of")
