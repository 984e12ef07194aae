"""Several terminals side by side, each of them about to take one step of its own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect

from tests.browser import Watch
from tests.cut_proxy import CutProxy
from tests.e2e.officer import NOBODY, Officer
from tests.live_office import BRANCH, Office
from tests.processes import wait_until

#: From now on: when the strip came that says "not confirmed", in ms after the last key, and every
#: state of the desk that was shown, also for a moment.
_WATCH = """() => {
  const seen = {unconfirmed: null, desk: [], down: performance.now()};
  const look = () => {
    if (document.querySelector("[data-testid=unconfirmed]"))
      seen.unconfirmed ??= performance.now() - seen.down;
    const tag = document.querySelector(".current .tag-serving, .current .tag-called");
    const state = tag ? tag.className.match(/tag-(serving|called)/)[1] : "free";
    if (seen.desk.at(-1) !== state) seen.desk.push(state);
  };
  window.seen?.observer.disconnect();
  seen.observer = new MutationObserver(look);
  seen.observer.observe(document.body, {subtree: true, childList: true, attributes: true});
  addEventListener("keydown", () => (seen.down = performance.now()), true);
  window.seen = seen;
  look();
}"""

_FREE, _CALLED, _SERVING = "free", "called", "serving"
#: A queue that each counter serves.
_QUEUES: Final = {1: "A", 2: "A", 3: "B", 4: "A", 5: "B", 6: "C", 7: "C", 8: "C", 9: "D"}


@dataclass(frozen=True)
class Step:
    """A step of the work: from which state, by which keys or clicks, and what the log has of it."""

    name: str
    before: str
    keys: tuple[str, ...]
    clicks: tuple[str, ...]
    events: tuple[str, ...]
    after: str


_CONFIRM: Final = (".panel .chip >> nth=0", "[data-testid=confirm]")
_OUTCOME: Final = ".panel .choice >> nth=0"

STEPS: Final = (
    Step("call next", _FREE, ("Space",), ("[data-testid=call-next]",), ("TicketCalled",), _CALLED),
    Step("recall", _CALLED, ("F3",), ("[data-testid=recall]",), ("TicketRecalled",), _CALLED),
    Step("start", _CALLED, ("Enter",), ("[data-testid=start]",), ("ServiceStarted",), _SERVING),
    Step("no-show", _CALLED, ("F7",), ("[data-testid=no-show]",), ("NoShowRecorded",), _FREE),
    Step(
        "complete", _SERVING, ("F8", "1"), ("[data-testid=complete]", _OUTCOME),
        ("ServiceCompleted",), _FREE,
    ),
    Step(
        "complete and next", _SERVING, ("Space", "1"), ("[data-testid=call-next]", _OUTCOME),
        ("ServiceCompleted", "TicketCalled"), _CALLED,
    ),
    Step(
        "park", _SERVING, ("F9", "1", "Enter"), ("[data-testid=park]", *_CONFIRM),
        ("TicketParked",), _FREE,
    ),
    Step(
        "transfer", _CALLED, ("F6", "ArrowDown", "Tab", "Tab", "1", "Enter"),
        # A list cannot be clicked from here: its choice is taken by the keyboard.
        ("[data-testid=transfer]", "key:ArrowDown", *_CONFIRM), ("TicketTransferred",), _FREE,
    ),
    Step("undo", _CALLED, ("Control+z",), ("[data-testid=undo]",), ("StepUndone",), _FREE),
)  # fmt: skip
#: A finger leaves the key or the button so much later; the answer may have come meanwhile.
_BETWEEN_MS: Final = 120


@dataclass(eq=False)
class Desk:
    """A counter, its page, and the step that is tried there."""

    office: Office
    number: int
    page: Page
    step: Step
    officer: Officer = field(init=False)

    def __post_init__(self) -> None:
        self.officer = Officer(self.page, self.office.base_url)

    @property
    def account(self) -> str:
        return f"canbo{self.number}"

    # What happens at the counter, by other ways than the page ----------------------------------
    def ask(self, verb: str, body: Any = None) -> Any:
        status, answer = self.office.desk(verb, body, self.number)
        assert status == 200, (self.step.name, verb, answer)
        return answer

    def prepare(self, state: str = "") -> None:
        """Somebody waits, and the desk is as its step wants it; the page has seen it."""
        state = state or self.step.before
        # A button that an earlier test clicked still has the focus, and would take the next Space.
        self.page.keyboard.press("Escape")
        self.page.evaluate("document.activeElement?.blur()")
        self._clear()
        body = {"queue": _QUEUES[self.number], "channel": "api"}
        for _ in range(2 if self.step.before == _SERVING else 1):
            status, _ = self.office.call("kiosk", "POST", f"/branches/{BRANCH}/tickets", body)
            assert status == 201
        if state != _FREE:
            self.ask("call-next")
        if self.step.name == "no-show":
            self.ask("recall")
        if state == _SERVING:
            self.ask("start")
        self.shows(state)
        if state == _FREE:
            expect(self.page.locator(".idle-next")).to_be_visible()

    def _clear(self) -> None:
        ticket = self.held()
        if ticket is None:
            return
        if ticket["status"] == _CALLED:
            self.ask("start")
        self.ask("complete", {"outcome": "tiep-nhan"})

    def held(self) -> dict[str, Any] | None:
        """The ticket at the counter, by the server's board."""
        tables = self.office.call("api", "GET", f"/branches/{BRANCH}/board")[1]["tables"]
        found = tables["counters"][f"{BRANCH}-{self.number}"]["ticket"]
        return tables["tickets"][found] if found else None

    # On the page -------------------------------------------------------------------------------
    def watch(self) -> None:
        """From now on `unconfirmed_after` and `states` know what the page showed."""
        self.page.evaluate(_WATCH)

    def unconfirmed_after(self) -> float:
        """Wait for the strip that says "not confirmed"; how long after the last key it came, ms."""
        wait_until(lambda: self.page.evaluate("window.seen.unconfirmed"), within=20)
        return float(self.page.evaluate("window.seen.unconfirmed"))

    def states(self) -> list[str]:
        """Every state of the desk that was shown, one after the other."""
        found: list[str] = self.page.evaluate("window.seen.desk")
        return found

    def press(self) -> None:
        """The keys of the step."""
        for key in self.step.keys:
            self.page.keyboard.press(key)

    def hold(self) -> None:
        """The keys of the step, each kept down while it repeats; those that only move, once."""
        for key in self.step.keys:
            *modifiers, last = key.split("+")
            for one in modifiers:
                self.page.keyboard.down(one)
            for n in range(1 if last in ("Tab", "ArrowDown") else 6):
                self.page.keyboard.down(last)
                self.page.wait_for_timeout(_BETWEEN_MS if n == 0 else 30)
            for one in (last, *modifiers):
                self.page.keyboard.up(one)

    def double_click(self) -> None:
        """The buttons of the step, each pressed twice at the same place."""
        for target in self.step.clicks:
            if target.startswith("key:"):
                self.page.keyboard.press(target.removeprefix("key:"))
                continue
            box = self.page.locator(target).bounding_box()
            assert box is not None, (self.step.name, target)
            self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            for count in (1, 2):
                self.page.mouse.down(click_count=count)
                self.page.mouse.up(click_count=count)
                self.page.wait_for_timeout(_BETWEEN_MS)

    def shows(self, state: str) -> None:
        """The page has a free desk, somebody called, or somebody served."""
        shown = self.page.locator(".idle" if state == _FREE else f".current .tag-{state}")
        expect(shown, self.step.name).to_be_visible()

    def shows_the_truth(self) -> None:
        """The page has at the desk whom the server has there."""
        ticket = self.held()
        desk = (ticket["number"], ticket["status"]) if ticket else NOBODY
        self.officer.see(
            f'.current:has([data-number="{desk[0]}"]):has(.tag-{desk[1]})' if ticket else ".idle"
        )
        assert self.officer.desk() == desk, self.step.name

    def retry(self) -> None:
        """By the keyboard, as an officer would: backwards from the big button to the strip."""
        if not self.officer.is_at("[data-testid=retry]"):
            self.officer.go("Shift+Tab", "[data-testid=retry]", 4)
        self.page.keyboard.press("Enter")

    @property
    def offline(self) -> Any:
        return self.page.get_by_test_id("offline")

    @property
    def refusal(self) -> Any:
        return self.page.get_by_test_id("refusal")


