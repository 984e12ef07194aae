"""What a calling policy may be, what one changes against another, and what that does to a line. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Final

from server.domain import discipline, errors
from server.domain.catalogue import Counter, Policy, PriorityClass
from server.domain.ids import QueueId, TicketId
from server.domain.state import BranchState

#: Field of a policy or of a class -> its lowest and highest value, both allowed.
LIMITS: Final[dict[str, tuple[int, int]]] = {
    "normal_per_priority": (1, 100),
    "overtaking_cap_minutes": (1, 480),
    "wait_targets_minutes": (1, 480),
    "undo_seconds": (1, 600),
    "yield_places": (0, 20),
    "counter_lease_minutes": (1, 1440),
    "rating_hours": (1, 720),
    "rating_pad_seconds": (15, 600),
    "follow_up_days": (1, 30),
    "recalls_before_no_show": (0, 9),
    "rank": (1, 99),
    "head_start_minutes": (0, 480),
}
MOST_CLASSES: Final = 20
_NAME_MAX: Final = 80
CLASS_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{0,7}")
#: So many of a line are put in order for a preview; nobody reads further.
_SHOWN: Final = 60


def tidy(policy: Policy) -> Policy:
    """The same, its names composed and without blanks around them, as a branch file keeps them."""
    return replace(
        policy,
        classes=tuple(
            replace(c, name=replace(c.name, vi=_plain(c.name.vi), en=_plain(c.name.en)))
            for c in policy.classes
        ),
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def check(policy: Policy) -> None:
    """Raise `PolicyOutOfRange` or `BadPolicy`, naming the field, unless the policy can be used."""
    for item in fields(policy):
        if item.name in LIMITS:
            value = getattr(policy, item.name)
            for number in value if isinstance(value, tuple) else (value,):
                _within(item.name, number, item.name)
    amber, red = policy.wait_targets_minutes
    if amber >= red:
        _refuse("wait_targets_minutes", "targets_order")
    if len(policy.classes) > MOST_CLASSES:
        _refuse("classes", "too_many_classes")
    seen: set[str] = set()
    for n, group in enumerate(policy.classes):
        _check_class(group, f"classes.{n}", seen)


def _check_class(item: PriorityClass, path: str, seen: set[str]) -> None:
    if not CLASS_CODE.fullmatch(item.code):
        _refuse("code", "class_code", f"{path}.code")
    if item.code in seen:
        _refuse("code", "class_twice", f"{path}.code")
    seen.add(item.code)
    for text in (item.name.vi, item.name.en):
        if len(text) > _NAME_MAX or not text.isprintable():
            _refuse("name", "class_name", f"{path}.name")
    if not item.name.vi.strip():
        _refuse("name", "class_name", f"{path}.name")
    _within("rank", item.rank, f"{path}.rank")
    _within("head_start_minutes", item.head_start_minutes, f"{path}.head_start_minutes")


def _within(name: str, value: int, path: str) -> None:
    low, high = LIMITS[name]
    if not low <= value <= high:
        raise errors.PolicyOutOfRange(field=path, policy_field=name, low=low, high=high)


def _refuse(name: str, fault: str, path: str = "") -> None:
    raise errors.BadPolicy(field=path or name, policy_field=name, policy_fault=fault)


def is_same(one: Policy, other: Policy) -> bool:
    """Whether both say the same, whichever versions they are."""
    return replace(one, version=0) == replace(other, version=0)


# What changes -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that differs. Of a class, `item` is it; `before` or `after` is None where it is not."""

    field: str
    before: object
    after: object
    item: PriorityClass | None = None


def changes(old: Policy, new: Policy) -> list[Change]:
    """Every value that differs from `old` to `new`, in the order of the fields; never the version."""
    found = [
        Change(field=f.name, before=getattr(old, f.name), after=getattr(new, f.name))
        for f in fields(old)
        if f.name not in ("version", "classes") and getattr(old, f.name) != getattr(new, f.name)
    ]
    return [*found, *_class_changes(old, new)]


def _class_changes(old: Policy, new: Policy) -> Iterator[Change]:
    before = {item.code: item for item in old.classes}
    after = {item.code: item for item in new.classes}
    for code, item in before.items():
        if code not in after:
            yield Change(field="classes", before=item, after=None, item=item)
    for code, item in after.items():
        if code not in before:
            yield Change(field="classes", before=None, after=item, item=item)
            continue
        for f in fields(item):
            was, now = getattr(before[code], f.name), getattr(item, f.name)
            if was != now:
                yield Change(field=f.name, before=was, after=now, item=item)
    kept = [code for code in before if code in after]
    order = [code for code in after if code in before]
    if kept != order:
        yield Change(field="order", before=tuple(kept), after=tuple(order))


# What that does to those who wait -----------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A waiting ticket's turn in its queue under two policies; `before` and `after` count from 1."""

    ticket: TicketId
    number: str
    is_priority: bool
    before: int
    after: int

    @property
    def later_by(self) -> int:
        """How many places later; negative = sooner."""
        return self.after - self.before


def turns(
    state: BranchState, counters: Iterable[Counter], old: Policy, new: Policy
) -> dict[QueueId, list[Turn]]:
    """The expected order of every queue with people in it, as it is under `new`.

    Tickets sent to one counter alone stand in no line and are left out.
    """
    found: dict[QueueId, list[Turn]] = {}
    for queue in sorted(state.lanes):
        lanes = state.lanes_of(queue)
        places = [
            _order(
                policy, lanes, discipline.line_since(policy, counters, queue, state.normal_since)
            )
            for policy in (old, new)
        ]
        before = {ticket: n for n, (ticket, _) in enumerate(places[0], start=1)}
        is_priority = {c.ticket: c.priority is not None for lane in lanes.values() for c in lane}
        turns_of_queue = [
            Turn(
                ticket=ticket,
                number=number,
                is_priority=is_priority[ticket],
                before=before.get(ticket, n),
                after=n,
            )
            for n, (ticket, number) in enumerate(places[1], start=1)
        ]
        if turns_of_queue:
            found[queue] = turns_of_queue
    return found


def _order(policy: Policy, lanes: discipline.Lanes, since: int) -> list[tuple[TicketId, str]]:
    places = discipline.line(policy, lanes, since)
    return [(place.ticket, place.number) for place in islice(places, _SHOWN)]


def summary(found: Mapping[QueueId, list[Turn]]) -> tuple[int, int, int]:
    """How many are sooner, how many later, and by how many places at most somebody is later."""
    every = [turn.later_by for turns_of_queue in found.values() for turn in turns_of_queue]
    return sum(n < 0 for n in every), sum(n > 0 for n in every), max([0, *every])
