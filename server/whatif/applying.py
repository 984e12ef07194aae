"""A plan applied: the configuration under it, and every counter's day."""

from collections.abc import Sequence
from dataclasses import replace

from server.domain.catalogue import Catalogue, Counter, Mode, Policy, Source, SourceRule
from server.domain.ids import CounterId, QueueId
from server.whatif import staffing
from server.whatif.plans import (
    AddCounter,
    AddSession,
    BadPlan,
    CounterHours,
    LunchCover,
    OpeningHours,
    Plan,
    Pool,
    RemoveCounter,
    Rostered,
    Rules,
    Serve,
    check,
    rostered_day,
    spans_of,
)
from server.whatif.trace import Known, Setting, Stretch, Trace


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


def setting(plan: Plan, trace: Trace, known: Known, planned: Catalogue | None = None) -> Setting:
    """The day's setting under the plan. `planned` holds the roster that a plan may start from."""
    catalogue = changed(plan, trace.catalogue)
    shifts = list(trace.shifts)
    weekday = trace.day.weekday()
    extra: list[Stretch] = []
    # The roster is what the other changes of the plan begin with, wherever it stands in it.
    for change in sorted(plan.changes, key=lambda c: not isinstance(c, Rostered)):
        match change:
            case Rostered(week=week, weekdays=weekdays) if planned and weekday in weekdays:
                day = rostered_day(week, weekday)
                shifts = staffing.as_rostered(trace, shifts, known.staffed, planned, day)
            case CounterHours(counter=counter, hours=several):
                shifts = staffing.rehoured(trace, shifts, [counter], spans_of(several))
            case LunchCover(counters=counters) if len(trace.sessions) > 1:
                whole = [(trace.sessions[0][0], trace.sessions[-1][1])]
                shifts = staffing.rehoured(trace, shifts, counters, whole)
            case OpeningHours(sessions=sessions) if len(sessions) == len(trace.sessions):
                shifts = [staffing.moved(s, trace.sessions, spans_of(sessions)) for s in shifts]
            case AddSession(counters=counters, hours=hours, weekdays=weekdays) if (
                weekday in weekdays
            ):
                span = spans_of([hours])[0]
                extra.append(span)
                shifts = staffing.longer(trace, shifts, known.staffed, counters, span)
            case _:
                pass
    before = {c.id for c in trace.catalogue.counters}
    new = [c for c in catalogue.counters if c.id not in before]
    wanted = [c for c in plan.changes if isinstance(c, AddCounter)]
    for added, change in zip(new, wanted, strict=True):
        spans = spans_of([change.hours]) if change.hours else list(trace.sessions)
        shifts += staffing.new_shift(trace, known.staffed, added.id, spans)
    return Setting(catalogue=catalogue, shifts=shifts, new_skill=plan.new_skill, extra=tuple(extra))
