"""The roster: which windows follow from shifts, hours and absences, and what is refused or told."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import alerts, roster, shifts
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.alert_situation import Situation
from server.domain.catalogue import Catalogue, Hours, Window
from server.domain.errors import BadValue, RosterChanged, RosterRefused, UnknownCounter
from server.domain.estimate import Learned
from server.domain.ids import CounterId
from server.domain.shifts import Shift
from tests.domain.office import NINE, A, Office, catalogue

#: A Tuesday; the office is open 7:30 to 11:30 and 13:30 to 17:00, not on Sundays.
DAY = date(2026, 11, 24)
ONE, TWO, THREE = (CounterId(f"thu-{n}") for n in (1, 2, 3))
KNOWN = (ONE, TWO, THREE)


def _window(opens: time, closes: time) -> Window:
    return Window(opens=opens, closes=closes, doors=opens, last_ticket=closes)


HALVES = (_window(time(7, 30), time(11, 30)), _window(time(13, 30), time(17)))
WEEK = Hours(weekly=(*((HALVES,) * 6), ()), holidays=frozenset({date(2026, 11, 25)}))


def office(*roster_: Shift) -> Catalogue:
    return replace(catalogue(), hours=WEEK, roster=roster_)


def shift(opens: str = "07:30", closes: str = "17:00", **more: Any) -> Shift:
    usual = {"counter": ONE, "weekdays": (0, 1, 2, 3, 4)}
    hours = {"opens": time.fromisoformat(opens), "closes": time.fromisoformat(closes)}
    return Shift(**(usual | hours | more))


def shown(c: Catalogue, counter: CounterId = ONE, day: date = DAY, absent: Any = ()) -> list[str]:
    found = roster.windows(c, absent, counter, day)
    return [f"{o.astimezone(c.zone):%H:%M}-{e.astimezone(c.zone):%H:%M}" for o, e in found]


def test_a_counter_without_shifts_is_planned_for_every_session() -> None:
    assert shown(office()) == ["07:30-11:30", "13:30-17:00"]
    assert shown(office(shift(counter=TWO))) == ["07:30-11:30", "13:30-17:00"]
    assert shown(office(), CounterId("thu-9")) == []
    assert shown(office(), absent={ONE}) == []


@pytest.mark.parametrize(
    ("day_of_it", "windows"),
    [
        (shift(), ["07:30-11:30", "13:30-17:00"]),
        (shift(covers_break=True), ["07:30-17:00"]),
        (shift("06:00", "18:00", covers_break=True), ["07:30-17:00"]),
        (shift("10:00", "14:00"), ["10:00-11:30", "13:30-14:00"]),
        (shift("11:30", "13:30", covers_break=True), ["11:30-13:30"]),
        (shift("11:30", "13:30"), []),
        (shift(weekdays=(0,)), []),
        # Not in force on that day: the counter is as if nobody had planned it.
        (shift(since=DAY + timedelta(days=1)), ["07:30-11:30", "13:30-17:00"]),
        (shift("08:00", "09:00", until=DAY), ["08:00-09:00"]),
    ],
)
def test_a_shift_is_cut_to_the_hours(day_of_it: Shift, windows: list[str]) -> None:
    assert shown(office(day_of_it)) == windows


def test_a_date_beats_the_week_and_a_holiday_beats_both() -> None:
    weekly, once = shift(), shift("09:00", "10:00", weekdays=(), on=DAY, officer="Lan")
    assert shown(office(weekly, once)) == ["09:00-10:00"]
    assert shown(office(weekly, once), day=DAY + timedelta(days=2)) == [
        "07:30-11:30",
        "13:30-17:00",
    ]
    assert shown(office(weekly, Shift(counter=ONE, on=DAY))) == []
    assert shown(office(weekly), day=date(2026, 11, 25)) == []
    # A shift of one date says nothing of others.
    assert shown(office(once), day=DAY + timedelta(days=2)) == ["07:30-11:30", "13:30-17:00"]


def test_two_officers_share_a_day() -> None:
    c = office(shift("07:30", "11:30", officer="Lan"), shift("11:30", "17:00", officer="Minh"))
    assert [s.officer for s in roster.stretches(c, ONE, DAY)] == ["Lan", "Minh"]
    assert shown(c) == ["07:30-11:30", "13:30-17:00"]
    one = replace(c, roster=tuple(replace(s, covers_break=True) for s in c.roster))
    assert shown(one) == ["07:30-17:00"]


times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
pairs = st.tuples(times, times).filter(lambda p: p[0] < p[1])


@st.composite
def rosters(draw: st.DrawFn) -> list[Shift]:
    made = []
    for _ in range(draw(st.integers(0, 6))):
        opens, closes = draw(pairs)
        on = draw(st.sampled_from([None, DAY, DAY + timedelta(days=1)]))
        days = () if on else tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1))))
        is_off = on is not None and draw(st.booleans())
        hours = {} if is_off else {"opens": opens, "closes": closes}
        counter, covers = draw(st.sampled_from(KNOWN)), draw(st.booleans())
        made.append(Shift(counter=counter, on=on, weekdays=days, covers_break=covers, **hours))
    return made


@given(rosters(), pairs, st.booleans())
def test_windows_are_in_order_within_the_day_and_without_the_absent(
    drawn: list[Shift], gone: tuple[time, time], whole: bool
) -> None:
    c = office(*drawn)
    log = Office(c)
    since, until = (None, None) if whole else gone
    log.do(cmd.DeclareAbsence, counter=ONE, since=since, until=until)
    absent = log.log.state.absent(DAY)
    assert (ONE in absent) == whole
    assert not {TWO, THREE} & set(absent)
    instants = [datetime.combine(DAY, at, c.zone) for at in gone]
    for counter in KNOWN:
        free = roster.windows(c, (), counter, DAY)
        found = roster.windows(c, absent, counter, DAY)
        flat = [at for window in found for at in window]
        assert flat == sorted(flat)
        assert len(flat) == len({*flat}), "no window touches another"
        assert all(any(o <= a and b <= e for o, e in free) for a, b in found)
        if counter != ONE:
            assert found == free
        elif whole:
            assert found == ()
        else:
            assert all(b <= instants[0] or a >= instants[1] for a, b in found)
            lost = [max(timedelta(), min(e, instants[1]) - max(o, instants[0])) for o, e in free]
            kept = sum((b - a for a, b in found), timedelta())
            assert kept == sum((e - o for o, e in free), timedelta()) - sum(lost, timedelta())


@given(rosters())
def test_what_is_not_refused_never_has_two_shifts_at_one_time(drawn: list[Shift]) -> None:
    if shifts.mistakes(drawn, KNOWN):
        return
    c = office(*drawn)
    for counter in KNOWN:
        for n in range(14):
            mine = roster.shifts_of(c, counter, DAY + timedelta(days=n))
            hours = sorted((s.opens, s.closes) for s in mine if s.opens and s.closes)
            assert all(a[1] <= b[0] for a, b in pairwise(hours))
            assert len(mine) == len(hours) or len(mine) == 1, "closed, and nothing else"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ([shift(counter=CounterId("thu-9"))], "unknown_counter"),
        ([shift(weekdays=())], "day_or_weekdays"),
        ([shift(on=DAY)], "day_or_weekdays"),
        ([shift(weekdays=(7,))], "bad_weekday"),
        ([shift(weekdays=(), on=DAY, until=DAY)], "dates_of_one_day"),
        ([shift(since=DAY, until=DAY - timedelta(days=1))], "dates_order"),
        ([Shift(counter=ONE, weekdays=(1,))], "hours_missing"),
        ([replace(shift(), closes=None)], "hours_missing"),
        ([shift("09:00", "09:00")], "hours_order"),
        ([shift("08:00", "10:00"), shift("09:59", "11:00", weekdays=(4,))], "overlap"),
        ([Shift(counter=ONE, on=DAY), shift(weekdays=(), on=DAY)], "overlap"),
    ],
)
def test_what_is_refused(wrong: list[Shift], code: str) -> None:
    assert [m.code for m in shifts.mistakes(wrong, KNOWN)] == [code]
    with pytest.raises(RosterRefused) as refused:
        Office(office()).do(cmd.PublishRoster, shifts=tuple(wrong))
    assert refused.value.facts["mistake"] == code


def test_what_is_told() -> None:
    assert not roster.outside(office(), shift())
    assert roster.outside(office(), shift("07:00", "11:00"))
    assert roster.outside(office(), shift("13:30", "17:30"))
    assert roster.outside(office(), shift(weekdays=(6,)))
    assert roster.outside(office(), shift(weekdays=(), on=date(2026, 11, 25)))
    both = office(shift(officer="Lan"), shift("11:00", "12:00", counter=TWO, officer="Lan"))
    assert roster.twice(both, DAY) == [("Lan", ONE, TWO)]
    assert roster.twice(both, DAY + timedelta(days=5)) == []


# Commands ----------------------------------------------------------------------------------
def _types(log: Office) -> list[str]:
    return [recorded.type for recorded in log.log.events]


def test_declared_twice_counts_once_and_another_word_stands_instead() -> None:
    log = Office(office(shift(officer="Lan"), shift(counter=TWO)))
    log.do(cmd.DeclareAbsence, counter=ONE, reason="leave")
    log.do(cmd.DeclareAbsence, 5, counter=ONE, reason="leave", business_date=DAY)
    assert _types(log) == ["AbsenceDeclared"]
    event = log.log.events[0].event
    assert isinstance(event, ev.AbsenceDeclared)
    assert (event.officer, event.business_date) == ("Lan", DAY)
    log.do(cmd.DeclareAbsence, counter=ONE, until=time(9))
    assert list(log.log.state.absent(DAY)) == []
    log.do(cmd.WithdrawAbsence, counter=ONE)
    log.do(cmd.WithdrawAbsence, counter=ONE)
    log.do(cmd.WithdrawAbsence, counter=TWO)
    assert _types(log) == ["AbsenceDeclared", "AbsenceDeclared", "AbsenceWithdrawn"]
    assert shown(log.log.catalogue, absent=log.log.state.absent(DAY)) == shown(log.log.catalogue)


@pytest.mark.parametrize(
    "wrong",
    [
        {"business_date": DAY - timedelta(days=1)},
        {"business_date": DAY + timedelta(days=61)},
        {"reason": "flu"},
        {"since": time(10), "until": time(10)},
    ],
)
def test_absences_that_are_refused(wrong: dict[str, Any]) -> None:
    log = Office(office())
    with pytest.raises(BadValue):
        log.do(cmd.DeclareAbsence, counter=ONE, **wrong)
    with pytest.raises(UnknownCounter):
        log.do(cmd.DeclareAbsence, counter=CounterId("thu-9"))
    log.do(cmd.DeclareAbsence, counter=ONE, business_date=DAY + timedelta(days=60))


def test_who_opens_a_counter_is_there() -> None:
    log = Office(office())
    log.do(cmd.DeclareAbsence, counter=ONE)
    log.do(cmd.DeclareAbsence, counter=TWO, since=time(13, 30))
    log.open(1)
    log.open(2)
    assert _types(log)[2:] == ["AbsenceWithdrawn", "CounterOpened", "CounterOpened"]
    assert list(log.log.state.absent(DAY)) == []
    assert shown(log.log.catalogue, TWO, absent=log.log.state.absent(DAY)) == ["07:30-11:30"]


def test_a_roster_is_put_in_force_whole_or_changed() -> None:
    old = shift(weekdays=(), on=DAY - timedelta(days=61))
    log = Office(office(old, shift()))
    log.do(cmd.PublishRoster, add=(shift(counter=TWO, officer=" Lan\n Anh "),), drop=(shift(),))
    event = log.log.events[-1].event
    assert isinstance(event, ev.CatalogueChanged)
    assert [(s["counter"], s["officer"]) for s in event.catalogue["roster"]] == [(TWO, "Lan Anh")]
    assert event.version == 2
    with pytest.raises(RosterChanged):
        log.do(cmd.PublishRoster, drop=(shift(counter=THREE),))
    with pytest.raises(RosterChanged):
        log.do(cmd.PublishRoster, shifts=(), base=7)
    with pytest.raises(RosterChanged):
        log.do(cmd.PublishRoster, shifts=(), base=1)
    assert len(log.log.events) == 1
    # What is long over is no difference.
    log = Office(office(old, shift()))
    log.do(cmd.PublishRoster, shifts=(shift(),), base=1)
    assert log.log.events == []


# Alerts ------------------------------------------------------------------------------------
def _found(log: Office, at: float) -> dict[tuple[str, str], Any]:
    now = NINE + timedelta(minutes=at)
    log.log.state.forget_days_before(DAY)
    at_ = Situation(
        state=log.log.state, catalogue=log.log.catalogue, learned=Learned(), now=now,
        standing=frozenset({("late_open", "thu-3")}),
    )  # fmt: skip
    return {f.cause: f for f in alerts.findings(at_)}


def test_a_counter_that_is_late_is_told_unless_it_is_absent_or_nobody_planned_it() -> None:
    """Nine o'clock; counters 1 to 3 are planned from then on, 2 is absent, 3 has a standing one."""
    log = Office(office(shift("09:00"), shift("09:00", counter=TWO), shift("08:00", counter=THREE)))
    log.do(cmd.DeclareAbsence, counter=TWO)
    log.do(cmd.IssueTicket, queue=A)
    assert ("late_open", ONE) not in _found(log, 9.9)
    assert _found(log, 10)["late_open", ONE].figures["counter"] == 1
    found = _found(log, 12)
    assert ("late_open", TWO) not in found
    assert ("late_open", THREE) in found
    assert [each["counter"] for each in found["no_counter", A].figures["help"]] == [1, 3]
    log.open(1, at=13)
    assert ("late_open", ONE) not in _found(log, 13)
    log.do(cmd.CloseCounter, 20, counter=ONE)
    assert ("late_open", ONE) not in _found(log, 40), "who was there and left is not late"
    plain = Office(office())
    plain.do(cmd.IssueTicket, queue=A)
    assert not [cause for cause in _found(plain, 40) if cause == ("late_open", ONE)]
