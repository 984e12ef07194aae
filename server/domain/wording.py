"""How an estimate is told (measures.md §1.6): rounded outward, never a single number, no promises."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, floor

from server.domain import hours
from server.domain.catalogue import Catalogue, Text
from server.domain.events import Quote
from server.domain.ids import QueueId

#: A range wider than this, in minutes, says nothing: then only "more than an hour".
_TOO_WIDE = 90
_SOON = 5
_CLOCK_FROM = 30
_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """`kind` is soon, range, over, lunch or maybe_lunch; `low`/`high` are minutes from `at`."""

    kind: str
    low: int
    high: int
    is_initial: bool
    text: Text
    #: The same in two or three words, for a tile.
    short: Text


def phrase(
    catalogue: Catalogue, queue: QueueId, quote: Quote | None, at: datetime, *, is_initial: bool
) -> Phrase | None:
    """The sentence for a quote made at `at`; None when no minutes can be said."""
    if quote is None:
        return None
    low, high = _outward(quote.low_s / 60, quote.high_s / 60)
    kind = _kind(catalogue, queue, quote, at, low, high)
    return Phrase(
        kind=kind,
        low=low,
        high=high,
        is_initial=is_initial,
        text=_sentence(catalogue, queue, kind, low, high, at),
        short=_short(kind, low, high),
    )


def _step(minutes: float) -> int:
    if minutes < 20:  # noqa: PLR2004 - the steps of measures.md §1.6
        return 5
    return 10 if minutes <= _HOUR else 15


def _outward(low: float, high: float) -> tuple[int, int]:
    down, up = _step(low), _step(high)
    return floor(low / down) * down, max(_SOON, ceil(high / up) * up)


def _kind(
    catalogue: Catalogue, queue: QueueId, quote: Quote, at: datetime, low: int, high: int
) -> str:
    if high <= _SOON:
        return "soon"
    closes = _closing(catalogue, queue, at)
    if closes is not None and at + timedelta(seconds=quote.high_s) > closes:
        return "lunch" if at + timedelta(seconds=quote.low_s) > closes else "maybe_lunch"
    return "over" if high - low > _TOO_WIDE else "range"


def _closing(catalogue: Catalogue, queue: QueueId, at: datetime) -> datetime | None:
    """The end of the session under way, when another one follows today."""
    day = at.astimezone(catalogue.zone).date()
    today = [s for s in hours.sessions(catalogue.hours, catalogue.zone, day) if s.takes(queue)]
    for session, later in pairwise(today):
        if session.doors <= at < later.opens:
            return session.closes
    return None


def _sentence(
    catalogue: Catalogue, queue: QueueId, kind: str, low: int, high: int, at: datetime
) -> Text:
    def clock(minutes: float) -> str:
        local = (at + timedelta(minutes=minutes)).astimezone(catalogue.zone)
        return f"{local.hour}:{local.minute:02d}"

    reopening = _reopening(catalogue, queue, at)
    afternoon = clock((reopening - at).total_seconds() / 60) if reopening else ""
    window = f" ({clock(low)}–{clock(high)})" if high >= _CLOCK_FROM else ""  # noqa: RUF001
    match kind:
        case "soon":
            return Text(vi="Sắp đến lượt, dưới 5 phút", en="Almost your turn, under 5 minutes")
        case "maybe_lunch":
            return Text(
                vi=f"Có thể sang buổi chiều (sau {afternoon})",
                en=f"Perhaps in the afternoon (after {afternoon})",
            )
        case "lunch":
            span = f"{clock(low)}–{clock(high)}"  # noqa: RUF001 - a range takes an en dash
            return Text(vi=f"Buổi chiều, khoảng {span}", en=f"In the afternoon, about {span}")
        case "over":
            return Text(vi="Trên 60 phút", en="More than 60 minutes")
        case _:
            pass
    if low == 0:
        return Text(vi=f"Dưới {high} phút{window}", en=f"Under {high} minutes{window}")
    span = f"{low}–{high}"  # noqa: RUF001
    return Text(vi=f"Khoảng {span} phút{window}", en=f"About {span} minutes{window}")


def _short(kind: str, low: int, high: int) -> Text:
    match kind:
        case "lunch":
            return Text(vi="buổi chiều", en="afternoon")
        case "maybe_lunch":
            return Text(vi="có thể sang chiều", en="perhaps afternoon")
        case "over":
            return Text(vi="trên 60 phút", en="over 60 min")
        case _ if low == 0:
            return Text(vi=f"dưới {high} phút", en=f"under {high} min")
        case _:
            return Text(vi=f"{low}–{high} phút", en=f"{low}–{high} min")  # noqa: RUF001


def _reopening(catalogue: Catalogue, queue: QueueId, at: datetime) -> datetime | None:
    day = at.astimezone(catalogue.zone).date()
    for session in hours.sessions(catalogue.hours, catalogue.zone, day):
        if session.takes(queue) and session.opens > at:
            return session.opens
    return None
