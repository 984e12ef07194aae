"""The agent as a whole: parts wired, threads started, and the watchdog fed while they live."""

import contextlib
import logging
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kiosk.agent import offline
from kiosk.agent.clock import ServerClock
from kiosk.agent.config import Config
from kiosk.agent.jobs import JobTaker
from kiosk.agent.ledger import Given, Ledger
from kiosk.agent.link import Link, job_name, watch_printer
from kiosk.agent.offline import OfflineDesk, Refused
from kiosk.agent.pages import Upstream
from kiosk.agent.printing import PrintDesk
from kiosk.agent.token import Token
from kiosk.agent.web import Answer, Local, home_of
from kiosk.printer import Printer

_log = logging.getLogger(__name__)

_STATUS_EVERY_S: Final = 30.0
_BEAT_S: Final = 5.0
_DIFFERENCE: Final = "difference"
_LONGEST_TOKEN: Final = 200
_KEPT_FOR: Final = timedelta(days=14)
#: The screen is lit this long before the doors open, and after they close.
_MARGIN: Final = timedelta(minutes=20)


class Agent:
    """One kiosk's agent."""

    def __init__(self, config: Config, *, status_every_s: float = _STATUS_EVERY_S) -> None:
        self._config = config
        self._status_every_s = status_every_s
        self._ledger = Ledger(config.state)
        known = self._ledger.kept(_DIFFERENCE)
        self._token = Token(config.token, self._ledger)
        self._clock = ServerClock(timedelta(seconds=known or 0), self._keep_difference)
        printer = Printer(config.printer, config.state / "slips")
        self._desk = PrintDesk(printer, self._ledger, self._clock.now)
        self._offline = OfflineDesk(self._ledger, self._clock.now, config.server)
        taker = JobTaker(config.redis, config.branch, self._desk) if config.redis else None
        self._link = Link(
            config, self._token, self._ledger, self._clock, self._desk, self._offline, taker
        )
        self._desk.ended = self._link.nudge
        self._stop = threading.Event()
        upstream = Upstream(config.server, config.state)
        self._local = Local(
            config.port,
            upstream,
            lambda: home_of(config.branch, self._token.now()),
            {
                "GET state": self._state,
                "GET health": self._health,
                "GET snapshot": self._snapshot,
                "POST issue": self._issue,
                "GET slip": self._slip,
                "GET token": self._tell_token,
                "POST token": self._adopt_token,
            },
            is_away=lambda: not self._link.is_live,
        )

    @property
    def port(self) -> int:
        """Where the page is served."""
        return int(self._local.server_address[1])

    def run(self) -> None:
        """Until stopped by a signal or by `stop`."""
        self._stop_by_signal()
        self._desk.settle_interrupted()
        self._ledger.forget_before((self._clock.now() - _KEPT_FOR).isoformat())
        self._print_what_was_not()
        self._link.start()
        serving = threading.Thread(target=self._local.serve_forever, daemon=True, name="local")
        serving.start()
        threading.Thread(
            target=watch_printer,
            args=(self._link, self._desk, self._status_every_s, self._stop.wait),
            daemon=True,
            name="printer",
        ).start()
        _log.info("the kiosk's page is at http://127.0.0.1:%d/", self.port)
        _notify("READY=1")
        while not self._stop.wait(_BEAT_S):
            if serving.is_alive():
                _notify("WATCHDOG=1")
        _notify("STOPPING=1")
        self._local.shutdown()
        self._link.stop()
        self._ledger.close()

    def _stop_by_signal(self) -> None:
        # Through a queue that a signal may interrupt anywhere: `Event.set` waits for ever for its own
        # lock when the signal comes inside `Event.wait`.
        asked: queue.SimpleQueue[int] = queue.SimpleQueue()
        with contextlib.suppress(ValueError):  # not in the main thread: a test
            for each in (signal.SIGTERM, signal.SIGINT):
                signal.signal(each, lambda number, _: asked.put(number))

        def wait() -> None:
            asked.get()
            self.stop()

        threading.Thread(target=wait, daemon=True, name="signals").start()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    def _keep_difference(self, difference: timedelta) -> None:
        self._ledger.keep(_DIFFERENCE, difference.total_seconds())

    # What the page asks --------------------------------------------------------------------
    def _state(self, _content: Mapping[str, Any]) -> Answer:
        """How things are here."""
        return 200, {
            "server": "live" if self._link.is_live else "away",
            "printer": self._link.printer_state,
            "at": self._clock.now().isoformat(),
            "branch": self._config.branch,
            "left": self._offline.left(),
            "to_hand_in": len(self._ledger.to_hand_in()),
        }

    def _health(self, content: Mapping[str, Any]) -> Answer:
        """The same for programs that look after the kiosk: opening hours, and how long the page was silent."""
        status, state = self._state(content)
        known = hours(self._ledger.kept(offline.SESSIONS), self._clock.now())
        silent = round(time.monotonic() - self._local.page_seen, 1)
        return status, {**state, "hours": known, "page_silent_s": silent}

    def _snapshot(self, _content: Mapping[str, Any]) -> Answer:
        """The last configuration heard of, for a page that starts without the server."""
        known = self._ledger.kept(offline.SNAPSHOT)
        if known is None:
            return 404, {"code": "not_found"}
        return 200, {**known, "at": self._clock.now().isoformat()}

    def _issue(self, wish: Mapping[str, Any]) -> Answer:
        """A ticket while the server is away."""
        try:
            given = self._offline.give(wish)
        except Refused as refusal:
            return 409, {"ok": False, "error": {"code": refusal.code}}
        self._link.nudge()
        if given.content["prints"]:
            threading.Thread(target=self._print, args=(given,), daemon=True).start()
        return 200, {"ok": True, "result": self._offline.answer(given)}

    def _slip(self, content: Mapping[str, Any]) -> Answer:
        """What became of the paper of a ticket given here."""
        job = self._ledger.job(job_name(self._config.branch, str(content.get("id", ""))))
        return 200, {"slip": (job.code or "") if job else ""}

    def _tell_token(self, _content: Mapping[str, Any]) -> Answer:
        """The page has the same token: a newer one is given to the agent alone."""
        return 200, {"token": self._token.now()}

    def _adopt_token(self, content: Mapping[str, Any]) -> Answer:
        """The kiosk was paired on its screen."""
        token = str(content.get("token", ""))
        if not token or len(token) > _LONGEST_TOKEN:
            return 400, {"code": "bad_value"}
        self._token.adopt(token)
        self._link.begin_anew()
        return 200, {"ok": True}

    def _print(self, given: Given) -> None:
        job = job_name(self._config.branch, given.ticket)
        try:
            slip = self._offline.slip(given)
        except Refused as refusal:
            _log.error("%s cannot be drawn: %s", given.content["number"], refusal.code)
            self._ledger.begin(job, given.ticket, self._clock.now().isoformat())
            self._ledger.end(job, "nothing_sent")
            return
        self._desk.print(job, given.ticket, slip)

    def _print_what_was_not(self) -> None:
        """Tickets given just before the power went, whose slip was not even begun."""
        for given in self._ledger.to_hand_in():
            name = job_name(self._config.branch, given.ticket)
            if given.content["prints"] and self._ledger.job(name) is None:
                # Whoever held out a hand for it is gone: the staff decide, as for any failed slip.
                self._ledger.begin(name, given.ticket, self._clock.now().isoformat())
                self._ledger.end(name, "nothing_sent")


def hours(sessions: Any, now: datetime) -> dict[str, Any]:
    """Whether the screen is to be lit, and until when that holds; `on` is None when not known."""
    spans = [
        (datetime.fromisoformat(s["from"]) - _MARGIN, datetime.fromisoformat(s["until"]) + _MARGIN)
        for s in sessions or ()
    ]
    if not spans or now > max(until for _, until in spans):
        return {"on": None, "next_change": None}
    lit = [until for begins, until in spans if begins <= now < until]
    change = max(lit) if lit else min(begins for begins, _ in spans if begins > now)
    return {"on": bool(lit), "next_change": change.isoformat()}


def _notify(message: str) -> None:
    """Tell systemd, where it started us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(message.encode(), address)
