"""What a manager may change in a plan, checked against the branch, and applied to a day of it."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import time
from random import Random
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from server.domain.catalogue import Catalogue, Counter, Mode, Policy, Source, SourceRule
from server.domain.errors import Refused
from server.domain.ids import CounterId, QueueId
from server.whatif.replay import Setting
from server.whatif.trace import Known, Shift, Stretch, Trace

#: How fast an officer is at a queue never served before, as a share of their own speed.
NEW_SKILL: Final = 0.8
MOST_PLANS: Final = 4
MOST_CHANGES: Final = 40
MOST_ADDED: Final = 30
_NAME: Final = 80
_LEAST_MINUTES: Final = 30
_HEAD_START_MOST, _CAP_MOST, _PER_PRIORITY_MOST = 240, 600, 20

_Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
#: A stretch of local time: from, to.
Hours = tuple[_Clock, _Clock]


class BadPlan(Refused):
    """A plan cannot be tried as it stands. `why` is a code with a sentence of its own."""

    code = "bad_plan"
    status = 422


class AddCounter(msgspec.Struct, frozen=True, tag="add_counter", forbid_unknown_fields=True):
    """Another counter for these queues: all day, or from one time to another."""

    queues: tuple[str, ...]
    hours: Hours | None = None


class RemoveCounter(msgspec.Struct, frozen=True, tag="remove_counter", forbid_unknown_fields=True):
    """A counter is not staffed."""

    counter: str


class CounterHours(msgspec.Struct, frozen=True, tag="counter_hours", forbid_unknown_fields=True):
    """A counter is open in these stretches instead, on the days on which it was."""

    counter: str
    hours: tuple[Hours, ...]


class LunchCover(msgspec.Struct, frozen=True, tag="lunch_cover", forbid_unknown_fields=True):
    """These counters stay open between the sessions."""

    counters: tuple[str, ...]


class Serve(msgspec.Struct, frozen=True, tag="serve", forbid_unknown_fields=True):
    """A counter takes these queues as one line; `others` when its own are empty, or wait long.

    `over_minutes` 0: the others are served when the own queues are empty.
    """

    counter: str
    queues: tuple[str, ...]
    others: tuple[str, ...] = ()
    over_minutes: int = 0


class Pool(msgspec.Struct, frozen=True, tag="pool", forbid_unknown_fields=True):
    """Each of these counters serves the queues of all of them.

    `how`: as one line (`always`), the others' when its own are empty (`own_empty`), or also before
    them when somebody there has waited longer than `minutes` (`wait_over`).
    """

    counters: tuple[str, ...]
    how: str = "own_empty"
    minutes: int = 15


class OpeningHours(msgspec.Struct, frozen=True, tag="opening_hours", forbid_unknown_fields=True):
    """The sessions of a day, one after the other: as many as there are now."""

    sessions: tuple[Hours, ...]


class Rules(msgspec.Struct, frozen=True, tag="rules", forbid_unknown_fields=True):
    """Another calling policy; what is None stays."""

    mode: str | None = None
    normal_per_priority: int | None = None
    head_start_minutes: int | None = None
    cap_minutes: int | None = None


Change = AddCounter | RemoveCounter | CounterHours | LunchCover | Serve | Pool | OpeningHours | Rules


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A plan: its name and what it changes. `new_skill` is a share of an officer's own speed."""

    name: str
    changes: tuple[Change, ...]
    new_skill: float = NEW_SKILL


def plan_of(document: object) -> Plan:
    """A plan as it was sent. Raises `BadPlan` where it is not one."""
    try:
        return msgspec.convert(document, Plan, strict=False)
    except (msgspec.ValidationError, ValueError, TypeError) as error:
        raise BadPlan(why="shape", what=str(error)[:200]) from error


def check(plan: Plan, catalogue: Catalogue) -> None:
    """Raise `BadPlan` where the plan cannot be tried on this branch."""
    if not plan.name.strip() or len(plan.name) > _NAME:
        raise BadPlan(why="name", what=str(_NAME))
    if not plan.changes:
        raise BadPlan(why="empty", what=plan.name)
    if len(plan.changes) > MOST_CHANGES:
        raise BadPlan(why="too_many", what=str(MOST_CHANGES))
    if not 0.3 <= plan.new_skill <= 1.0:  # noqa: PLR2004 - as the page offers
        raise BadPlan(why="new_skill", what=str(plan.new_skill))
    for change in plan.changes:
        _check_change(change, catalogue)
    added = sum(isinstance(c, AddCounter) for c in plan.changes)
    if added > MOST_ADDED:
        raise BadPlan(why="too_many", what=str(MOST_ADDED))
    _check_somebody_left(plan, catalogue)


