"""What a run of a day came to, small enough to keep: waits by line, and who was missed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from server.domain.ids import CounterId
from server.forecast.engine import Outcome
from server.whatif.replay import DayLived, Lived

#: A line of people: queue, and whether they have priority.
Line = tuple[str, bool]


class LineDay(msgspec.Struct, array_like=True):
    """One line's day. Whole seconds: waits of those served, call waits of no-shows, ages of others."""

    queue: str
    is_priority: bool
    served: list[int]
    no_shows: list[int]
    lost: list[int]


class DayRun(msgspec.Struct):
    """One day under one plan."""

    lines: list[LineDay]
    engaged_s: dict[str, int] = {}
    open_s: dict[str, int] = {}


class DayResult(msgspec.Struct):
    """One day: as the log has it, lived again as it was, and under each plan."""

    day: str
    observed: DayRun
    present: DayRun
    plans: list[DayRun]


def of_lived(lived: DayLived) -> DayRun:
    """The run of a day that was lived again."""
    return DayRun(
        lines=_lines(lived.visits),
        engaged_s=_whole(lived.engaged_s),
        open_s=_whole(lived.open_s),
    )


def of_visits(visits: Iterable[Lived]) -> DayRun:
    """The run that the log itself has."""
    return DayRun(lines=_lines(visits))


def _lines(visits: Iterable[Lived]) -> list[LineDay]:
    found: dict[Line, LineDay] = {}
    for visit in visits:
        key = (visit.queue, visit.is_priority)
        line = found.get(key)
        if line is None:
            line = found[key] = LineDay(*key, [], [], [])
        if visit.outcome is Outcome.SERVED:
            line.served.append(round(visit.wait_s))
        elif visit.outcome is Outcome.NO_SHOW:
            line.no_shows.append(round(visit.call_wait_s))
        else:
            line.lost.append(round(visit.call_wait_s))
    return [found[key] for key in sorted(found)]


def _whole(seconds: Mapping[CounterId, float]) -> dict[str, int]:
    return {counter: round(value) for counter, value in sorted(seconds.items())}


def merged(runs: Iterable[DayRun]) -> dict[Line, LineDay]:
    """Several days' lines together."""
    found: dict[Line, LineDay] = {}
    for run in runs:
        for line in run.lines:
            whole = found.setdefault(
                (line.queue, line.is_priority), LineDay(line.queue, line.is_priority, [], [], [])
            )
            whole.served += line.served
            whole.no_shows += line.no_shows
            whole.lost += line.lost
    return found


def utilisation(runs: Iterable[DayRun]) -> dict[str, tuple[int, int]]:
    """By counter, seconds engaged and open over the days."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for run in runs:
        for counter, seconds in run.engaged_s.items():
            found[counter][0] += seconds
        for counter, seconds in run.open_s.items():
            found[counter][1] += seconds
    return {counter: (e, o) for counter, (e, o) in found.items()}
