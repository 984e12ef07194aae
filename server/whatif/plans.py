"""What a manager may change in a plan, and whether it can be tried on the branch."""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from server.domain.catalogue import Catalogue, Mode, SourceRule
from server.domain.errors import Refused
from server.domain.ids import CounterId, QueueId
from server.whatif.trace import Stretch

#: How fast an officer is at a queue never served before, as a share of their own speed.
NEW_SKILL: Final = 0.8
MOST_PLANS: Final = 4
MOST_CHANGES: Final = 40
MOST_ADDED: Final = 30
_NAME: Final = 80
_LEAST_MINUTES: Final = 30
_HEAD_START_MOST, _CAP_MOST, _PER_PRIORITY_MOST = 240, 600, 20

_Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
#: Weeks of a roster lie in these years.
_YEARS: Final = (2000, 2199)

_Weekday = Annotated[int, Meta(ge=0, le=6)]
#: A stretch of local time: from, to.
Hours = tuple[_Clock, _Clock]


class BadPlan(Refused):
    """A plan cannot be tried as it stands: `plan_<why>` has a sentence of its own."""

    code = "plan_shape"
    status = 422

    def __init__(self, why: str, what: str) -> None:
        super().__init__(what=what)
        # Each reason is told in its own words.
        self.code = f"plan_{why}"  # type: ignore[misc]


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


class AddSession(msgspec.Struct, frozen=True, tag="add_session", forbid_unknown_fields=True):
    """These counters are open in one stretch more on these weekdays (0 = Monday).

    Who would have come for it nobody knows: people of the day that were left waiting are served.
    """

    counters: tuple[str, ...]
    hours: Hours
    weekdays: tuple[_Weekday, ...]


class Rostered(msgspec.Struct, frozen=True, tag="rostered", forbid_unknown_fields=True):
    """On these weekdays (0 = Monday) counters are open as the roster has it, not as the log.

    `week` is a Monday: the roster of the week from it counts.
    """

    week: date
    weekdays: tuple[_Weekday, ...]


Change = (
    AddCounter
    | RemoveCounter
    | CounterHours
    | LunchCover
    | Serve
    | Pool
    | OpeningHours
    | AddSession
    | Rostered
    | Rules
)


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


def _check_change(  # noqa: C901, PLR0912 - one case each
    change: Change, catalogue: Catalogue
) -> None:
    match change:
        case AddCounter(queues=queues, hours=hours):
            _known_queues(queues, catalogue)
            spans_of([hours] if hours else [])
        case RemoveCounter(counter=counter):
            _known_counters([counter], catalogue)
        case CounterHours(counter=counter, hours=several):
            _known_counters([counter], catalogue)
            if not several:
                raise BadPlan(why="no_hours", what=_number(counter, catalogue))
            spans_of(several)
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
        case AddSession(counters=counters, hours=hours, weekdays=weekdays):
            _known_counters(counters, catalogue)
            spans_of([hours])
            _some_day(weekdays)
        case Rostered(week=week, weekdays=weekdays):
            _some_day(weekdays)
            _within("week", week.year, *_YEARS)
        case Rules():
            _check_rules(change)


def _some_day(weekdays: Sequence[int]) -> None:
    if not weekdays:
        raise BadPlan(why="no_weekday", what="")


def rostered_day(week: date, weekday: int) -> date:
    """The date of a weekday in the week that begins with `week`'s Monday."""
    return week + timedelta(days=weekday - week.weekday())


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


def spans_of(several: Iterable[Hours]) -> list[Stretch]:
    """The stretches in seconds from midnight. Raises `BadPlan` where they overlap or are short."""
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
    spans_of(sessions)
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
