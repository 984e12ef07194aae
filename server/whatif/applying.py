"""A plan applied: the configuration under it, and every counter's day."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from server.domain.catalogue import Catalogue, Counter, Mode, Policy, Source, SourceRule
from server.domain.ids import CounterId, QueueId
from server.whatif.plans import (
    AddCounter,
    BadPlan,
    CounterHours,
    LunchCover,
    OpeningHours,
    Plan,
    Pool,
    RemoveCounter,
    Rules,
    Serve,
    check,
    spans_of,
)
from server.whatif.trace import Known, Setting, Shift, Stretch, Trace


def check_on(plan: Plan, catalogue: Catalogue) -> None:
    """Raise `BadPlan` where the plan cannot be tried on this branch."""
    check(plan, catalogue)
    # No queue that is served now may be left without any counter.
    served = {q for c in catalogue.counters for q in c.queues}
    left = {q for c in changed(plan, catalogue).counters for q in c.queues}
    for queue in sorted(served - left):
        raise BadPlan(why="unserved", what=queue)


def changed(plan: Plan, catalogue: Catalogue) -> Catalogue:
    """The configuration under the plan: counters, their queues, and the policy."""
    counters = {c.id: c for c in catalogue.counters}
    policy = catalogue.policy
    for change in plan.changes:
        match change:
            case RemoveCounter(counter=counter):
                counters.pop(CounterId(counter), None)
            case AddCounter(queues=queues):
                new = _added(catalogue, len(counters) + 1, queues)
                counters[new.id] = new
            case Serve():
                _serve(counters, change)
            case Pool():
                _pool(counters, change, catalogue)
            case Rules():
                policy = _ruled(policy, change)
            case _:
                pass
    return replace(catalogue, counters=tuple(counters.values()), policy=policy)


def _added(catalogue: Catalogue, place: int, queues: Sequence[str]) -> Counter:
    number = max((c.number for c in catalogue.counters), default=0) + place
    own = tuple(dict.fromkeys(QueueId(q) for q in queues))
    return Counter(id=CounterId(f"whatif-{place}"), number=number, sources=(Source(queues=own),))


def _serve(counters: dict[CounterId, Counter], change: Serve) -> None:
    counter = counters.get(CounterId(change.counter))
    if counter is None:
        return
    own = tuple(dict.fromkeys(QueueId(q) for q in change.queues))
    others = tuple(QueueId(q) for q in dict.fromkeys(change.others) if q not in own)
    sources = (Source(queues=own), *_extra(others, change.over_minutes))
    counters[counter.id] = replace(counter, sources=sources)


def _extra(others: tuple[QueueId, ...], minutes: int) -> tuple[Source, ...]:
    if not others:
        return ()
    when = SourceRule.WAIT_OVER if minutes else SourceRule.OWN_EMPTY
    return (Source(queues=others, when=when, minutes=minutes),)


def _pool(counters: dict[CounterId, Counter], change: Pool, catalogue: Catalogue) -> None:
    chosen = [counters[CounterId(c)] for c in dict.fromkeys(change.counters) if c in counters]
    order = {q.id: n for n, q in enumerate(catalogue.queues)}
    every = sorted({q for c in chosen for q in c.queues}, key=lambda q: order.get(q, 0))
    for counter in chosen:
        if change.how == SourceRule.ALWAYS:
            sources: tuple[Source, ...] = (Source(queues=tuple(every)),)
        else:
            own = tuple(s for s in counter.sources if s.when is SourceRule.ALWAYS)
            held = {q for s in own for q in s.queues}
            others = tuple(q for q in every if q not in held)
            minutes = change.minutes if change.how == SourceRule.WAIT_OVER else 0
            sources = (*own, *_extra(others, minutes))
        counters[counter.id] = replace(counter, sources=sources)


def _ruled(policy: Policy, rules: Rules) -> Policy:
    classes = policy.classes
    if rules.head_start_minutes is not None:
        classes = tuple(replace(c, head_start_minutes=rules.head_start_minutes) for c in classes)
    return replace(
        policy,
        mode=Mode(rules.mode) if rules.mode is not None else policy.mode,
        normal_per_priority=rules.normal_per_priority or policy.normal_per_priority,
        overtaking_cap_minutes=(
            policy.overtaking_cap_minutes if rules.cap_minutes is None else rules.cap_minutes
        ),
        classes=classes,
    )


def setting(plan: Plan, trace: Trace, known: Known) -> Setting:
    """The day's setting under the plan."""
    catalogue = changed(plan, trace.catalogue)
    shifts = list(trace.shifts)
    for change in plan.changes:
        match change:
            case CounterHours(counter=counter, hours=several):
                shifts = _rehoured(trace, shifts, [counter], spans_of(several))
            case LunchCover(counters=counters) if len(trace.sessions) > 1:
                whole = [(trace.sessions[0][0], trace.sessions[-1][1])]
                shifts = _rehoured(trace, shifts, counters, whole)
            case OpeningHours(sessions=sessions) if len(sessions) == len(trace.sessions):
                shifts = [_moved(s, trace.sessions, spans_of(sessions)) for s in shifts]
            case _:
                pass
    before = {c.id for c in trace.catalogue.counters}
    new = [c for c in catalogue.counters if c.id not in before]
    wanted = [c for c in plan.changes if isinstance(c, AddCounter)]
    for added, change in zip(new, wanted, strict=True):
        spans = spans_of([change.hours]) if change.hours else list(trace.sessions)
        shifts += _new_shift(trace, known.staffed, added.id, spans)
    return Setting(catalogue=catalogue, shifts=shifts, new_skill=plan.new_skill)


def _rehoured(
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


def _new_shift(
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


def _moved(shift: Shift, before: Sequence[Stretch], after: Sequence[Stretch]) -> Shift:
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
