"""Passwords and PINs: argon2id, what may be chosen, and the same time for a wrong one as for nobody."""

import secrets
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.domain.errors import Refused

#: Characters of a new password; there are no rules of composition.
LEAST: Final = 10
MOST: Final = 128
#: A password that is found within so many guesses is refused.
_GUESSES: Final = 10**8
#: zxcvbn takes no more of a password.
_WEIGHED: Final = 72
#: What somebody who guesses here would try beside the common passwords of the world.
_OURS: Final = ("motcua", "mot", "cua", "matkhau", "quantri", "canbo", "quay", "phuong", "hanhchinh",
                "hanoi", "vietnam")  # fmt: skip
#: Read aloud and typed once by somebody else: nothing that looks like something else.
_LETTERS: Final = "abcdefghkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher()
_Result = TypeVar("_Result")


class PasswordShort(Refused):
    """The new password has fewer characters than are asked for."""

    code = "password_short"
    status = 422


class PasswordLong(Refused):
    """The new password has more characters than are taken."""

    code = "password_long"
    status = 422


class PasswordNamed(Refused):
    """The new password contains the user's name for signing in."""

    code = "password_named"
    status = 422


class PasswordCommon(Refused):
    """The new password is one of those that are tried first."""

    code = "password_common"
    status = 422


def check_new(password: str, *, username: str, branch: str = "") -> None:
    """Whether a password may be chosen. Raises `Password…`, which says why not."""
    if len(password) < LEAST:
        raise PasswordShort(least=LEAST)
    if len(password) > MOST:
        raise PasswordLong(most=MOST)
    if username and username.casefold() in password.casefold():
        raise PasswordNamed
    from zxcvbn import zxcvbn  # noqa: PLC0415 - 14 MB of common passwords, rarely needed

    known = [*_OURS, username, branch, branch.replace("-", "")]
    weighed = zxcvbn(password[:_WEIGHED], user_inputs=[word for word in known if word])
    if weighed["guesses"] < _GUESSES:
        raise PasswordCommon


def one_time() -> str:
    """A password to hand to somebody, who changes it: four groups of four letters and digits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def hash_of(secret: str) -> str:
    """What is stored of a password or PIN."""
    return _aside(lambda: _hasher.hash(secret))


def verify(stored: str, secret: str) -> bool:
    """Whether `secret` is the one stored; an empty `stored` is nobody's.

    A secret longer than any password is not even weighed.
    """
    given = secret if len(secret) <= MOST else ""
    return _aside(lambda: _matches(stored or _nobody(), given)) and bool(stored) and given == secret


def _matches(stored: str, secret: str) -> bool:
    try:
        return _hasher.verify(stored, secret)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """Checked against when the account is unknown, so that both answers take the same time."""
    return _hasher.hash(secrets.token_urlsafe(12))


def _aside(work: Callable[[], _Result]) -> _Result:
    """In the web process a thread does it: for that tenth of a second no screen need wait."""
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return work()
    result: _Result = _pool().apply(work)
    return result


@cache
def _pool() -> Any:
    """Two at a time: each takes 64 MiB."""
    from gevent.threadpool import ThreadPool  # noqa: PLC0415 - only where gevent runs

    return ThreadPool(2)
