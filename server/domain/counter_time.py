"""How a counter's day was spent: open, paused, with a person at the desk (measures.md §2)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from server.domain import events as ev
from server.domain.ids import CounterId
from server.domain.measures import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch in which one officer had a counter open or paused. Instants are aware UTC."""

    counter: CounterId
    officer: str
    since: datetime
    until: datetime
    #: Why it was paused; empty = it was open.
    pause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterTime:
    """Seconds of one officer at one counter. They add up over days, counters and officers."""

    #: Open, pauses included.
    open_s: int = 0
    paused_s: int = 0
    #: A person was at the desk or on the way to it: from call to end.
    engaged_s: int = 0
    serving_s: int = 0

    def __add__(self, other: "CounterTime") -> "CounterTime":
        return CounterTime(
            open_s=self.open_s + other.open_s,
            paused_s=self.paused_s + other.paused_s,
            engaged_s=self.engaged_s + other.engaged_s,
            serving_s=self.serving_s + other.serving_s,
        )


def spans(events: Iterable[ev.Recorded], until: datetime) -> list[Span]:
    """The stretches of a day's counter events in their order; what still runs ends at `until`.

    A counter that was left open over midnight begins with its first event of the day.
    """
    running: dict[CounterId, Span] = {}
    found: list[Span] = []
    for recorded in events:
        event, at = recorded.event, recorded.at
        if not isinstance(event, ev.CounterEvent):
            continue
        before = running.pop(event.counter, None)
        if before is not None:
            found.append(replace(before, until=at))
        if after := _begun(event, before, at):
            running[event.counter] = after
    found += [replace(span, until=until) for span in running.values()]
    return sorted(
        (span for span in found if span.until > span.since), key=lambda s: (s.since, s.counter)
    )


def _begun(event: ev.CounterEvent, before: Span | None, at: datetime) -> Span | None:
    """The stretch that begins with an event; None where it only ends one."""
    match event:
        case ev.CounterOpened() | ev.CounterHandedOver():
            officer, pause = event.officer, ""
        case ev.CounterPaused():
            officer, pause = before.officer if before else "", event.reason or "-"
        case ev.CounterResumed():
            officer, pause = before.officer if before else "", ""
        case _:
            return None
    return Span(counter=event.counter, officer=officer, since=at, until=at, pause=pause)


def times(
    some_spans: Iterable[Span], stages: Iterable[Stage], now: datetime
) -> dict[tuple[CounterId, str], CounterTime]:
    """The day by counter and officer. A stage that has not ended counts up to `now`."""
    found: dict[tuple[CounterId, str], CounterTime] = defaultdict(CounterTime)
    for span in some_spans:
        seconds = int((span.until - span.since).total_seconds())
        found[span.counter, span.officer] += CounterTime(
            open_s=seconds, paused_s=seconds if span.pause else 0
        )
    for stage in stages:
        if stage.counter is None or stage.called_at is None:
            continue
        ended = stage.ended_at or now
        found[stage.counter, stage.officer] += CounterTime(
            engaged_s=max(0, int((ended - stage.called_at).total_seconds())),
            serving_s=(
                max(0, int((ended - stage.started_at).total_seconds())) if stage.started_at else 0
            ),
        )
    return dict(found)
