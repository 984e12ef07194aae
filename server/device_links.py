"""What the open connections of devices say of themselves, put together for `server.contacts`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from server import queries, replies
from server.access import Actor, Role
from server.clock import Clock
from server.context import Context

#: What a wall may say of its sound.
SOUNDS: Final = ("on", "chime", "muted", "none")
_PROBLEM: Final = re.compile(r"[a-z_]{1,20}")
_PROBLEMS_MAX: Final = 5
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,20}")
_BROWSERS: Final = (
    ("Edge", re.compile(r"\bEdg/(\d+)")),
    ("Chromium", re.compile(r"Chrom(?:e|ium)/(\d+)")),
    ("Firefox", re.compile(r"\bFirefox/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)[\d.]* (?:Mobile/\w+ )?Safari")),
)


class DeviceLinks:
    """The connections of one namespace, by their ids."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[str, dict[str, Any]] = {}

    def greet(
        self, link: str, actor: Actor, said: Mapping[str, Any], *, browser: str, address: str
    ) -> None:
        """A device has connected."""
        version = str(said.get("version", ""))
        now = replies.instant(Clock().now())
        self._known[link] = {
            "link": link,
            "at": now,
            "since": now,
            "version": version if _VERSION.fullmatch(version) else "",
            "browser": browser_of(browser),
            "address": address[:64],
            "takes_tokens": said.get("agent") != "1",
        }
        self._tell(link, actor)

    def note(self, link: str, actor: Actor, status: Mapping[str, Any]) -> None:
        """A device says how it is. What it says wrongly counts as not said."""
        if link not in self._known:
            return
        seq, sound, problems = status.get("seq"), status.get("sound"), status.get("problems")
        with self._context.engine.connect() as connection:
            newest = queries.last_seq(connection, actor.branch)
        self._known[link] |= {
            "at": replies.instant(Clock().now()),
            "behind": max(0, newest - seq) if isinstance(seq, int) else None,
            "lag_s": self._lag_s(status.get("at")),
            "sound": sound if sound in SOUNDS else "",
            "problems": [
                str(p)
                for p in (problems if isinstance(problems, list) else [])[:_PROBLEMS_MAX]
                if _PROBLEM.fullmatch(str(p))
            ],
        }
        self._tell(link, actor)

    def left(self, link: str, actor: Actor) -> None:
        """A device has gone, or come back by another connection."""
        if self._known.pop(link, None) is not None:
            at = replies.instant(Clock().now())
            self._context.contacts.left(actor.branch, field_of(actor), link, str(at))

    def takes_tokens(self, link: str) -> bool:
        """Whether this connection may take a new token: a page with an agent leaves it to that."""
        return bool(self._known.get(link, {}).get("takes_tokens"))

    def _tell(self, link: str, actor: Actor) -> None:
        self._context.contacts.heard(actor.branch, field_of(actor), self._known[link])

    def _lag_s(self, at: object) -> float | None:
        """How old the newest thing is that the device has heard, in seconds."""
        try:
            heard = datetime.fromisoformat(str(at))
            return max(0.0, round((self._context.clock.now() - heard).total_seconds(), 1))
        except (TypeError, ValueError):
            return None


def field_of(actor: Actor) -> str:
    """Under what the device's contact is kept: a kiosk's screen and its agent are two."""
    return f"{actor.device}/agent" if actor.role is Role.AGENT else actor.device


def browser_of(user_agent: str) -> str:
    """Name and major version of a browser, such as `Chromium 156`; empty for what is none."""
    for name, pattern in _BROWSERS:
        if found := pattern.search(user_agent):
            return f"{name} {found[1]}"
    return ""
