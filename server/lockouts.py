"""Guessing is slow: after five failures an account waits one minute, then two, four … sixty.

A try is counted before the secret is looked at, by one conditional UPDATE: however many come at
once, none is looked at that the count does not allow. Passwords and second factors share it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, RowMapping, case, literal, null, select

from server import audit, passwords, tables
from server.database import writing

#: Failures before the account is locked for the first time.
FREE: Final = 5
LONGEST: Final = timedelta(hours=1)
_u = tables.users


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was asked for: the account's row, if there is one, and whether it may be made."""

    row: RowMapping | None
    is_allowed: bool
    #: The password is right and may count.
    is_right: bool = False

    @property
    def outcome(self) -> str:
        """What goes on record. What was typed as a name never does: it may be a password."""
        if self.is_right:
            return audit.OK
        if self.row is None:
            return "unknown"
        return "wrong_password" if self.is_allowed else "locked"

    @property
    def has_locked(self) -> bool:
        """Whether the account is locked because of this try, if it failed."""
        return self.row is not None and self.is_allowed and self.row["failures"] >= FREE


def wait_after(failures: int) -> timedelta:
    """How long the account is locked after so many failures in a row."""
    if failures < FREE:
        return timedelta()
    return min(timedelta(minutes=2 ** min(failures - FREE, 10)), LONGEST)


def claim(engine: Engine, username: str, *, at: datetime) -> Try:
    """Count a try against the account, unless it is locked or revoked."""
    counted = _u.c.failures + 1
    longest = next(n for n in range(FREE, 100) if wait_after(n) == LONGEST)
    waits = [
        (counted == n, literal(at + wait_after(n), tables.Instant)) for n in range(FREE, longest)
    ]
    locked_until = case(
        (counted < FREE, null()), *waits, else_=literal(at + LONGEST, tables.Instant)
    )
    is_open = _u.c.locked_until.is_(None) | (_u.c.locked_until <= at)
    found = (_u.c.username == username) & _u.c.revoked.is_(False)
    with writing(engine) as connection:
        change = _u.update().where(found, is_open)
        taken = connection.execute(change.values(failures=counted, locked_until=locked_until))
        row = connection.execute(select(_u).where(found)).mappings().first()
    return Try(row, bool(taken.rowcount))


def try_password(engine: Engine, username: str, password: str, *, at: datetime) -> Try:
    """Count a try and look at the password, in the same time for nobody and for a locked account."""
    tried = claim(engine, username, at=at)
    is_right = passwords.verify(tried.row["password_hash"] if tried.row else "", password)
    return replace(tried, is_right=is_right and tried.is_allowed)


def forgive(engine: Engine, username: str) -> None:
    """The user has proved who they are: count from nothing again."""
    with writing(engine) as connection:
        change = _u.update().where(_u.c.username == username)
        connection.execute(change.values(failures=0, locked_until=None))


def give_back(engine: Engine, username: str) -> None:
    """The try was right, but there is another step to come: it alone is not counted.

    Were everything forgiven here, whoever knows the password could guess codes for ever.
    """
    with writing(engine) as connection:
        change = _u.update().where(_u.c.username == username, _u.c.failures > 0)
        connection.execute(change.values(failures=_u.c.failures - 1, locked_until=None))
