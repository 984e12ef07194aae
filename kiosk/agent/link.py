"""The agent's socket to the server: jobs, blocks, hand-ins, the printer's state. Reconnects for ever."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import socketio
from socketio import exceptions

from kiosk.agent.clock import ServerClock
from kiosk.agent.config import Config
from kiosk.agent.jobs import JobTaker
from kiosk.agent.ledger import PRINTED, Given, Job, Ledger
from kiosk.agent.offline import BLANKS, SESSIONS, SNAPSHOT, OfflineDesk
from kiosk.agent.printing import PrintDesk
from kiosk.agent.token import Token
from kiosk.version import VERSION

_log = logging.getLogger(__name__)

NAMESPACE: Final = "/agent"
_FIRST_PAUSE_S: Final = 0.3
_LONGEST_PAUSE_S: Final = 5.0
_ANSWER_S: Final = 5
#: What is done without being asked for: hand-ins, jobs missed, more numbers.
_ROUND_S: Final = 5.0
_BLOCKS_EVERY_S: Final = 60.0
_PRINTER_EVERY_S: Final = 60.0
_STATUS_EVERY_S: Final = 30.0
_TO_PRINT: Final = ("", "reprinting")


class Link:
    """One thread that connects, and does a round whenever there is news."""

    def __init__(
        self,
        config: Config,
        token: Token,
        ledger: Ledger,
        clock: ServerClock,
        desk: PrintDesk,
        offline: OfflineDesk,
        taker: JobTaker | None,
    ) -> None:
        self._config = config
        self._token = token
        self._ledger = ledger
        self._clock = clock
        self._desk = desk
        self._offline = offline
        self._taker = taker
        self._news = threading.Event()
        self._answered = threading.Event()
        self._stopping = False
        self._device = ""
        self._printing: set[str] = set()
        self._reported: tuple[str, float] = ("", -_PRINTER_EVERY_S)
        self._blocks_at = -_BLOCKS_EVERY_S
        self._status_at = -_STATUS_EVERY_S
        self._refusal = ""
        #: The connection is one with a token that counts no more.
        self._is_old = False
        #: The newest change of the branch that was heard, and the server's time of it.
        self._heard: dict[str, Any] = {}
        #: How the printer is, by its watch.
        self.printer_state = "unknown"
        #: Whether the server is there.
        self.is_live = False
        self._socket = self._made()

    def start(self) -> None:
        """Begin to connect."""
        threading.Thread(target=self._run, daemon=True, name="link").start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping = True
        self._news.set()
        self._socket.disconnect()

    def nudge(self) -> None:
        """There is something to tell the server."""
        self._news.set()

    def begin_anew(self) -> None:
        """Connect again, with the token of now."""
        self._is_old = True
        self._news.set()

    # Connecting ----------------------------------------------------------------------------
    def _made(self) -> Any:
        # Our own loop reconnects: the library gives up where the server refuses.
        client = socketio.Client(reconnection=False, logger=False, handle_sigint=False)
        client.on("welcome", self._welcome, namespace=NAMESPACE)
        client.on("snapshot", self._snapshot, namespace=NAMESPACE)
        client.on("change", self._change, namespace=NAMESPACE)
        client.on("pulse", self._change, namespace=NAMESPACE)
        client.on("token", self._offered, namespace=NAMESPACE)
        client.on("connect_error", self._refused, namespace=NAMESPACE)
        client.on("disconnect", self._gone, namespace=NAMESPACE)
        return client

    def _run(self) -> None:
        pause, tries = _FIRST_PAUSE_S, 0
        while not self._stopping:
            # Where something on the way does not let websockets through, polling is tried in turn.
            transports = ["websocket"] if tries % 2 == 0 else ["polling"]
            tries += 1
            self._is_old = False
            used, self._refusal = self._token.now(), ""
            try:
                self._socket.connect(
                    self._config.server,
                    auth={"token": used, "version": VERSION},
                    namespaces=[NAMESPACE],
                    transports=transports,
                    wait_timeout=_ANSWER_S,
                )
            except (exceptions.SocketIOError, OSError, ValueError) as error:
                _log.info("the server is away: %s", error)
                if self._refusal:
                    tries = 0  # it did answer: nothing is in the way
                if self._refusal == "bad_token":
                    self._token.refuse(used)
                self._drop()
                self._report_by_redis()
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret in it
                pause = min(_LONGEST_PAUSE_S, pause * 2)
                continue
            pause, tries, self.is_live = _FIRST_PAUSE_S, 0, True
            _log.info("connected to %s", self._config.server)
            self._token.settle(used)
            self._stay()
            self.is_live = False
            self._drop()

    def _stay(self) -> None:
        self._blocks_at = -_BLOCKS_EVERY_S
        self._status_at = -_STATUS_EVERY_S
        self._reported = ("", -_PRINTER_EVERY_S)
        while not self._stopping and self._socket.connected and not self._is_old:
            try:
                self._round()
            except (exceptions.SocketIOError, OSError) as error:
                _log.warning("the server does not answer: %s", error)
                return
            self._news.wait(_ROUND_S)
            self._news.clear()

    def _drop(self) -> None:
        try:
            self._socket.disconnect()
        except (exceptions.SocketIOError, OSError, ValueError):
            self._socket = self._made()

    def _ask(self, event: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """An answered message. Raises a SocketIOError when no answer comes."""
        # The library's own `call` waits on when the link has gone meanwhile.
        answers: list[Any] = []
        answered = self._answered = threading.Event()

        def heard(*values: Any) -> None:
            answers.extend(values[:1])
            answered.set()

        self._socket.emit(event, dict(data), namespace=NAMESPACE, callback=heard)
        answered.wait(_ANSWER_S)
        if not answers:
            raise exceptions.TimeoutError
        answer = answers[0]
        return answer if isinstance(answer, dict) else {"ok": False, "error": {"code": "bad"}}

    def _gone(self, *_reason: Any) -> None:
        """Nobody waits for an answer any more, nor for the next round."""
        self._answered.set()
        self._news.set()

    # What the server says ------------------------------------------------------------------
    def _welcome(self, message: Mapping[str, Any]) -> None:
        if self._taker is not None and not self._device:
            self._taker.start(str(message["device"]))
        self._device = str(message["device"])

    def _refused(self, reason: Any = None) -> None:
        """Why the server does not let us in."""
        code = reason.get("message") if isinstance(reason, dict) else reason
        self._refusal = str(code or "")

    def _offered(self, message: Mapping[str, Any]) -> None:
        """A newer token; the next round tells the server that it is kept."""
        self._token.offer(str(message["token"]))
        self._news.set()

    def _snapshot(self, message: Mapping[str, Any]) -> None:
        self._hear(message)
        self._keep_snapshot(message["branch"], message["catalogue"])
        self._news.set()

    def _hear(self, message: Mapping[str, Any]) -> None:
        self._clock.hear(str(message.get("at")))
        self._heard = {"seq": message.get("seq"), "at": message.get("at")}

    def _change(self, message: Mapping[str, Any]) -> None:
        self._hear(message)
        rows = message.get("rows") or {}
        slips = rows.get("slips") or {}
        if any(
            r and r.get("device") == self._device and r["slip"] in _TO_PRINT for r in slips.values()
        ):
            self._news.set()
        event = message.get("event") or {}
        if event.get("type") in ("CatalogueChanged", "PolicyPublished"):
            # Another configuration: everything is read anew.
            self._blocks_at = -_BLOCKS_EVERY_S
            self._news.set()

    def _keep_snapshot(self, branch: Any, catalogue: Any) -> None:
        self._ledger.keep(SNAPSHOT, {"branch": branch, "catalogue": catalogue})

    # What we do ----------------------------------------------------------------------------
    def _round(self) -> None:
        self._confirm_token()
        for given in self._ledger.to_hand_in():
            self._hand_in(given)
        for job in self._ledger.unreported():
            self._report(job)
        self._take_jobs()
        now = time.monotonic()
        if now - self._blocks_at >= _BLOCKS_EVERY_S:
            self._blocks_at = now
            self._refresh_blocks()
        state, told_at = self._reported
        if self.printer_state != state or now - told_at >= _PRINTER_EVERY_S:
            self._reported = (self.printer_state, now)
            self._ask("printer", {"state": self.printer_state})
        if now - self._status_at >= _STATUS_EVERY_S:
            self._status_at = now
            self._ask("status", self._heard)

    def _confirm_token(self) -> None:
        """From the answer on the newer token is the only one."""
        token = self._token.offered()
        if not token:
            return
        answer = self._ask("token", {"token": token})
        if answer["ok"]:
            self._token.settle(token)
        elif answer["error"].get("code") == "bad_token":
            self._token.refuse(token)

    def _hand_in(self, given: Given) -> None:
        job = self._ledger.job(job_name(self._config.branch, given.ticket))
        if given.content["prints"] and (job is None or job.code is None):
            return  # its slip is at the printer: it is handed in with what came of it
        slip = job.code if job and job.code else ""
        answer = self._ask(
            "hand_in",
            {
                **given.content,
                "serial": given.serial,
                "job": job.job if job else "",
                "printer": self._desk.name if job else "",
                "slip": slip,
            },
        )
        if answer["ok"]:
            self._ledger.settle(given, "handed_in")
            if job:
                self._ledger.report(job.job)
        elif not answer["error"].get("retry"):
            _log.error("%s was refused: %s", given.content["number"], answer["error"])
            self._ledger.settle(given, str(answer["error"].get("code", "refused")))

    def _report(self, job: Job) -> None:
        code = "" if job.code == PRINTED else job.code or ""
        message = {"job": job.job, "ticket": job.ticket, "printer": self._desk.name, "code": code}
        answer = self._ask("printed", message)
        if answer["ok"] or not answer["error"].get("retry"):
            self._ledger.report(job.job)

    def _report_by_redis(self) -> None:
        """Where Redis is there and the server's socket is not."""
        if self._taker is None:
            return
        for job in self._ledger.unreported():
            code = "" if job.code == PRINTED else job.code or ""
            if self._taker.report(job.ticket, job.job, self._desk.name, code):
                self._ledger.report(job.job)

    def _take_jobs(self) -> None:
        for job in self._ask("jobs", {}).get("jobs", ()):
            name = str(job["job"])
            if name in self._printing or self._ledger.job(name) is not None:
                continue
            self._printing.add(name)
            threading.Thread(target=self._print, args=(name, job), daemon=True).start()

    def _print(self, name: str, job: Mapping[str, Any]) -> None:
        try:
            self._desk.print(name, str(job["ticket"]), job["slip"])
        finally:
            self._printing.discard(name)
            self._news.set()

    def _refresh_blocks(self) -> None:
        answer = self._ask("blocks", {"left": self._offline.unused()})
        if not answer["ok"]:
            return
        self._ledger.keep_blocks(answer["blocks"])
        self._ledger.keep(BLANKS, answer["blanks"])
        self._ledger.keep(SESSIONS, answer["sessions"])
        self._keep_snapshot(answer["branch"], answer["catalogue"])


def job_name(branch: str, ticket: str) -> str:
    """The one print job of a ticket's first slip, as the server names it."""
    return f"slip-{branch}-{ticket}"


def watch_printer(
    link: Link, desk: PrintDesk, every_s: float, wait: Callable[[float], bool]
) -> None:
    """Ask the printer how it is, for ever; `wait` says when to end."""
    while True:
        state = desk.state()
        if state is not None and state != link.printer_state:
            link.printer_state = state
            link.nudge()
        if wait(every_s):
            return
