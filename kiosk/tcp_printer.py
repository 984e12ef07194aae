"""A printer on the network (port 9100): asked before, told, and believed only when it confirms.

python-escpos sends and hopes: a printer that accepts the connection and never reads is "success" to
it, and a closed socket is "plenty of paper". So the bytes are its, the conversation is ours.
"""

import contextlib
import socket
from collections.abc import Iterator
from typing import Final

from kiosk.printer_error import PrinterError

_CONNECT_S: Final = 2.0
_STATUS_S: Final = 1.5
#: A slip takes a printer two to four seconds; its answer comes only after the last dot.
_CONFIRM_S: Final = 15.0

#: DLE EOT n: the printer answers at once, whatever it is doing.
_ASK: Final = {n: bytes((0x10, 0x04, n)) for n in (1, 2, 4)}
#: GS r 1: answered in turn, after everything before it has been worked through.
_CONFIRM: Final = b"\x1dr\x01"
_FIXED, _FIXED_VALUE = 0x93, 0x12
_OFFLINE, _COVER_OPEN, _PAPER_OUT, _PAPER_LOW = 0x08, 0x04, 0x60, 0x0C


class TcpPrinter:
    """One conversation. Some printers never answer: `asks=False` sends and hopes, as others do."""

    def __init__(self, host: str, port: int, *, asks: bool) -> None:
        self._address = (host, port)
        self._asks = asks

    def status(self) -> str:
        """`ok`, `paper_low`, or why it cannot print. Raises `PrinterError` when nobody answers."""
        with self._connected() as link:
            return self._status(link) if self._asks else "ok"

    def print(self, content: bytes) -> None:
        """Send a slip.

        Raises `PrinterError`: `nothing_sent`, or `unconfirmed` when it may have come out.
        """
        with self._connected() as link:
            if self._asks:
                found = self._status(link)
                if found not in ("ok", "paper_low"):
                    raise PrinterError("nothing_sent", found)
            try:
                link.settimeout(_CONFIRM_S)
                link.sendall(content)
                if self._asks:
                    link.sendall(_CONFIRM)
                    if not link.recv(1):
                        raise PrinterError("unconfirmed", "closed")
            except OSError as error:
                raise PrinterError("unconfirmed", str(error) or "no answer") from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        try:
            link = socket.create_connection(self._address, timeout=_CONNECT_S)
        except OSError as error:
            raise PrinterError("nothing_sent", str(error)) from error
        with link:
            yield link

    def _status(self, link: socket.socket) -> str:
        link.settimeout(_STATUS_S)
        answers: dict[int, int] = {}
        try:
            for n, question in _ASK.items():
                link.sendall(question)
                answer = link.recv(1)
                if not answer or answer[0] & _FIXED != _FIXED_VALUE:
                    raise PrinterError("nothing_sent", "no_answer")
                answers[n] = answer[0]
        except OSError as error:
            # With the cover open some say nothing at all: silence needs somebody to look.
            raise PrinterError("nothing_sent", "no_answer") from error
        if answers[2] & _COVER_OPEN:
            return "cover_open"
        if answers[4] & _PAPER_OUT:
            return "paper_out"
        if answers[1] & _OFFLINE:
            return "offline"
        return "paper_low" if answers[4] & _PAPER_LOW else "ok"
