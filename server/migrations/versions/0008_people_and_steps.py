"""Accounts with roles, sign-ins, pairings, the audit; what a counter may undo; follow-ups."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _counters() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("account", sa.String(60), nullable=False, server_default=""),
        sa.Column("title", sa.String(120), nullable=False, server_default=""),
        sa.Column("served", sa.String(80)),
        sa.Column("steps", sa.Text(), nullable=False, server_default="[]"),
    )


def _devices() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("next_token_hash", sa.String(64)),
        sa.Column("added_at", sa.BigInteger()),
        sa.Column("rotated_at", sa.BigInteger()),
    )


def _users() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("title", sa.String(120), nullable=False, server_default=""),
        sa.Column("grants", sa.Text(), nullable=False, server_default=""),
        sa.Column("pin_hash", sa.Text(), nullable=False, server_default=""),
        sa.Column("totp_secret", sa.String(64), nullable=False, server_default=""),
        sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("subject", sa.String(200), nullable=False, server_default=""),
        sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("locked_until", sa.BigInteger()),
    )


def upgrade() -> None:
    op.add_column("tickets", sa.Column("result_on", sa.Date()))
    for column in _counters():
        op.add_column("counters", column)
    for name in ("last_event", "last_ticket", "last_at"):
        op.drop_column("counters", name)
    for column in _devices():
        op.add_column("devices", column)
    op.create_index("uq_devices_next_token", "devices", ["next_token_hash"], unique=True)
    for column in _users():
        op.add_column("users", column)
    op.create_index("ix_users_branch", "users", ["branch_id"])
    op.create_index(
        "uq_users_subject",
        "users",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("subject <> ''"),
        postgresql_where=sa.text("subject <> ''"),
    )
    _create_people()
    _create_rest()


def _create_people() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id_hash", sa.String(64), primary_key=True),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("pin_failures", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_index("ix_sign_ins_username", "sign_ins", ["username"])
    op.create_index("ix_sign_ins_expires", "sign_ins", ["expires_at"])
    op.create_table(
        "user_tokens",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("counter_id", sa.String(80)),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_user_tokens_username", "user_tokens", ["username"])
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.String(80)),
        sa.Column("actor", sa.String(160), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_branch", "audit", ["branch_id", "at"])


def _create_rest() -> None:
    op.create_table(
        "pairings",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("code", sa.String(6), nullable=False, unique=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.String(80)),
    )
    op.create_table(
        "follow_ups",
        sa.Column("ticket", sa.String(80), primary_key=True),
        sa.Column("branch_id", sa.String(80), nullable=False),
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("service", sa.String(80), nullable=False),
        sa.Column("counter", sa.String(80)),
        sa.Column("officer", sa.String(120), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("settled_by", sa.String(160), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index("ix_follow_ups_branch", "follow_ups", ["branch_id", "settled_at"])


def downgrade() -> None:
    for name in ("follow_ups", "pairings", "audit", "user_tokens", "sign_ins"):
        op.drop_table(name)
    op.drop_index("uq_users_subject", "users")
    op.drop_index("ix_users_branch", "users")
    op.drop_index("uq_devices_next_token", "devices")
    for table, columns in (("users", _users), ("devices", _devices), ("counters", _counters)):
        for column in columns():
            op.drop_column(table, column.name)
    op.add_column(
        "counters", sa.Column("last_event", sa.String(40), nullable=False, server_default="")
    )
    op.add_column("counters", sa.Column("last_ticket", sa.String(80)))
    op.add_column("counters", sa.Column("last_at", sa.BigInteger()))
    op.drop_column("tickets", "result_on")
