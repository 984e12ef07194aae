"""The screen of an officer who left the desk: locked, and opened again by a PIN of six digits."""

import re
from typing import Final

from sqlalchemy import Engine

from server import accounts, audit, lockouts, passwords, sign_ins, tables
from server.access import Actor
from server.clock import Clock
from server.database import writing
from server.domain.errors import Refused

_PIN: Final = re.compile(r"[0-9]{6}")
_RUN: Final = "01234567890123456789"


class PinWeak(Refused):
    """The new PIN is not six digits, or is the first that anybody would try."""

    code = "pin_weak"
    status = 422


class NoPin(Refused):
    """The user has set no PIN: nobody could open the screen again."""

    code = "no_pin"


class WrongPin(Refused):
    """The PIN is wrong; so many tries are left before the sign-in ends."""

    code = "wrong_pin"
    status = 403


class WrongPassword(Refused):
    """The user's own password, asked for once more, is wrong; or there were too many wrong ones."""

    code = "wrong_password"
    status = 403


class SignedOut(Refused):
    """The sign-in is over: by signing out, or by too many wrong PINs."""

    code = "signed_out"
    status = 401


def check_pin(pin: str) -> None:
    """Whether a PIN may be chosen: six digits, not one repeated, no run. Raises `PinWeak`."""
    is_run = pin in _RUN or pin in _RUN[::-1]
    if not _PIN.fullmatch(pin) or len(set(pin)) == 1 or is_run:
        raise PinWeak


def prove(engine: Engine, actor: Actor, password: str, action: str, *, address: str = "") -> None:
    """Make sure that it is the user who asks for `action`. Raises `WrongPassword`, on record.

    Wrong ones count like those of the sign-in page, so that an open screen is no place to guess.
    """
    tried = lockouts.try_password(engine, actor.id, password, at=Clock().now())
    if tried.is_right:
        lockouts.give_back(engine, actor.id)
        return
    _record(engine, actor, action, tried.outcome, address)
    raise WrongPassword


def set_pin(engine: Engine, actor: Actor, *, pin: str, password: str, address: str = "") -> None:
    """Give oneself a PIN. Raises `PinWeak`, or `WrongPassword` when it is not oneself."""
    check_pin(pin)
    prove(engine, actor, password, "set_pin", address=address)
    put_pin(engine, actor.id, pin)
    _record(engine, actor, "set_pin", audit.OK, address)


def put_pin(engine: Engine, username: str, pin: str) -> None:
    """Keep a PIN that was checked; an empty one takes it away."""
    hashed = passwords.hash_of(pin) if pin else ""
    with writing(engine) as connection:
        change = tables.users.update().where(tables.users.c.username == username)
        connection.execute(change.values(pin_hash=hashed))


def lock(engine: Engine, actor: Actor, token: str) -> None:
    """Lock the screen of this sign-in; a token's connection has none. Raises `NoPin`."""
    row = accounts.row_of(engine, actor.id)
    if row is None or not token or not row["pin_hash"]:
        raise NoPin
    sign_ins.lock(engine, token)


def unlock(engine: Engine, actor: Actor, token: str, *, pin: str, address: str = "") -> None:
    """Open it again. Raises `WrongPin` with the tries left, and at the last one `SignedOut`."""
    came = sign_ins.unlock(engine, token, pin)
    if came.is_open:
        return
    _record(engine, actor, "unlock_screen", "wrong_pin" if came.left else "signed_out", address)
    if came.left == 0:
        raise SignedOut
    raise WrongPin(left=came.left)


def _record(engine: Engine, actor: Actor, action: str, outcome: str, address: str) -> None:
    audit.record(
        engine, at=Clock().now(), actor=str(actor), action=action, outcome=outcome,
        branch=actor.branch, address=address,
    )  # fmt: skip