class Desks:
    """All of them, through one line."""

    def __init__(self, office: Office, line: CutProxy, desks: list[Desk]) -> None:
        self.office, self.line, self.all = office, line, desks
        self.mark = 0

    def __iter__(self) -> Iterator[Desk]:
        return iter(self.all)

    def __getitem__(self, name: str) -> Desk:
        return next(desk for desk in self.all if desk.step.name == name)

    def some(self, *names: str) -> "Desks":
        """These alone."""
        chosen = Desks(self.office, self.line, [self[name] for name in names])
        chosen.mark = self.mark
        return chosen

    def prepare(self) -> None:
        """Each desk is before its step; `log` tells what comes after this."""
        for desk in self.all:
            desk.prepare()
        for desk in self.all:
            desk.watch()
        self.begin()

    def begin(self) -> None:
        """`log` tells what comes after this."""
        path = f"/branches/{BRANCH}/events?limit=1"
        self.mark = self.office.call("api", "GET", path)[1]["last_seq"]

    def log(self) -> dict[str, list[str]]:
        """Kinds of events since then, by the step whose desk caused them."""
        step_of = {f"officer:{desk.account}": desk.step.name for desk in self.all}
        found: dict[str, list[str]] = {}
        for event in self.office.events(self.mark):
            if event["actor"] in step_of:
                found.setdefault(step_of[event["actor"]], []).append(event["type"])
        return found

    def everything(self) -> dict[str, list[str]]:
        """What `log` tells when each step was taken once."""
        return {desk.step.name: list(desk.step.events) for desk in self.all}


@contextmanager
def desks_of(
    office: Office, line: CutProxy, browser: Browser, steps: tuple[Step, ...] = STEPS
) -> Iterator[Desks]:
    """A page for each step, through the line, each at an open counter of its own."""
    watch = Watch()
    try:
        found = []
        for number, step in enumerate(steps, 1):
            assert office.desk("open", {}, number)[0] == 200
            token = office.tokens[f"counter-{number}"]
            page = watch.open(browser, viewport={"width": 1366, "height": 768})
            page.goto(f"{line.base_url}/counter/{BRANCH}-{number}#token={token}")
            found.append(Desk(office, number, page, step))
        for desk in found:
            expect(desk.page.get_by_test_id("call-next")).to_be_visible()
        yield Desks(office, line, found)
    finally:
        watch.close()
    assert watch.faults == []


def hour_of(text: str) -> str:
    """The hour in a sentence."""
    found = re.search(r"\d\d:\d\d", text)
    return found.group() if found else ""
