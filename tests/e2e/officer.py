"""An officer who works the terminal with the keyboard alone, and remembers what was done."""

from typing import Final

from playwright.sync_api import Page

from tests.live_office import BRANCH, PASSWORD

#: Who is at the counter, and how far: the number, or nobody.
Desk = tuple[str, str]
NOBODY: Final[Desk] = ("", "")
PIN: Final = "258036"


class Officer:
    """`done` is the script: the kind of each event that was caused, with its ticket's number."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.done: list[tuple[str, str]] = []
        #: Kinds of steps that were taken back once and done again.
        self.undone: set[str] = set()

    # The keyboard --------------------------------------------------------------------------
    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def go(self, key: str, selector: str, most: int = 12) -> None:
        """Press `key` until the focus is there: never further away than `most` presses."""
        for _ in range(most):
            self.press(key)
            if self.is_at(selector):
                return
        raise AssertionError(f"{selector} is not within {most} presses of {key}: {self._focus()}")

    def is_at(self, selector: str) -> bool:
        there: bool = self.page.evaluate("s => document.activeElement.matches(s)", selector)
        return there

    def _focus(self) -> str:
        found: str = self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        return found

    def pick(self, value: str) -> None:
        """Choose in the list that has the focus, by ↓."""
        for _ in range(40):
            self.press("ArrowDown")
            if self.page.evaluate("document.activeElement.value") == value:
                return
        raise AssertionError(f"no choice {value}")

    # What the screen says ------------------------------------------------------------------
    def see(self, selector: str) -> None:
        self.page.locator(selector).first.wait_for(state="attached", timeout=20_000)

    def settled(self) -> None:
        """No command is on its way, and none was refused."""
        self.see('body[data-busy=""]')
        assert self.page.locator("[data-testid=refusal]").count() == 0

    def await_desk(self, desk: Desk) -> None:
        number, status = desk
        here = f'.current:has([data-number="{number}"]):has(.tag-{status})'
        self.see(here if number else ".idle")
        self.settled()

    def desk(self) -> Desk:
        number = self.page.locator("[data-testid=current-number]")
        if number.count() == 0:
            return NOBODY
        is_serving = self.page.locator(".current .tag-serving").count() == 1
        return number.get_attribute("data-number") or "", "serving" if is_serving else "called"

    def next_number(self) -> str:
        """Whom the screen promises to call next."""
        row = self.page.locator(".qrow-next .qrow-button")
        return row.get_attribute("data-number") or "" if row.count() else ""

    # Steps ---------------------------------------------------------------------------------
    def did(self, kind: str, number: str, desk: Desk) -> None:
        """A step is on the screen, with its way back; note it."""
        self.see(f'[data-testid=did][data-event="{kind}"][data-number="{number}"]')
        self.await_desk(desk)
        self.done.append((kind, number))

    def take_back(self, number: str, desk: Desk, kind: str = "StepUndone") -> None:
        last = self.page.locator("[data-testid=did]")
        event, of = last.get_attribute("data-event"), last.get_attribute("data-number")
        self.press("Control+z")
        told = f'[data-testid=did][data-event="{event}"][data-number="{of}"]'
        self.page.locator(told).wait_for(state="detached", timeout=20_000)
        self.await_desk(desk)
        self.done.append((kind, number))

    def once_more(self, kind: str) -> bool:
        """Whether this kind of step has not been taken back yet; from now on it has."""
        is_first = kind not in self.undone
        self.undone.add(kind)
        return is_first

    def sign_in(self, username: str) -> None:
        self.page.goto(f"{self.base_url}/login?next=/counters/{BRANCH}")
        self.see("#username:focus")
        self.type(username)
        self.press("Tab")
        self.type(PASSWORD)
        self.press("Enter")
        self.page.wait_for_url(f"{self.base_url}/counters/{BRANCH}")

    def choose_counter(self, number: int) -> None:
        self.go("Tab", f'a[href="/counter/{BRANCH}-{number}"]')
        self.press("Enter")
        self.page.wait_for_url(f"{self.base_url}/counter/{BRANCH}-{number}")

    def open(self) -> None:
        self.see('[data-testid=open-counter]:not([aria-disabled="true"])')
        self.press("Enter")
        self.see("[data-main]")
        self.settled()
        self.done.append(("CounterOpened", ""))

    def next(self) -> str:
        """Space: whom the screen promised is called. Empty when nobody waits."""
        promised = self.next_number()
        self.press("Space")
        if not promised:
            self.see(".strip:not([data-testid])")
            self.settled()
            return ""
        self.did("TicketCalled", promised, (promised, "called"))
        return promised

    def start(self, number: str, key: str = "Enter") -> None:
        self.press(key)
        self.did("ServiceStarted", number, (number, "serving"))

    def recall(self, number: str) -> None:
        self.press("F3")
        self.did("TicketRecalled", number, (number, "called"))

    def no_show(self, number: str) -> None:
        self.press("F7")
        self.did("NoShowRecorded", number, NOBODY)

    def complete(self, number: str, outcome: str) -> None:
        """F8 and a digit; Space or Enter for the same as last time."""
        self.press("F8")
        self.see("[data-testid^=outcome-]")
        self.press(outcome)
        self.did("ServiceCompleted", number, NOBODY)

    def complete_and_next(self, number: str, outcome: str, dossier: str = "", day: str = "") -> str:
        """Space, what came of it, and the next one is called."""
        promised = self.next_number()
        self.press("Space")
        self.see("[data-testid^=outcome-]")
        if dossier:
            self.go("Tab", "[data-testid=dossier-code]")
            self.type(dossier)
            self.press("Tab")
            self.type(day)
            self.press("Enter")
        self.press(outcome)
        if promised:
            self.await_desk((promised, "called"))
            self.done.append(("ServiceCompleted", number))
            self.did("TicketCalled", promised, (promised, "called"))
        else:
            self.did("ServiceCompleted", number, NOBODY)
        return promised

    def park(self, number: str, reason: str, minutes: int = 0) -> None:
        self.press("F9")
        self.see("[data-testid=panel]")
        if minutes:
            self.go("Tab", f"[data-testid=in-{minutes}]")
            self.press("Space")
        self.press(reason, "Enter")
        self.did("TicketParked", number, NOBODY)

    def transfer(self, number: str, to: str, note: str = "") -> None:
        self.press("F6")
        self.see("[data-testid=transfer-to]")
        self.pick(to)
        self.press("Tab")
        self.type(note)
        self.press("Tab", "1", "Enter")
        self.did("TicketTransferred", number, NOBODY)

    def add_service(self, number: str, service: str, outcome: str) -> None:
        self._rare("add-service")
        self.pick(service)
        self.press("Tab", outcome)
        self.did("ServiceAdded", number, (number, "serving"))

    def confirm_priority(self, number: str, desk: Desk) -> None:
        self.go("Shift+Tab", "[data-testid=confirm-priority]")
        self.press("Enter")
        self.did("PriorityConfirmed", number, desk)

    def lower_priority(self, number: str, desk: Desk) -> None:
        self.go("Shift+Tab", "[data-testid=lower-priority]")
        self.press("Enter")
        self.see("[data-testid=panel]")
        self.press("2", "Enter")
        self.did("PriorityChanged", number, desk)

    def choose(self, number: str) -> None:
        self._rare("choose")
        self.type(number.lower())
        self.press("Tab", "1", "Enter")
        self.did("TicketCalled", number, (number, "called"))

    def roll(self, roll: int, queue: str) -> str:
        """A number of the paper roll: called at once, or only taken while somebody is served."""
        desk = self.desk()
        number = f"P{roll:03d}"
        self._rare("roll")
        self.type(str(roll))
        self.press("Tab")
        if not self.page.evaluate("q => document.activeElement.value === q", queue):
            self.pick(queue)
        self.press("Tab", "Enter")
        if desk == NOBODY:
            self.await_desk((number, "called"))
            self.done.append(("TicketIssued", number))
            self.did("TicketCalled", number, (number, "called"))
        else:
            self.did("TicketIssued", number, desk)
        return number

    def _rare(self, button: str) -> None:
        """A button of the pad's last row: backwards from the big one."""
        self.go("ArrowUp", f"[data-testid={button}]", 6)
        self.press("Enter")
        self.see("[data-testid=panel]")

    # The line ------------------------------------------------------------------------------
    def to_tab(self, name: str, most: int = 3) -> None:
        self.press("ArrowLeft")
        self.press("ArrowUp")
        if not self.is_at(f"[data-testid=tab-{name}]"):
            self.go("ArrowRight", f"[data-testid=tab-{name}]", most)

    def back_from(self, name: str) -> None:
        """To the waiting again, and to the big button."""
        if name != "waiting":
            self.press("ArrowLeft")
            self.go("ArrowLeft", "[data-testid=tab-waiting]", 3)
        self.press("Escape")
        self.see("[data-main]:focus")

    def waiting_row(self, number: str) -> None:
        self.press("ArrowLeft")
        if not self.is_at(f'[data-number="{number}"]'):
            self.go("ArrowDown", f'[data-number="{number}"]', 60)
        self.press("Enter")
        self.see("[data-testid=panel]")

    def cancel(self, number: str, desk: Desk) -> None:
        self.waiting_row(number)
        self.go("Tab", "[data-testid=cancel-ticket]", 3)
        self.press("Enter")
        self.see("[data-testid=reason]")
        self.press("1", "Enter")
        self.did("TicketCancelled", number, desk)

    def give_priority(self, number: str, desk: Desk) -> None:
        self.waiting_row(number)
        self.go("Tab", "[data-testid=give-priority]", 3)
        self.press("Enter")
        self.see("[data-testid=reason]")
        self.press("Space", "1", "Enter")
        self.did("PriorityChanged", number, desk)

    def reinstate(self, number: str, desk: Desk) -> None:
        self.to_tab("missed")
        self.go("ArrowDown", f'[data-testid=reinstate][data-ticket="{number}"]', 60)
        self.press("Enter")
        self.see("[data-testid=reason]")
        self.press("1", "Enter")
        self.did("TicketReinstated", number, desk)
        self.home("missed")

    def resume(self, number: str, desk: Desk, *, here: bool) -> None:
        self.to_tab("parked")
        button = "resume-here" if here else "back-to-queue"
        self.go("ArrowDown", f'[data-testid={button}][data-ticket="{number}"]', 60)
        self.press("Enter")
        self.did("TicketResumed", number, (number, "called") if here else desk)
        self.home("parked")

    def home(self, name: str) -> None:
        """From a tab back to the waiting, and the focus to the big button."""
        self.to_tab(name)
        self.go("ArrowLeft", "[data-testid=tab-waiting]", 3)
        self.press("Escape")
        self.see("[data-main]:focus")

    # The counter ---------------------------------------------------------------------------
    def pause(self, reason: str) -> None:
        self.press("F10")
        self.see("[data-testid=reason]")
        self.press(reason, "Enter")
        self.see("[data-testid=resume-counter]")
        self.settled()
        self.done.append(("CounterPaused", ""))

    def end_pause(self) -> None:
        self.press("F10")
        self.see("[data-testid=call-next]")
        self.settled()
        self.done.append(("CounterResumed", ""))

    def set_pin(self) -> None:
        """Without a PIN, the key that locks asks for one."""
        self.press("F2")
        self.see("[data-testid=new-pin]:focus")
        self.type(PIN)
        self.press("Tab")
        self.type(PASSWORD)
        self.press("Enter")
        self.see(".pin-answer")
        self.press("Escape")

    def lock_and_unlock(self, desk: Desk) -> None:
        self.press("F2")
        self.see("[data-testid=pin]:focus")
        assert self.page.locator(".current, .queue").count() == 0, "nothing of the work is in sight"
        self.press("Space", "F3")
        self.type(PIN)
        self.see("[data-main]")
        self.await_desk(desk)

    def hand_over(self, account: str) -> None:
        self._rare("hand-over")
        self.pick(account)
        self.press("Tab", "Enter")
        self.see("[data-testid=stranger]")
        self.see('body[data-busy=""]')
        self.done.append(("CounterHandedOver", ""))
