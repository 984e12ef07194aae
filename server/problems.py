"""Errors as callers read them: a stable code, a sentence in their language, whether to retry."""

from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError  # noqa: A004

from server.dispatch import Unavailable
from server.domain.errors import Refused
from server.text import sentence

#: Facts whose values are words of ours and need translating too.
_WORDS = {
    "state": "status",
    "mistake": "roster.mistake",
    "policy_field": "policy.field",
    "policy_fault": "policy.fault",
}


class WireError(Exception):
    """A request that never became a command: who, how or what it is was wrong."""

    def __init__(self, code: str, status: int, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.facts = facts


def is_unavailable(error: Exception) -> bool:
    """Whether the database, not the request, is what failed: the same request may be sent again."""
    return isinstance(error, Unavailable | OperationalError | InterfaceError | TimeoutError)


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, Refused | WireError):
        return error.status
    return 503 if is_unavailable(error) else 500


def described(error: Exception, language: str) -> dict[str, Any]:
    """`{code, message, facts, retry}`: what an ack carries and a problem document is made of.

    `retry` says that the same command id may be sent again as it is.
    """
    if isinstance(error, Refused | WireError):
        code, facts = error.code, dict(error.facts)
    else:
        code, facts = ("unavailable" if is_unavailable(error) else "internal"), {}
    spoken = {
        key: sentence(f"{_WORDS[key]}.{value}", language) if key in _WORDS else value
        for key, value in facts.items()
    }
    return {
        "code": code,
        "message": sentence(f"error.{code}", language, spoken),
        "facts": facts,
        "retry": code in ("unavailable", "rate_limited"),
    }


def language_of(accept: str | None) -> str:
    """Vi or en, by the caller's Accept-Language; Vietnamese when it says neither."""
    for part in (accept or "").lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith("en"):
            return "en"
        if tag.startswith("vi"):
            return "vi"
    return "vi"
