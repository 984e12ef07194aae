"""How an estimate is told (measures.md §1.6): rounded outward, never a single number, no promises.

Tile, result screen, slip, phone, wall and public page all take their words from `phrase`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Final

from server.domain import hours, rounding
from server.domain.catalogue import Catalogue
from server.domain.events import Quote
from server.domain.hours import Session
from server.domain.ids import QueueId
from server.domain.outlook import Told
from server.domain.telling import BREAK_IS_LIKELY, BREAK_IS_UNLIKELY, Reason
from server.domain.text import Text

#: A range wider than this, in minutes, says nothing: then only "more than an hour".
TOO_WIDE: Final = 90
_CLOCK_FROM: Final = 30
#: Times of day are told on this grid, minutes, outward.
_CLOCK_STEP: Final = 5
_NOON, _EVENING = 12, 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """`kind` is soon, range, over, lunch or maybe_lunch; `low`/`high` are minutes from its moment."""

    kind: str
    low: int
    high: int
    is_initial: bool
    text: Text
    #: The same in two or three words, for a tile.
    short: Text
    #: When it was reckoned, and whether it is an initial estimate.
    as_of: Text
    #: The whole of it for paper, whose reader looks at it much later.
    dated: Text


def phrase(
    catalogue: Catalogue, queue: QueueId, quote: Quote | None, at: datetime, *, is_initial: bool
) -> Phrase | None:
    """The sentence for a quote made at `at`; None when no minutes can be said."""
    if quote is None:
        return None
    low, high = rounding.outward(quote.low_s, quote.high_s)
    gap = _break_of(catalogue, queue, at)
    kind = _session_of(quote, at, gap)
    if not kind:
        if gap is not None and quote.before_break is not None:
            # Surely before the break: the rest of the range lies where nobody is called.
            left = (gap[0].closes - at) / timedelta(minutes=1)
            high = max(low + rounding.SOON, min(high, _up(left)))
        kind = _kind(low, high)
    opens = hours.opening_after(catalogue.hours, catalogue.zone, queue, at)
    found = _Sentence(catalogue, at, gap, opens if opens != at else None, low, high)
    as_of = _as_of(_clock(catalogue, at), is_initial=is_initial)
    return Phrase(
        kind=kind,
        low=low,
        high=high,
        is_initial=is_initial,
        text=found.of(kind),
        short=_short(kind, low, high, gap),
        as_of=as_of,
        dated=found.dated(kind, as_of),
    )


def of_told(catalogue: Catalogue, queue: QueueId, told: Told, *, is_initial: bool) -> Phrase | None:
    """The sentence of what the holder of a ticket was told; None when that was no minutes."""
    if told.low_s is None or told.high_s is None:
        return None
    quote = Quote(
        expected_s=told.low_s,
        low_s=told.low_s,
        high_s=told.high_s,
        model="",
        before_break=told.before_break,
    )
    return phrase(catalogue, queue, quote, told.at, is_initial=is_initial)


#: Why a wait grew, as its reader is told: never about a person.
REASONS: Final[Mapping[str, Text]] = {
    Reason.COUNTER_PAUSED: Text(
        vi="Thời gian chờ tăng vì một quầy vừa tạm nghỉ.",
        en="The wait has grown because a counter has just paused.",
    ),
    Reason.COUNTER_CLOSED: Text(
        vi="Thời gian chờ tăng vì một quầy vừa đóng.",
        en="The wait has grown because a counter has just closed.",
    ),
    Reason.LONG_CASE: Text(
        vi="Thời gian chờ tăng vì một hồ sơ cần nhiều thời gian hơn thường lệ.",
        en="The wait has grown because a case is taking longer than usual.",
    ),
    Reason.PRIORITY_CAME: Text(
        vi="Thời gian chờ tăng vì có người được ưu tiên theo quy định vừa đến.",
        en="The wait has grown because somebody with priority by law has come.",
    ),
    Reason.ABSENCE: Text(
        vi="Thời gian chờ tăng vì hôm nay có quầy vắng cán bộ.",
        en="The wait has grown because a counter has no officer today.",
    ),
    Reason.SLOW_TODAY: Text(
        vi="Thời gian chờ tăng vì hôm nay mỗi hồ sơ cần nhiều thời gian hơn thường lệ.",
        en="The wait has grown because cases are taking longer than usual today.",
    ),
}


def reason(told: Told) -> Text | None:
    """Why it grew, where somebody knows."""
    return REASONS.get(told.reason)


#: A session under way, or just over, and the one that follows it the same day.
_Break = tuple[Session, Session]


def _break_of(catalogue: Catalogue, queue: QueueId, at: datetime) -> _Break | None:
    day = at.astimezone(catalogue.zone).date()
    today = [s for s in hours.sessions(catalogue.hours, catalogue.zone, day) if s.takes(queue)]
    for session, later in pairwise(today):
        if session.doors <= at < later.opens:
            return session, later
    return None


def _kind(low: int, high: int) -> str:
    if high <= rounding.SOON:
        return "soon"
    return "over" if high - low > TOO_WIDE else "range"


def _session_of(quote: Quote, at: datetime, gap: _Break | None) -> str:
    """`lunch`, `maybe_lunch`, or empty where the call comes before any break.

    By the forecast's own chance; one that has none says it by where its range ends.
    """
    if gap is None:
        return ""
    closes = gap[0].closes
    chance = quote.before_break
    if chance is not None:
        if chance > BREAK_IS_UNLIKELY:
            return ""
        return "lunch" if chance < BREAK_IS_LIKELY else "maybe_lunch"
    if at + timedelta(seconds=quote.high_s) <= closes:
        return ""
    return "lunch" if at + timedelta(seconds=quote.low_s) > closes else "maybe_lunch"


@dataclass(frozen=True, slots=True)
class _Sentence:
    catalogue: Catalogue
    at: datetime
    gap: _Break | None
    #: When the first of the sessions still to come opens; None inside one.
    opens: datetime | None
    low: int
    high: int

    def of(self, kind: str) -> Text:
        """What a screen says, beside which stands when it was reckoned."""
        plain = self._plain(kind)
        if kind != "range" or self.high < _CLOCK_FROM:
            return plain
        window = self._window
        return Text(vi=f"{plain.vi} ({window})", en=f"{plain.en} ({window})")

    def dated(self, kind: str, as_of: Text) -> Text:
        plain, window = self._plain(kind), ("", "")
        if kind == "maybe_lunch":
            return Text(vi=f"{plain.vi}, {as_of.vi}", en=f"{plain.en}, {as_of.en}")
        if kind == "range" and self.high >= _CLOCK_FROM:
            window = (f", khoảng {self._window}", f", about {self._window}")
        return Text(
            vi=f"{plain.vi}{window[0]} ({as_of.vi})", en=f"{plain.en}{window[1]} ({as_of.en})"
        )

    def _plain(self, kind: str) -> Text:
        match kind:
            case "soon":
                return Text(vi="Sắp đến lượt, dưới 5 phút", en="Almost your turn, under 5 minutes")
            case "maybe_lunch":
                part, opens = _part(self.gap), self._opens
                return Text(
                    vi=f"Có thể sang {part.vi} (sau {opens})",
                    en=f"Perhaps in the {part.en} (after {opens})",
                )
            case "lunch":
                part, span = _part(self.gap), self._after_break
                return Text(
                    vi=f"{part.vi.capitalize()}, khoảng {span}",
                    en=f"In the {part.en}, about {span}",
                )
            case "over":
                return Text(vi="Trên 60 phút", en="More than 60 minutes")
            case _ if self.low == 0:
                return Text(vi=f"Dưới {self.high} phút", en=f"Under {self.high} minutes")
            case _:
                span = f"{self.low}–{self.high}"  # noqa: RUF001 - a range takes an en dash
                return Text(vi=f"Khoảng {span} phút", en=f"About {span} minutes")

    @property
    def _opens(self) -> str:
        return _clock(self.catalogue, self.gap[1].opens) if self.gap else ""

    @property
    def _ends(self) -> tuple[datetime, datetime]:
        first, last = (self.at + timedelta(minutes=m) for m in (self.low, self.high))
        return _on_grid(first, earlier=True), _on_grid(last, earlier=False)

    @property
    def _window(self) -> str:
        """The hours the range stands for, outward, not before the opening nor into the break."""
        start, end = self._ends
        if self.opens is not None:
            start = max(start, self.opens)
            end = max(end, start + timedelta(minutes=_CLOCK_STEP))
        if self.gap is not None:
            closes = self.gap[0].closes
            # Also where the levels, recalibrated, fall behind a chance that says "before the break".
            start, end = min(start, closes - timedelta(minutes=_CLOCK_STEP)), min(end, closes)
        return self._span(start, end)

    @property
    def _after_break(self) -> str:
        start, end = self._ends
        if self.gap is not None:
            start = max(start, self.gap[1].opens)
            end = max(min(end, self.gap[1].closes), start + timedelta(minutes=_CLOCK_STEP))
        return self._span(start, end)

    def _span(self, start: datetime, end: datetime) -> str:
        return f"{_clock(self.catalogue, start)}–{_clock(self.catalogue, end)}"  # noqa: RUF001


def _up(minutes: float) -> int:
    return ceil(minutes / _CLOCK_STEP) * _CLOCK_STEP


def _on_grid(at: datetime, *, earlier: bool) -> datetime:
    """The nearest five minutes of the clock; every zone's offset is a multiple of them."""
    over = timedelta(
        minutes=at.minute % _CLOCK_STEP, seconds=at.second, microseconds=at.microsecond
    )
    if earlier or not over:
        return at - over
    return at - over + timedelta(minutes=_CLOCK_STEP)


