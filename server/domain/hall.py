"""What a branch's hall shows and says, as configured: displays, media, voice."""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from server.domain.text import Text


class Layout(StrEnum):
    """How a wall display is laid out."""

    STANDARD = "standard"
    #: Three rows, for a long hall.
    FAR = "far"
    #: Every counter with its number, in pages.
    MANY = "many"
    #: Half the screen shows the branch's media.
    MEDIA = "media"
    #: The small screen above one counter.
    SIGN = "sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """How loud a display is from one local time to another; past midnight when `until` is earlier."""

    since: time
    until: time
    #: Percent; 0 = silent.
    volume: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """A wall display, known by its device's name. One that is not listed is as the defaults say."""

    name: str
    layout: Layout = Layout.STANDARD
    #: Numbers of the counters whose calls it shows and speaks; empty = every counter.
    counters: tuple[int, ...] = ()
    speaks: bool = True
    #: Percent.
    volume: int = 80
    #: Hours in which it is louder or quieter; the first that fits counts.
    hours: tuple[Loudness, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture, a film or a few words for the displays with room for them, in their order."""

    #: A file in the branch's media folder; empty = `text`.
    file: str = ""
    text: Text = Text(vi="")
    #: How long a picture or a text stands; a film runs to its end.
    seconds: int = 15
    #: Shown only from `since` to `until`, local time.
    since: time | None = None
    until: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What is said in the hall, and in which languages."""

    #: One after the other; `vi`, `en`.
    languages: tuple[str, ...] = ("vi",)
    #: Sentence -> the branch's own words, where they are not `announcements.USUAL`.
    sentences: tuple[tuple[str, Text], ...] = ()
    #: What is spoken, of `announcements.SPOKEN`; the rest is silent.
    speaks: tuple[str, ...] = (
        *("call", "recall", "last_call", "forward", "closing", "outage", "notice", "emergency"),
    )
    #: How long before the last ticket of the day walls say that it is near.
    closing_minutes: int = 15
