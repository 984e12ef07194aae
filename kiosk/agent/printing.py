"""One printer, one slip at a time, each sent once, whatever is asked twice or cut off in between."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from kiosk.agent.ledger import PRINTED, Ledger
from kiosk.printer import Printer
from kiosk.printer_error import PrinterError
from kiosk.slip import Slip, render

_log = logging.getLogger(__name__)

#: Before each new try when the printer took nothing; as long as the server's own worker waits.
_PAUSES_S: Final = (2.0, 4.0, 8.0)
_STATES: Final = frozenset({"ok", "paper_low", "paper_out", "cover_open", "offline", "unknown"})


class PrintDesk:
    """Prints for whoever asks: the server's jobs, and tickets given without it."""

    def __init__(
        self,
        printer: Printer,
        ledger: Ledger,
        now: Callable[[], datetime],
        *,
        pauses_s: tuple[float, ...] = _PAUSES_S,
    ) -> None:
        self._printer = printer
        self._ledger = ledger
        self._now = now
        self._pauses_s = pauses_s
        self._busy = threading.Lock()
        #: Called when a slip has come to its end.
        self.ended: Callable[[], None] = lambda: None

    @property
    def name(self) -> str:
        """What the log calls the printer."""
        return self._printer.name

    def settle_interrupted(self) -> None:
        """Slips that were at the printer when the power went: nobody knows what came out."""
        for job in self._ledger.unfinished():
            _log.warning("%s was cut off: unconfirmed", job.job)
            self._ledger.end(job.job, "unconfirmed")

    def print(self, job: str, ticket: str, slip: Mapping[str, Any]) -> str:
        """Print a slip unless it was begun before; returns what came of it."""
        with self._busy:
            if not self._ledger.begin(job, ticket, self._now().isoformat()):
                known = self._ledger.job(job)
                return known.code if known and known.code else "unconfirmed"
            try:
                code = self._try(job, slip)
            except Exception:
                # Whatever it was: a job without an end would never be told of.
                _log.exception("%s could not be printed", job)
                code = "nothing_sent"
            self._ledger.end(job, code)
        self.ended()
        return code

    def _try(self, job: str, slip: Mapping[str, Any]) -> str:
        image = render(Slip.from_json(slip), self._printer.width_dots)
        for pause in (*self._pauses_s, None):
            try:
                self._printer.print(job, image)
            except PrinterError as error:
                _log.warning("%s: %s", job, error)
                if error.code != "nothing_sent":
                    return error.code
            else:
                return PRINTED
            if pause is not None:
                time.sleep(pause)
        return "nothing_sent"

    def state(self) -> str | None:
        """How the printer is; None while it prints: it is not asked then."""
        if not self._busy.acquire(blocking=False):
            return None
        try:
            return self._printer.status()
        except PrinterError as error:
            return error.why if error.why in _STATES else "offline"
        finally:
            self._busy.release()