def _clock(catalogue: Catalogue, at: datetime) -> str:
    local = at.astimezone(catalogue.zone)
    return f"{local.hour}:{local.minute:02d}"


def _part(gap: _Break | None) -> Text:
    """The part of the day in which the next session opens."""
    hour = gap[1].opens.hour if gap else _NOON
    if hour < _NOON:
        return Text(vi="giờ sau", en="next hours")
    if hour < _EVENING:
        return Text(vi="buổi chiều", en="afternoon")
    return Text(vi="buổi tối", en="evening")


def _short(kind: str, low: int, high: int, gap: _Break | None) -> Text:
    match kind:
        case "lunch":
            return _part(gap)
        case "maybe_lunch":
            part = _part(gap)
            vi = part.vi.removeprefix("buổi ")
            return Text(vi=f"có thể sang {vi}", en=f"perhaps {part.en}")
        case "over":
            return Text(vi="trên 60 phút", en="over 60 min")
        case _ if low == 0:
            return Text(vi=f"dưới {high} phút", en=f"under {high} min")
        case _:
            return Text(vi=f"{low}–{high} phút", en=f"{low}–{high} min")  # noqa: RUF001


def _as_of(clock: str, *, is_initial: bool) -> Text:
    if is_initial:
        return Text(vi=f"ước tính ban đầu, tính lúc {clock}", en=f"initial estimate, as of {clock}")
    return Text(vi=f"tính lúc {clock}", en=f"as of {clock}")
