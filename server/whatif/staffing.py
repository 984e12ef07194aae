"""Counters' days under a plan: other hours, another counter, the roster, a session more.

A changed day keeps what its own day was like: as late, and with the same breaks inside the hours.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from random import Random

from server.domain import roster
from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId
from server.whatif.trace import Shift, Stretch, Trace


def rehoured(
    trace: Trace, shifts: Sequence[Shift], counters: Iterable[str], spans: list[Stretch]
) -> list[Shift]:
    """The counters' day over other stretches: as late and with the same breaks as it was."""
    chosen = set(counters)
    found = [s for s in shifts if s.counter not in chosen]
    for counter in sorted(chosen):
        own = [s for s in shifts if s.counter == counter]
        if own:
            found.append(_shift_over(trace, own, own[0].counter, own[0].officer, spans))
    return found


def new_shift(
    trace: Trace, staffed: Iterable[CounterId], counter: CounterId, spans: list[Stretch]
) -> list[Shift]:
    """An added counter's day goes as that of another counter that day, drawn by its own seed.

    Only counters that usually have somebody are drawn from, absences included.
    """
    donors = sorted(staffed)
    if not donors:
        return []
    rng = Random(zlib.crc32(f"{trace.day.isoformat()}/{counter}".encode()))
    donor = rng.choice(donors)
    own = [s for s in trace.shifts if s.counter == donor]
    return [_shift_over(trace, own, counter, "", spans)] if own else []


def _shift_over(
    trace: Trace, own: Sequence[Shift], counter: CounterId, officer: str, spans: list[Stretch]
) -> Shift:
    breaks = sorted(b for s in own for b in s.breaks)
    lates = [late for s in own for late in s.late_s if late is not None]
    after = max((w[1] - trace.sessions[-1][1] for s in own for w in s.windows), default=0.0)
    windows: list[Stretch] = []
    for n, (since, until) in enumerate(spans):
        late = min(lates[min(n, len(lates) - 1)], 1_800.0) if lates else 0.0
        is_last = bool(trace.sessions) and until >= trace.sessions[-1][1]
        begin, end = since + late, until + (max(0.0, after) if is_last else 0.0)
        for pause, resume in breaks:
            if begin < pause < end:
                windows.append((begin, pause))
                begin = resume
        if end > begin:
            windows.append((begin, end))
    kept = [b for b in breaks if any(since < b[0] < until for since, until in spans)]
    return Shift(counter=counter, officer=officer, windows=windows, breaks=kept)


def moved(shift: Shift, before: Sequence[Stretch], after: Sequence[Stretch]) -> Shift:
    """The shift under other opening hours: begun as late, ended as early or late as it was."""
    windows: list[Stretch] = []
    for since, until in shift.windows:
        begin, end = since, until
        for (opens, closes), (new_opens, new_closes) in zip(before, after, strict=True):
            overlaps = since < closes and until > opens
            is_first = overlaps and not any(opens <= w[0] < since for w in shift.windows)
            if is_first:
                begin = since + new_opens - opens
            if overlaps and until >= closes:
                end = until + new_closes - closes
        if end > begin:
            windows.append((begin, end))
    return Shift(
        counter=shift.counter,
        officer=shift.officer,
        windows=windows,
        breaks=shift.breaks,
        late_s=shift.late_s,
    )


def as_rostered(
    trace: Trace,
    shifts: Sequence[Shift],
    staffed: Iterable[CounterId],
    planned: Catalogue,
    day: date,
) -> list[Shift]:
    """Every counter that the roster names on `day` open as it says, everybody named being there.

    What the roster does not name stays as it was. A counter that was not open on the day of the log
    begins as late, and has the breaks, of one that was.
    """
    midnight = datetime.combine(day, datetime.min.time(), planned.zone)
    found: list[Shift] = []
    for counter in trace.catalogue.counters:
        own = [s for s in shifts if s.counter == counter.id]
        if not roster.is_named(planned, counter.id, day):
            found += own
            continue
        spans: dict[str, list[Stretch]] = {}
        for part in roster.stretches(planned, counter.id, day):
            since, until = ((at - midnight).total_seconds() for at in (part.opens, part.closes))
            spans.setdefault(part.officer, []).append((since, until))
        like = own or _like(trace, shifts, staffed, counter.id)
        found += [_shift_over(trace, like, counter.id, o, some) for o, some in spans.items()]
    return sorted((s for s in found if s.windows), key=lambda s: (s.counter, s.windows[0]))


def longer(
    trace: Trace,
    shifts: Sequence[Shift],
    staffed: Iterable[CounterId],
    counters: Iterable[str],
    span: Stretch,
) -> list[Shift]:
    """The counters open in one stretch more, by whoever was there last.

    What was open in it already is not opened twice.
    """
    found = list(shifts)
    for counter in sorted({*counters}):
        own = [s for s in shifts if s.counter == counter]
        last = max(own, key=lambda s: s.windows[-1][1], default=None)
        like = own or _like(trace, shifts, staffed, CounterId(counter))
        officer = last.officer if last else ""
        added = _shift_over(trace, like, CounterId(counter), officer, [span])
        free = _without(added.windows, [w for s in own for w in s.windows])
        if free and last is not None:
            # One and the same officer goes on: two desks could serve two people at once.
            whole = replace(last, windows=sorted([*last.windows, *free]))
            found = [whole if s is last else s for s in found]
        elif free:
            found.append(replace(added, windows=free))
    return found


def _like(
    trace: Trace, shifts: Sequence[Shift], staffed: Iterable[CounterId], counter: CounterId
) -> list[Shift]:
    """The shifts of another counter that was open that day, drawn by the counter's own seed."""
    there = sorted({s.counter for s in shifts} & {*staffed}) or sorted({s.counter for s in shifts})
    if not there:
        return []
    donor = Random(zlib.crc32(f"{trace.day.isoformat()}/{counter}".encode())).choice(there)
    return [s for s in shifts if s.counter == donor]


def _without(spans: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """The parts of the spans in which nothing of `taken` lies."""
    left = list(spans)
    for since, until in taken:
        parts = (part for a, b in left for part in ((a, min(b, since)), (max(a, until), b)))
        left = [(a, b) for a, b in parts if a < b]
    return left
