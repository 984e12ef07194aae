"""An officer's morning by keyboard only: what was done is what the log holds, and nothing more."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from server import database, logbook
from tests.e2e.officer import NOBODY, Desk, Officer
from tests.live_office import BRANCH, Office, running
from tests.sizes import sized

pytestmark = pytest.mark.e2e

_SEED = 20261124
_TICKETS = sized(50, 100)
_OUTCOMES = "123456"
#: What becomes of those who are called, in percent, in an order that the seed mixes.
_VISITS = {
    "plain": 52,
    "late": 8,
    "no-show": 8,
    "park": 8,
    "transfer": 6,
    "add": 6,
    "dossier": 6,
    "chosen": 6,
}
#: What else the officer does between two visits.
_BETWEEN = (
    "reinstate", "resume-here", "roll", "pause", "cancel", "lock", "resume-back", "give",
    "roll-busy", "reinstate", "resume-here", "cancel", "resume-back", "roll",
)  # fmt: skip
_TRANSFERS = ("to_queue:C", f"to_counter:{BRANCH}-2", "to_officer:Cán bộ 2")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with running(tmp_path, clock="shifted") as started:
        yield started


class Morning:
    """A mixed plan, worked off; every kind of step is taken back the first time it is done."""

    def __init__(self, officer: Officer) -> None:
        self.officer = officer
        self.chance = random.Random(_SEED)
        self.visits = [kind for kind, n in _VISITS.items() for _ in range(n * _TICKETS // 100)]
        self.chance.shuffle(self.visits)
        self.between = dict(zip(range(5, _TICKETS, _TICKETS // 16), _BETWEEN, strict=False))
        self.parked: list[str] = []
        self.missed: list[str] = []
        self.transferred = 0
        self.roll = 0
        self.priority: set[str] = set()

    def work(self) -> None:
        """Until nobody waits and nobody is parked."""
        n = 0
        while True:
            self._between(self.between.get(n, ""))
            if not (number := self._next(self.visits[n] if n < len(self.visits) else "")):
                if not self.parked:
                    return
                self._resume(here=False)
                continue
            self._visit(self.visits[n] if n < len(self.visits) else "plain", number)
            n += 1

    # One after the other ---------------------------------------------------------------------
    def _next(self, kind: str) -> str:
        """The next one is at the desk, called; whoever was served there has gone."""
        o = self.officer
        serving, status = o.desk()
        if kind == "chosen":
            if status == "serving":
                self._complete(serving)
            return self._choose()
        if status != "serving":
            called = o.next()
            is_first_of_all = ("TicketCalled", called) == o.done[-1] and len(o.done) == 2
            if called and not is_first_of_all and o.once_more("TicketCalled"):
                o.take_back(called, NOBODY)
                assert o.next() == called, "it had kept its place"
            return called
        outcome = self._outcome()
        if kind == "dossier":
            code, day = f"H26-{self.chance.randrange(10**6):06d}", self.chance.choice(_DAYS)
            called = o.complete_and_next(serving, outcome, code, day)
        else:
            called = o.complete_and_next(serving, outcome)
        if called and o.once_more("complete and next"):
            o.take_back(called, NOBODY)
            o.take_back(serving, (serving, "serving"))
            assert o.complete_and_next(serving, outcome) == called
        return called

    def _outcome(self) -> str:
        """A digit, or Space for the same as last time."""
        return self.chance.choice([*_OUTCOMES, "Space", "Space", "Enter"])

    def _complete(self, number: str) -> None:
        o, outcome = self.officer, self._outcome()
        o.complete(number, outcome)
        if o.once_more("ServiceCompleted"):
            o.take_back(number, (number, "serving"))
            o.complete(number, outcome)

    def _choose(self) -> str:
        """A number from the middle of the line, out of order."""
        o = self.officer
        rows = o.page.locator(".qrow-button")
        if not (many := rows.count()):
            return ""
        number = rows.nth(many // 2).get_attribute("data-number") or ""
        o.choose(number)
        if o.once_more("chosen"):
            o.take_back(number, NOBODY)
            o.choose(number)
        return number

    # One visit -------------------------------------------------------------------------------
    def _visit(self, kind: str, number: str) -> None:
        o = self.officer
        if number in self.priority:
            self._see_priority(number)
        if kind in ("late", "no-show"):
            self._again("TicketRecalled", number, (number, "called"), lambda: o.recall(number))
        if kind == "no-show":
            self._again("NoShowRecorded", number, (number, "called"), lambda: o.no_show(number))
            self.missed.append(number)
            return
        if kind == "park" and self.chance.random() < 0.5:
            self._park(number, (number, "called"))
            return
        key = self.chance.choice(["Enter", "F4"])
        self._again("ServiceStarted", number, (number, "called"), lambda: o.start(number, key))
        serving = (number, "serving")
        if kind == "park":
            self._park(number, serving)
        elif kind == "transfer":
            to = _TRANSFERS[self.transferred % len(_TRANSFERS)]
            self.transferred += 1
            note = self.chance.choice(["", "da xem giay to"])
            self._again("TicketTransferred", number, serving, lambda: o.transfer(number, to, note))
        elif kind == "add":
            add = lambda: o.add_service(number, "cu-tru-can-cuoc", "2")  # noqa: E731
            self._again("ServiceAdded", number, serving, add)

    def _again(self, kind: str, number: str, before: Desk, act: Callable[[], object]) -> None:
        """Do it; the first of its kind is taken back and done once more."""
        act()
        if self.officer.once_more(kind):
            self.officer.take_back(number, before)
            act()

    def _see_priority(self, number: str) -> None:
        o, called = self.officer, (number, "called")
        self.priority.discard(number)
        if self.chance.random() < 0.3:
            self._again("lowered", number, called, lambda: o.lower_priority(number, called))
        else:
            self._again("confirmed", number, called, lambda: o.confirm_priority(number, called))

    def _park(self, number: str, before: Desk) -> None:
        minutes = self.chance.choice([0, 0, 20])
        reason = self.chance.choice("1234")
        self._again(
            "TicketParked", number, before, lambda: self.officer.park(number, reason, minutes)
        )
        self.parked.append(number)

    # Between two visits ----------------------------------------------------------------------
    def _between(self, what: str) -> None:
        o = self.officer
        number, status = o.desk()
        is_for_a_free_desk = what in ("resume-here", "roll", "pause")
        if is_for_a_free_desk and status == "serving":
            self._complete(number)
        desk = o.desk()
        match what:
            case "reinstate" if self.missed:
                number = self.missed.pop(0)
                self._again("reinstate", number, desk, lambda: o.reinstate(number, desk))
            case "resume-here" if self.parked:
                self._resume(here=True)
            case "resume-back" if self.parked:
                self._resume(here=False)
            case "cancel" | "give":
                self._out_of_order(what, desk)
            case "roll" | "roll-busy":
                self._roll()
            case "pause":
                o.pause("1")
                o.end_pause()
            case "lock":
                o.lock_and_unlock(desk)
            case _:
                pass

    def _out_of_order(self, what: str, desk: Desk) -> None:
        o = self.officer
        last = o.page.locator(".qrow:not(.qrow-priority) .qrow-button").last
        number = last.get_attribute("data-number") or ""
        if what == "cancel":
            self._again("cancel", number, desk, lambda: o.cancel(number, desk))
        else:
            # What an officer gives needs nobody's confirmation.
            self._again("give", number, desk, lambda: o.give_priority(number, desk))

    def _resume(self, *, here: bool) -> None:
        o, number = self.officer, self.parked.pop(0)
        desk = o.desk()
        kind = "resumed here" if here else "resumed"
        self._again(kind, number, desk, lambda: o.resume(number, desk, here=here))
        if here:
            o.start(number)

    def _roll(self) -> None:
        """A number taken by mistake is cancelled: it is on record."""
        o, desk = self.officer, self.officer.desk()
        self.roll += 1
        number = o.roll(self.roll, "B")
        if o.once_more(f"roll at {desk[1]}"):
            if desk == NOBODY:
                o.take_back(number, NOBODY)
            o.take_back(number, desk, "TicketCancelled")
            self.roll += 1
            number = o.roll(self.roll, "A")
        if desk == NOBODY:
            o.start(number)


#: How an officer may write the promised day.
_DAYS = ("8/12", "08/12/2026", "24-11-2026")


def test_a_morning_by_keyboard_is_what_the_log_holds(
    office: Office, open_page: Callable[..., Page]
) -> None:
    morning_of = random.Random(_SEED)
    office.desk("open", {}, 2)
    numbers: dict[str, str] = {}
    priority: set[str] = set()
    for _ in range(_TICKETS):
        code = morning_of.choice(["CT", "TN", "KT"]) if morning_of.random() < 0.12 else None
        service = morning_of.choice(["ho-tich", "chung-thuc"])
        ticket = office.issue(service, channel="api", priority=code)["ticket"]
        numbers[ticket["id"]] = ticket["number"]
        if code:
            priority.add(ticket["number"])
    before = office.call("api", "GET", f"/branches/{BRANCH}/events?limit=1")[1]["last_seq"]

    page = open_page(viewport={"width": 1366, "height": 768})
    officer = Officer(page, office.base_url)
    officer.sign_in("canbo1")
    officer.choose_counter(1)
    officer.open()
    officer.set_pin()
    morning = Morning(officer)
    morning.priority = priority
    morning.work()
    officer.hand_over("canbo3")

    # What the watcher says of the long line is nobody's work at a counter.
    found = [e for e in office.events(before) if not e["type"].startswith("Alert")]
    numbers |= {e["ticket"]: e["payload"]["number"] for e in found if e["type"] == "TicketIssued"}
    assert [(e["type"], numbers.get(e["ticket"], "")) for e in found] == officer.done
    assert {e["actor"] for e in found} == {"officer:canbo1"}
    kinds = Counter(kind for kind, _ in officer.done)
    assert kinds["TicketCalled"] >= _TICKETS, kinds
    assert kinds["StepUndone"] + kinds["TicketCancelled"] >= len(officer.undone), kinds
    promised = [e["payload"] for e in found if e["payload"].get("dossier_code")]
    assert promised
    assert all(p["result_on"] in ("2026-12-08", "2026-11-24") for p in promised)
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    assert logbook.verify(engine, BRANCH) == []
    engine.dispose()