def _check_change(change: Change, catalogue: Catalogue) -> None:
    match change:
        case AddCounter(queues=queues, hours=hours):
            _known_queues(queues, catalogue)
            _spans([hours] if hours else [])
        case RemoveCounter(counter=counter):
            _known_counters([counter], catalogue)
        case CounterHours(counter=counter, hours=several):
            _known_counters([counter], catalogue)
            if not several:
                raise BadPlan(why="no_hours", what=_number(counter, catalogue))
            _spans(several)
        case LunchCover(counters=counters):
            _known_counters(counters, catalogue)
        case Serve(counter=counter, queues=queues, others=others, over_minutes=minutes):
            _known_counters([counter], catalogue)
            _known_queues(queues, catalogue)
            if others:
                _known_queues(others, catalogue)
            _within("over_minutes", minutes, 0, _CAP_MOST)
        case Pool(counters=counters, how=how, minutes=minutes):
            _known_counters(counters, catalogue)
            if len(set(counters)) < 2:  # noqa: PLR2004 - two make a pool
                raise BadPlan(why="pool_of_one", what=_number(counters[0], catalogue))
            if how not in list(SourceRule):
                raise BadPlan(why="how", what=how)
            _within("minutes", minutes, 1, _CAP_MOST)
        case OpeningHours(sessions=sessions):
            _check_sessions(sessions, catalogue)
        case Rules():
            _check_rules(change)


def _known_queues(queues: Sequence[str], catalogue: Catalogue) -> None:
    if not queues:
        raise BadPlan(why="no_queue", what="")
    for queue in queues:
        if catalogue.queue(QueueId(queue)) is None:
            raise BadPlan(why="queue", what=queue)


def _known_counters(counters: Sequence[str], catalogue: Catalogue) -> None:
    if not counters:
        raise BadPlan(why="no_counter", what="")
    for counter in counters:
        if catalogue.counter(CounterId(counter)) is None:
            raise BadPlan(why="counter", what=counter)


def _number(counter: str, catalogue: Catalogue) -> str:
    found = catalogue.counter(CounterId(counter))
    return str(found.number) if found else counter


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadPlan(why="range", what=f"{name}: {least}-{most}")


def _spans(several: Iterable[Hours]) -> list[Stretch]:
    found: list[Stretch] = []
    for since, until in several:
        span = _seconds(since), _seconds(until)
        is_apart = not found or span[0] >= found[-1][1]
        if span[1] - span[0] < 60 * _LEAST_MINUTES or not is_apart:
            raise BadPlan(why="hours", what=f"{since}-{until}")
        found.append(span)
    return found


def _seconds(clock: str) -> float:
    at = time.fromisoformat(clock)
    return at.hour * 3_600.0 + at.minute * 60.0


def _check_sessions(sessions: Sequence[Hours], catalogue: Catalogue) -> None:
    _spans(sessions)
    usual = max((len(day) for day in catalogue.hours.weekly), default=0)
    if len(sessions) != usual:
        raise BadPlan(why="sessions", what=str(usual))


def _check_rules(rules: Rules) -> None:
    if rules == Rules():
        raise BadPlan(why="no_rule", what="")
    if rules.mode is not None and rules.mode not in list(Mode):
        raise BadPlan(why="mode", what=rules.mode)
    if rules.normal_per_priority is not None:
        _within("normal_per_priority", rules.normal_per_priority, 1, _PER_PRIORITY_MOST)
    if rules.head_start_minutes is not None:
        _within("head_start_minutes", rules.head_start_minutes, 0, _HEAD_START_MOST)
    if rules.cap_minutes is not None:
        _within("cap_minutes", rules.cap_minutes, 0, _CAP_MOST)


def _check_somebody_left(plan: Plan, catalogue: Catalogue) -> None:
    """No queue that is served now may be left without any counter."""
    served = {q for c in catalogue.counters for q in c.queues}
    for queue in served - {q for c in changed(plan, catalogue).counters for q in c.queues}:
        raise BadPlan(why="unserved", what=queue)


# Applied ----------------------------------------------------------------------------------------
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
    return Counter(
        id=CounterId(f"whatif-{place}"), number=number, sources=(Source(queues=own),)
    )


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
                shifts = _rehoured(trace, shifts, [counter], _spans(several))
            case LunchCover(counters=counters) if len(trace.sessions) > 1:
                whole = [(trace.sessions[0][0], trace.sessions[-1][1])]
                shifts = _rehoured(trace, shifts, counters, whole)
            case OpeningHours(sessions=sessions) if len(sessions) == len(trace.sessions):
                shifts = [_moved(s, trace.sessions, _spans(sessions)) for s in shifts]
            case _:
                pass
    before = {c.id for c in trace.catalogue.counters}
    new = [c for c in catalogue.counters if c.id not in before]
    wanted = [c for c in plan.changes if isinstance(c, AddCounter)]
    for counter, change in zip(new, wanted, strict=True):
        spans = _spans([change.hours]) if change.hours else list(trace.sessions)
        shifts += _new_shift(trace, known.staffed, counter.id, spans)
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
