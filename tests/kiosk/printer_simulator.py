"""A network printer that can be in any state a real one was seen in."""

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

_STATUS = {
    "ok": (0x12, 0x12, 0x12),
    "paper_low": (0x12, 0x12, 0x1E),
    "paper_out": (0x1A, 0x32, 0x7E),
    "cover_open": (0x1A, 0x16, 0x12),
    "offline": (0x1A, 0x12, 0x12),
}
#: Where a slip is cut in two: more than any question, less than any slip.
_HALF = 20_000


class PrinterSimulator:
    """Listens on loopback, one conversation at a time. `state` is one of `_STATUS`, or a misbehaviour.

    `silent` answers nothing; `garbage` answers what no printer says; `slow` takes `rate` bytes a second;
    `unconfirmed` takes the slip and never says it is out; `half_stalls` and `half_resets` take half of
    it, then read no more, or reset the connection; `runs_out` takes all of it, says nothing, and prints
    it once `paper_is_back`; `vanishes` resets the connection as soon as the slip begins.
    """

    def __init__(self, state: str = "ok") -> None:
        self.state = state
        self.rate = 2_000
        #: Whole slips on paper, in order.
        self.slips: list[bytes] = []
        #: What stands on paper of slips that never came whole.
        self.torn: list[bytes] = []
        #: How often somebody asked how it is.
        self.asked = 0
        self._held: list[bytes] = []
        self._changes: list[tuple[int, str]] = []
        self._closing = False
        self._listen(0)
        self._port = self._socket.getsockname()[1]

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    def state_after(self, conversations: int, state: str) -> None:
        """Be in another state after so many more conversations."""
        self._changes.append((self.asked + conversations, state))

    def paper_is_back(self) -> None:
        """Print what was held when the paper ended, as real ones do."""
        self.slips += self._held
        self._held.clear()
        self.state = "ok"

    def vanish(self) -> None:
        """Be switched off: nobody is at the address."""
        # A blocked accept returns when the socket is shut down, not when it is closed.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)

    def come_back(self) -> None:
        """Be switched on again, at the same address."""
        self._listen(self._port)
        self._thread.start()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        self.vanish()

    def _listen(self, port: int) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._serve, daemon=True)

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
        while received := self._take(link, 1 if not slip else 4096):
            slip += received
            if slip[:2] == b"\x10\x04" and len(slip) >= 3:
                self._answer(link, slip[2])
                slip = b""
            elif self._breaks_off(link, slip):
                return
            elif slip.endswith(b"\x1dr\x01"):
                self._finish(link, slip[:-3])
                slip = b""
        if slip:
            self.slips.append(slip)

    def _take(self, link: socket.socket, most: int) -> bytes:
        if self.state != "slow" or most == 1:
            return link.recv(most)
        time.sleep(0.05)
        return link.recv(max(1, self.rate // 20))

    def _breaks_off(self, link: socket.socket, slip: bytes) -> bool:
        """Whether the conversation ends here, with whatever is on paper."""
        if self.state == "half_stalls" and len(slip) > _HALF:
            while self.state == "half_stalls" and not self._closing:
                time.sleep(0.01)
        elif (self.state == "vanishes" and len(slip) > 1_000) or (
            self.state == "half_resets" and len(slip) > _HALF
        ):
            self._reset(link)
        else:
            return False
        self.torn.append(slip)
        return True

    def _reset(self, link: socket.socket) -> None:
        """As when the cable is pulled and the other end gives up."""
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _finish(self, link: socket.socket, slip: bytes) -> None:
        """All of a slip is here, and the question whether it is out."""
        if self.state == "runs_out":
            self._held.append(slip)
            return
        self.slips.append(slip)
        if self.state != "unconfirmed":
            link.sendall(b"\x00")

    def _answer(self, link: socket.socket, question: int) -> None:
        if question == 1:
            self.state = next((s for n, s in self._changes if n <= self.asked), self.state)
            self.asked += 1
        if self.state == "silent":
            return
        if self.state == "garbage":
            link.sendall(b"\xff")
            return
        # Once it holds a slip for want of paper it says so to whoever asks next.
        state = "paper_out" if self._held else self.state
        place = {1: 0, 2: 1, 4: 2}[question]
        link.sendall(bytes([_STATUS.get(state, _STATUS["ok"])[place]]))
