"""What a manager may want to ask about a counter: unusual figures of a period, never a verdict.

measures.md §4.4. Pure, over stages and tickets. A question names a counter, its figures and the
tickets behind them; officers are neither named nor ranked, and each question may have a good answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from server.domain.alert_stats import tail
from server.domain.ids import CounterId, TicketId
from server.domain.measures import MIN_N_FOR_P90, Stage, p90
from server.domain.ticket import Status, Ticket

#: A visit shorter than this was hardly one.
MICRO: Final = timedelta(seconds=20)
#: Set aside for longer than this.
PARKED: Final = timedelta(minutes=30)
#: From the call to the start of service, for nine in ten.
SLOW_START: Final = timedelta(minutes=2)
#: A no-show takes two calls and this long.
PATIENCE: Final = timedelta(seconds=60)
_FEW, _SOME = 3, 5
_SHARE: Final = 0.1
_UNLIKELY: Final = 0.01
_ENOUGH_SERVED: Final = 30
_LONGEST_LIST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`kind` is the sentence, `counter` whom it is about, `tickets` what is behind the figures."""

    kind: str
    counter: CounterId
    figures: dict[str, Any] = field(default_factory=dict)
    tickets: tuple[TicketId, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Period:
    """The stages and tickets of some days. A stage belongs to the counter that called it."""

    stages: Sequence[Stage]
    tickets: Mapping[TicketId, Ticket]

    @cached_property
    def at_counters(self) -> list[Stage]:
        """Those that a counter called."""
        return [s for s in self.stages if s.counter is not None]

    @cached_property
    def chosen(self) -> list[Stage]:
        """Those whose number was called out of order, by the last call."""
        tickets = ((s, self.tickets.get(s.ticket)) for s in self.at_counters)
        return [s for s, t in tickets if t and t.counter == s.counter and t.rule == "chosen"]

    @cached_property
    def served(self) -> list[Stage]:
        """Those in which a visit was completed."""
        ended = (s for s in self.at_counters if s.end == "ServiceCompleted")
        return [s for s in ended if s.ticket in self.tickets]

    @cached_property
    def after(self) -> dict[tuple[TicketId, int], Stage]:
        """Every stage by its ticket and place."""
        return {(s.ticket, s.ordinal): s for s in self.stages}

    def is_rated(self, stage: Stage) -> bool:
        """Whether the visit was rated."""
        return self.tickets[stage.ticket].level is not None

    @cached_property
    def rated(self) -> int:
        """How many of `served` were rated."""
        return sum(map(self.is_rated, self.served))

    def of_counter(self) -> dict[CounterId, list[Stage]]:
        """The stages by counter."""
        found: dict[CounterId, list[Stage]] = {}
        for stage in self.at_counters:
            found.setdefault(stage.counter or CounterId(""), []).append(stage)
        return found


def questions(period: Period) -> list[Question]:
    """Every question of the period, by kind and then by counter."""
    by_counter = sorted(period.of_counter().items())
    return [
        question
        for rule in _RULES
        for counter, stages in by_counter
        for question in rule(period, counter, stages)
    ]


def _asked(kind: str, counter: CounterId, found: Sequence[Stage], **figures: Any) -> Question:
    tickets = tuple(dict.fromkeys(stage.ticket for stage in found))[:_LONGEST_LIST]
    return Question(
        kind=kind, counter=counter, figures={"n": len(found), **figures}, tickets=tickets
    )


def _micro(_period: Period, counter: CounterId, stages: list[Stage]) -> Iterator[Question]:
    """Visits that ended as soon as they had begun."""
    ended = [s for s in stages if s.end == "ServiceCompleted" and s.service_s is not None]
    short = [s for s in ended if (s.service_s or 0.0) < MICRO.total_seconds()]
    if len(short) >= _SOME and len(short) >= _SHARE * len(ended):
        yield _asked("micro", counter, short, of=len(ended), seconds=int(MICRO.total_seconds()))


def _parked(period: Period, counter: CounterId, stages: list[Stage]) -> Iterator[Question]:
    """Tickets that were set aside and left there."""
    long: list[Stage] = []
    longest = timedelta()
    for stage in stages:
        following = period.after.get((stage.ticket, stage.ordinal + 1))
        if stage.end != "TicketParked" or stage.ended_at is None or following is None:
            continue
        aside = following.entered_at - stage.ended_at
        if aside >= PARKED:
            long.append(stage)
            longest = max(longest, aside)
    if len(long) >= _FEW:
        minutes = int(PARKED.total_seconds() // 60)
        yield _asked(
            "parked", counter, long, minutes=minutes, longest=int(longest.total_seconds() // 60)
        )


def _chosen(period: Period, counter: CounterId, stages: list[Stage]) -> Iterator[Question]:
    """Numbers called out of order, more often than the other counters do."""
    chosen = [s for s in period.chosen if s.counter == counter]
    if len(chosen) < _SOME or len(chosen) < _SHARE * len(stages):
        return
    others = len(period.at_counters) - len(stages)
    elsewhere = len(period.chosen) - len(chosen)
    if tail(len(chosen), len(stages), (elsewhere + 1) / (others + 2)) < _UNLIKELY:
        percent = round(100 * elsewhere / others) if others else 0
        yield _asked("chosen", counter, chosen, of=len(stages), elsewhere=percent)


def _unrated(period: Period, counter: CounterId, _stages: list[Stage]) -> Iterator[Question]:
    """Visits without a rating, fewer than chance makes likely beside the other counters."""
    mine = [s for s in period.served if s.counter == counter]
    rated = sum(map(period.is_rated, mine))
    others, elsewhere = len(period.served) - len(mine), period.rated - rated
    if len(mine) < _ENOUGH_SERVED or others < _ENOUGH_SERVED or not elsewhere:
        return
    share = elsewhere / others
    # The chance of so few: that of its opposite, turned round, loses no digits.
    if tail(len(mine) - rated, len(mine), 1 - share) < _UNLIKELY:
        silent = [s for s in mine if not period.is_rated(s)]
        yield _asked(
            "unrated", counter, silent, of=len(mine), rated=rated, elsewhere=round(100 * share)
        )


def _slow_starts(_period: Period, counter: CounterId, stages: list[Stage]) -> Iterator[Question]:
    """People called long before they were served: their wait ends later than it seems."""
    walked = [s for s in stages if s.walk_s is not None]
    limit = SLOW_START.total_seconds()
    ninth = p90([s.walk_s or 0.0 for s in walked])
    if len(walked) >= MIN_N_FOR_P90 and ninth is not None and ninth > limit:
        late = [s for s in walked if (s.walk_s or 0.0) > limit]
        yield _asked("slow_start", counter, late, of=len(walked), minutes=round(ninth / 60, 1))


def _hasty(period: Period, counter: CounterId, stages: list[Stage]) -> Iterator[Question]:
    """Absences put down after one call, or before a minute had passed."""
    absent = [s for s in stages if s.end == "NoShowRecorded"]
    hasty = [
        s
        for s in absent
        if s.calls < 2  # noqa: PLR2004 - two calls
        or (s.called_at and s.ended_at and s.ended_at - s.called_at < PATIENCE)
    ]
    if len(hasty) < _FEW or len(hasty) < 2 * _SHARE * len(absent):
        return
    tickets = (period.tickets.get(s.ticket) for s in hasty)
    back = sum(1 for t in tickets if t is not None and t.status is Status.SERVED)
    yield _asked("hasty_no_show", counter, hasty, of=len(absent), back=back)


_Rule = Callable[[Period, CounterId, list[Stage]], Iterator[Question]]
_RULES: Final[tuple[_Rule, ...]] = (_micro, _parked, _chosen, _unrated, _slow_starts, _hasty)
