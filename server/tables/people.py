"""Who may come in: devices, accounts, sign-ins; and the audit trail."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from server.tables.columns import Instant, metadata, named

devices = Table(
    "devices",
    metadata,
    named("id", primary_key=True),
    named("branch_id", nullable=False),
    Column("kind", String(12), nullable=False),
    named("counter_id"),
    Column("name", String(120), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    #: A new token that the device has been given and has not used yet.
    Column("next_token_hash", String(64)),
    #: Where a kiosk's slips are printed: an address, `agent`, or empty for the server's own.
    Column("printer", String(200), nullable=False, server_default=""),
    Column("revoked", Boolean, nullable=False, default=False),
    Column("added_at", Instant),
    #: When the token in force was made, where it is not that of `added_at`.
    Column("rotated_at", Instant),
    #: An administrator wants the device to take a new token.
    Column("must_rotate", Boolean, nullable=False, server_default=false()),
    Index("uq_devices_next_token", "next_token_hash", unique=True),
    Index("ix_devices_branch", "branch_id", "kind", "name"),
)

#: A device that shows its code and waits for an administrator. Nothing in it lets anybody in.
pairings = Table(
    "pairings",
    metadata,
    named("id", primary_key=True),
    Column("code", String(6), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),
    #: Of which branch and counter the device's page is, where it is of one.
    named("branch_id"),
    named("counter_id"),
    Column("secret_hash", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    #: JSON: as what it was approved, until the device comes for its token.
    Column("approval", Text, nullable=False, server_default=""),
)

users = Table(
    "users",
    metadata,
    Column("username", String(60), primary_key=True),
    named("branch_id"),
    Column("role", String(20), nullable=False),
    Column("name", String(120), nullable=False),
    Column("title", String(120), nullable=False, server_default=""),
    #: Permissions beyond those of the role, joined with commas.
    Column("grants", Text, nullable=False, server_default=""),
    Column("password_hash", Text, nullable=False),
    Column("pin_hash", Text, nullable=False, server_default=""),
    Column("totp_secret", String(64), nullable=False, server_default=""),
    #: The last thirty-second step whose code was used: a code counts once.
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    #: Who they are to the OpenID provider.
    Column("subject", String(200), nullable=False, server_default=""),
    #: The password was given by somebody else: the next sign-in asks for one of their own.
    Column("must_change", Boolean, nullable=False, server_default=false()),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("revoked", Boolean, nullable=False, default=False),
    Index("ix_users_branch", "branch_id"),
    Index(
        "uq_users_subject",
        "subject",
        unique=True,
        sqlite_where=text("subject <> ''"),
        postgresql_where=text("subject <> ''"),
    ),
)

#: Whose figures an account sees beside those of its own branch.
overseen = Table(
    "overseen",
    metadata,
    Column("username", String(60), primary_key=True),
    named("branch_id", primary_key=True),
)

#: Sign-ins under way: the cookie holds the id, so that one can be ended from here.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("username", String(60), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("address", String(64), nullable=False),
    #: Left alone: the PIN opens it again.
    Column("locked", Boolean, nullable=False, default=False),
    Column("pin_failures", Integer, nullable=False, server_default="0"),
    Index("ix_sign_ins_username", "username"),
    Index("ix_sign_ins_expires", "expires_at"),
)

#: Tokens that act for a user, at one counter or at any.
user_tokens = Table(
    "user_tokens",
    metadata,
    named("id", primary_key=True),
    Column("username", String(60), nullable=False),
    named("counter_id"),
    Column("name", String(120), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("added_at", Instant, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
    Index("ix_user_tokens_username", "username"),
)

#: Who did what beside the log: sign-ins, refusals, permissions used, settings, exports.
audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    named("branch_id"),
    Column("actor", String(160), nullable=False),
    Column("action", String(40), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("address", String(64), nullable=False),
    Index("ix_audit_branch", "branch_id", "at"),
)
