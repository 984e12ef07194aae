"""What a calling policy may be, what one changes, and what that does to a line."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import discipline, policies
from server.domain.catalogue import Mode, Policy, PriorityClass
from server.domain.errors import BadPolicy, PolicyOutOfRange
from server.domain.ids import TicketId
from server.domain.state import BranchState
from server.domain.text import Text
from tests.domain.office import CLASSES, A, Office, catalogue

USUAL = Policy(classes=CLASSES)


def _with(n: int, **values: object) -> Policy:
    classes = tuple(replace(c, **values) if i == n else c for i, c in enumerate(CLASSES))  # type: ignore[arg-type]
    return replace(USUAL, classes=classes)


@pytest.mark.parametrize(("name", "limit"), sorted(policies.LIMITS.items()))
def test_every_number_has_its_limits(name: str, limit: tuple[int, int]) -> None:
    """Both ends are allowed, what lies beyond is refused by name."""

    def made(value: int) -> Policy:
        if name in ("rank", "head_start_minutes"):
            return _with(1, **{name: value})
        if name == "wait_targets_minutes":
            low, high = limit
            return replace(USUAL, wait_targets_minutes=(min(value, high - 1), max(value, low + 1)))
        return replace(USUAL, **{name: value})

    for inside in limit:
        policies.check(made(inside))
    for beyond in (limit[0] - 1, limit[1] + 1):
        with pytest.raises(PolicyOutOfRange) as refused:
            policies.check(made(beyond))
        assert refused.value.facts["policy_field"] == name
        assert (refused.value.facts["low"], refused.value.facts["high"]) == limit


@pytest.mark.parametrize(
    ("policy", "fault", "field"),
    [
        (replace(USUAL, wait_targets_minutes=(30, 30)), "targets_order", "wait_targets_minutes"),
        (_with(1, code="ct"), "class_code", "classes.1.code"),
        (_with(1, code="CT"), "class_twice", "classes.2.code"),
        (_with(1, name=Text(vi="")), "class_name", "classes.1.name"),
        (_with(1, name=Text(vi="x" * 81)), "class_name", "classes.1.name"),
        (_with(2, name=Text(vi="x", en="a\nb")), "class_name", "classes.2.name"),
        (
            replace(
                USUAL,
                classes=tuple(
                    PriorityClass(code=f"C{n}", name=Text(vi="x"), rank=1) for n in range(21)
                ),
            ),
            "too_many_classes",
            "classes",
        ),
    ],
)
def test_a_policy_that_contradicts_itself(policy: Policy, fault: str, field: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        policies.check(policy)
    assert refused.value.facts["policy_fault"] == fault
    assert refused.value.facts["field"] == field


def test_names_are_composed_and_without_blanks_around_them() -> None:
    name = policies.tidy(_with(0, name=Text(vi="  Cao tuổi ".replace("ổ", "ổ")))).classes[0].name
    assert name == Text(vi="Cao tuổi")


def test_every_changed_value_is_told_once_and_the_version_never() -> None:
    assert policies.changes(USUAL, replace(USUAL, version=9)) == []
    new = replace(
        _with(1, rank=7, name=Text(vi="Người khuyết tật")),
        mode=Mode.STRICT,
        yield_places=0,
    )
    new = replace(
        new, classes=(*new.classes[1:], PriorityClass(code="M", name=Text(vi="Mới"), rank=9))
    )
    found = [(c.field, c.item.code if c.item else "") for c in policies.changes(USUAL, new)]
    assert found == [
        ("mode", ""),
        ("yield_places", ""),
        ("classes", "KC"),
        ("name", "KT"),
        ("rank", "KT"),
        ("classes", "M"),
    ]


COUNTERS = catalogue().counters


def _line(priorities: list[str | None]) -> BranchState:
    office = Office(catalogue())
    for n, priority in enumerate(priorities):
        office.issue(n, A, priority)
    return office.log.state


def test_the_order_of_those_who_wait_is_what_the_discipline_says() -> None:
    state = _line([None, None, None, "CT", None, "KT"])
    found = policies.turns(state, COUNTERS, USUAL, replace(USUAL, normal_per_priority=1))[A]
    lanes = state.lanes_of(A)
    new = discipline.line(replace(USUAL, normal_per_priority=1), lanes, 1)
    assert [t.number for t in found] == [p.number for p in new]
    assert [(t.number, t.before, t.after) for t in found] == [
        ("A004", 1, 1),
        ("A001", 2, 2),
        ("A006", 4, 3),
        ("A002", 3, 4),
        ("A003", 5, 5),
        ("A005", 6, 6),
    ]
    assert [t.is_priority for t in found] == [True, False, True, False, False, False]
    assert policies.summary({A: found}) == (1, 1, 1)


_classes = st.lists(st.sampled_from([None, "CT", "KT"]), max_size=12)
_policies = st.builds(
    replace,
    st.just(USUAL),
    mode=st.sampled_from(Mode),
    normal_per_priority=st.integers(1, 5),
    overtaking_cap_minutes=st.integers(1, 30),
)


@given(_classes, _policies, _policies)
def test_nobody_is_lost_or_told_twice(waiting: list[str | None], old: Policy, new: Policy) -> None:
    state = _line(waiting)
    found = policies.turns(state, COUNTERS, old, new).get(A, [])
    expected = {TicketId(f"t{n:04d}") for n in range(1, len(waiting) + 1)}
    assert {t.ticket for t in found} == expected
    assert sorted(t.before for t in found) == sorted(t.after for t in found)
    assert [t.after for t in found] == list(range(1, len(waiting) + 1))
    same = policies.turns(state, COUNTERS, old, old).get(A, [])
    assert all(t.later_by == 0 for t in same)
