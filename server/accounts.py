"""People who sign in: accounts, their roles and grants, and the tokens that act for them."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, bindparam, select

from server import passwords, tables
from server.access import Actor, Permission, Role
from server.database import writing
from server.domain.ids import BranchId, CounterId
from server.rows import upsert_of
from server.tokens import hash_of, new_token

_u, _t = tables.users, tables.user_tokens
_USER = select(_u).where(_u.c.username == bindparam("username"), _u.c.revoked.is_(False))
_TOKEN = select(_t).where(_t.c.token_hash == bindparam("token_hash"), _t.c.revoked.is_(False))


def put_user(
    engine: Engine,
    *,
    username: str,
    password: str,
    name: str,
    branch: BranchId,
    role: Role = Role.MANAGER,
    title: str = "",
    grants: Iterable[Permission] = (),
) -> None:
    """Add an account of a branch, or set it anew: password, role, grants, no lock, no PIN."""
    row = {
        "username": username,
        "branch_id": branch,
        "role": role.value,
        "name": name,
        "title": title,
        "grants": ",".join(sorted(grants)),
        "password_hash": passwords.hash_of(password),
        "pin_hash": "",
        "totp_secret": "",
        "totp_step": 0,
        "subject": "",
        "must_change": False,
        "failures": 0,
        "locked_until": None,
        "revoked": False,
    }
    with writing(engine) as connection:
        connection.execute(upsert_of(_u, connection.dialect.name), row)


def row_of(engine: Engine, username: str) -> RowMapping | None:
    """The stored row of an account, unless revoked; for who checks its secrets."""
    with engine.connect() as connection:
        return connection.execute(_USER, {"username": username}).mappings().first()


def branch_of(engine: Engine, username: str) -> BranchId | None:
    """The branch of an account, disabled or not; None when nobody has this name anywhere."""
    with engine.connect() as connection:
        query = select(_u.c.branch_id).where(_u.c.username == username)
        found: BranchId | None = connection.scalar(query)
        return found


def of_subject(engine: Engine, subject: str) -> RowMapping | None:
    """The stored row of the account linked to a subject of the OpenID provider, unless revoked."""
    query = select(_u).where(_u.c.subject == subject, _u.c.revoked.is_(False))
    with engine.connect() as connection:
        return connection.execute(query).mappings().first() if subject else None


def user(engine: Engine, username: str) -> Actor | None:
    """The account as an actor, unless revoked."""
    row = row_of(engine, username)
    return actor_of(row) if row else None


def actor_of(row: RowMapping, counter: CounterId | None = None) -> Actor:
    """The actor of a row of `users`."""
    return Actor(
        role=Role(row["role"]),
        id=row["username"],
        branch=row["branch_id"],
        counter=counter,
        grants=grants_of(row),
        name=row["name"],
        title=row["title"],
    )


def grants_of(row: RowMapping) -> frozenset[Permission]:
    """The permissions beyond the role in a row of `users`; one that is none any more is left out."""
    known = {p.value for p in Permission}
    return frozenset(Permission(g) for g in row["grants"].split(",") if g in known)


def officers(engine: Engine, branch: BranchId) -> list[dict[str, str]]:
    """Who of the branch may serve at a counter: account, name and title, by name."""
    query = select(_u).where(_u.c.branch_id == branch, _u.c.revoked.is_(False))
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(_u.c.name, _u.c.username)).mappings().all()
    serving = [row for row in rows if actor_of(row).may(Permission.SERVE)]
    return [{"account": r["username"], "name": r["name"], "title": r["title"]} for r in serving]


def add_token(
    engine: Engine, *, username: str, name: str, at: datetime, counter: CounterId | None = None
) -> str:
    """A token that acts for the user, at one counter or at any; it is shown this once."""
    token = new_token()
    row = {
        "id": str(uuid.uuid4()),
        "username": username,
        "counter_id": counter,
        "name": name,
        "token_hash": hash_of(token),
        "added_at": at,
        "revoked": False,
    }
    with writing(engine) as connection:
        connection.execute(_t.insert(), row)
    return token


def of_token(engine: Engine, token: str) -> Actor | None:
    """The user that a token acts for, unless one of the two is revoked."""
    with engine.connect() as connection:
        found = connection.execute(_TOKEN, {"token_hash": hash_of(token)}).mappings().first()
        if found is None:
            return None
        row = connection.execute(_USER, {"username": found["username"]}).mappings().first()
    return actor_of(row, found["counter_id"]) if row else None


def tokens(engine: Engine, branch: BranchId) -> list[dict[str, Any]]:
    """The tokens of a branch's users, without anything secret."""
    query = (
        select(_t.c.id, _t.c.username, _t.c.counter_id, _t.c.name, _t.c.added_at, _t.c.revoked)
        .join(_u, _u.c.username == _t.c.username)
        .where(_u.c.branch_id == branch)
        .order_by(_t.c.username, _t.c.added_at)
    )
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def revoke_token(engine: Engine, token_id: str) -> bool:
    """Shut a token out; False when there is none with this id."""
    with writing(engine) as connection:
        change = _t.update().where(_t.c.id == token_id).values(revoked=True)
        return bool(connection.execute(change).rowcount)
