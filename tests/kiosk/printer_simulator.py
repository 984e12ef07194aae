"""A network printer that can be in any state a real one was seen in."""

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_STATUS = {
    "ok": (0x12, 0x12, 0x12),
    "paper_low": (0x12, 0x12, 0x1E),
    "paper_out": (0x1A, 0x32, 0x7E),
    "cover_open": (0x1A, 0x16, 0x12),
    "offline": (0x1A, 0x12, 0x12),
}


class PrinterSimulator:
    """Listens on loopback. `state` is one of `_STATUS`, or a way to misbehave:

    `silent` answers nothing; `garbage` answers what no printer says; `unconfirmed` takes the slip and
    never says it is out; `vanishes` resets the connection in the middle of the slip.
    """

    def __init__(self, state: str = "ok") -> None:
        self.state = state
        self.slips: list[bytes] = []
        #: How often somebody asked how it is.
        self.asked = 0
        self._changes: list[tuple[int, str]] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self._socket.getsockname()[1]}"

    def state_after(self, conversations: int, state: str) -> None:
        """Be in another state after so many more conversations."""
        self._changes.append((self.asked + conversations, state))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A blocked accept returns when the socket is shut down, not when it is closed.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            with link, contextlib.suppress(OSError):
                self._converse(link)

    def _converse(self, link: socket.socket) -> None:
        slip = b""
        while received := link.recv(1 if not slip else 4096):
            slip += received
            if slip[:2] == b"\x10\x04" and len(slip) >= 3:
                self._answer(link, slip[2])
                slip = b""
            elif self.state == "vanishes" and len(slip) > 1_000:
                # A reset, as when the cable is pulled and the other end gives up.
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            elif slip.endswith(b"\x1dr\x01"):
                self.slips.append(slip[:-3])
                slip = b""
                if self.state != "unconfirmed":
                    link.sendall(b"\x00")
        if slip:
            self.slips.append(slip)

    def _answer(self, link: socket.socket, question: int) -> None:
        if question == 1:
            self.state = next((s for n, s in self._changes if n <= self.asked), self.state)
            self.asked += 1
        if self.state == "silent":
            return
        if self.state == "garbage":
            link.sendall(b"\xff")
            return
        place = {1: 0, 2: 1, 4: 2}[question]
        link.sendall(bytes([_STATUS.get(self.state, _STATUS["ok"])[place]]))
