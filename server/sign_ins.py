"""Sign-ins under way. The cookie holds a token; the row says whose it is and when it ends.

A sign-in lasts a working day (rule O3). It ends here, not in the browser: by signing out, by a new
password, by an administrator, by guessing at its PIN.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, bindparam, delete, func, select

from server import accounts, passwords, tables
from server.access import Actor
from server.database import writing
from server.domain.ids import BranchId
from server.tokens import hash_of, new_token

LASTS: Final = timedelta(hours=12)
#: So many wrong PINs end a sign-in.
PIN_TRIES: Final = 5
_s, _u = tables.sign_ins, tables.users
_FOUND = (
    select(_u, _s.c.expires_at, _s.c.locked)
    .join(_s, _s.c.username == _u.c.username)
    .where(_s.c.id_hash == bindparam("id_hash"), _u.c.revoked.is_(False))
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that holds: who, and whether the PIN must be given first."""

    actor: Actor
    is_locked: bool
    has_pin: bool


@dataclass(frozen=True, slots=True)
class Unlocking:
    """What came of a PIN: the screen is open, or so many tries are left; after none it is over."""

    is_open: bool
    left: int


def begin(engine: Engine, username: str, *, at: datetime, address: str = "") -> str:
    """Sign a user in; returns the token for the cookie. Those that ran out are swept away."""
    token = new_token()
    row = {
        "id_hash": hash_of(token),
        "username": username,
        "began_at": at,
        "expires_at": at + LASTS,
        "address": address[:64],
        "locked": False,
    }
    with writing(engine) as connection:
        connection.execute(delete(_s).where(_s.c.expires_at <= at))
        connection.execute(_s.insert(), row)
    return token


def of_token(engine: Engine, token: str, *, at: datetime) -> SignIn | None:
    """The sign-in of a cookie's token, unless it has ended."""
    if not token:
        return None
    with engine.connect() as connection:
        row = connection.execute(_FOUND, {"id_hash": hash_of(token)}).mappings().first()
    if row is None or row["expires_at"] <= at:
        return None
    return SignIn(accounts.actor_of(row), row["locked"], bool(row["pin_hash"]))


def lock(engine: Engine, token: str) -> None:
    """The officer has gone from the desk: the PIN opens the screen again."""
    with writing(engine) as connection:
        change = _s.update().where(_s.c.id_hash == hash_of(token), _s.c.locked.is_(False))
        connection.execute(change.values(locked=True, pin_failures=0))


def unlock(engine: Engine, token: str, pin: str) -> Unlocking:
    """Open a locked screen by its PIN. A try is counted before the PIN is looked at."""
    mine = _s.c.id_hash == hash_of(token)
    with writing(engine) as connection:
        change = _s.update().where(mine, _s.c.locked.is_(True), _s.c.pin_failures < PIN_TRIES)
        is_allowed = connection.execute(change.values(pin_failures=_s.c.pin_failures + 1)).rowcount
        query = select(_s.c.locked, _s.c.pin_failures, _u.c.pin_hash).join(
            _u, _u.c.username == _s.c.username
        )
        row = connection.execute(query.where(mine, _u.c.revoked.is_(False))).mappings().first()
    if row is None or not is_allowed:
        return Unlocking(is_open=row is not None and not row["locked"], left=0)
    is_right = passwords.verify(row["pin_hash"], pin)
    with writing(engine) as connection:
        if is_right:
            connection.execute(_s.update().where(mine).values(locked=False, pin_failures=0))
        elif row["pin_failures"] >= PIN_TRIES:
            connection.execute(delete(_s).where(mine))
    return Unlocking(is_right, PIN_TRIES - row["pin_failures"])


def end(engine: Engine, token: str) -> None:
    """Sign out."""
    with writing(engine) as connection:
        connection.execute(delete(_s).where(_s.c.id_hash == hash_of(token)))


def end_all(engine: Engine, username: str) -> int:
    """Sign a user out everywhere; returns how many sign-ins that were."""
    with writing(engine) as connection:
        return connection.execute(delete(_s).where(_s.c.username == username)).rowcount


def under_way(engine: Engine, branch: BranchId, *, at: datetime) -> dict[str, dict[str, Any]]:
    """By account of the branch: how many sign-ins there are (`n`), and when the last began."""
    query = (
        select(_s.c.username, func.count().label("n"), func.max(_s.c.began_at).label("last_at"))
        .join(_u, _u.c.username == _s.c.username)
        .where(_u.c.branch_id == branch, _s.c.expires_at > at)
        .group_by(_s.c.username)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings()
        return {r["username"]: {"n": r["n"], "last_at": r["last_at"]} for r in rows}
