"""Calling policies: drafts, one that is put down for later, and the calls of each version."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_IS_CALL = sa.text("type = 'TicketCalled'")


def upgrade() -> None:
    op.add_column("branches", sa.Column("policy_scheduled", sa.BigInteger()))
    op.add_column("branches", sa.Column("policy_due_at", sa.BigInteger()))
    op.create_table(
        "policy_drafts",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("branch_id", sa.String(80), nullable=False),
        sa.Column("author", sa.String(160), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("branch_id", "author", name="uq_policy_drafts_author"),
    )
    op.create_index(
        "ix_event_log_calls",
        "event_log",
        ["branch_id", "seq"],
        sqlite_where=_IS_CALL,
        postgresql_where=_IS_CALL,
    )


def downgrade() -> None:
    op.drop_index("ix_event_log_calls", "event_log")
    op.drop_table("policy_drafts")
    op.drop_column("branches", "policy_due_at")
    op.drop_column("branches", "policy_scheduled")
