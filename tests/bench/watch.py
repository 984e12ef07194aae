"""Many screens in one small process: `python -m tests.bench.watch PORT NAMESPACE MANY TOKEN ...`.

Prints `ready` when every one has its snapshot, then for each change `SEQ TIME` when the last of them
has it (`time.monotonic()`, which all processes of a machine share). Answers the server's pings. Ends
with its parent, or after ten minutes.
"""

import base64
import json
import os
import re
import resource
import selectors
import socket
import sys
import time

_SEQ = re.compile(rb'"seq":(\d+)')
_MASK = b"\0\0\0\0"


class Screen:
    """One websocket connection that speaks Engine.IO 4 and Socket.IO 5."""

    def __init__(self, port: int, namespace: str, token: str) -> None:
        self._head = f"42{namespace},".encode()
        self._namespace = namespace
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._buffer = b""
        self._token = token
        self.has_snapshot = False
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += self.socket.recv(4096)
        self._buffer = self._buffer.partition(b"\r\n\r\n")[2]
        self.seqs(b"")
        self.socket.setblocking(False)

    def _send(self, text: str) -> None:
        content = text.encode()
        short = len(content) < 126
        length = (
            bytes([0x80 | len(content)]) if short else b"\xfe" + len(content).to_bytes(2, "big")
        )
        self.socket.sendall(b"\x81" + length + _MASK + content)

    def seqs(self, received: bytes) -> list[int]:
        """Take what came; returns the seqs of the changes in it."""
        self._buffer += received
        found: list[int] = []
        while (frame := self._frame()) is not None:
            if frame.startswith(b"0"):
                self._send(f"40{self._namespace}," + json.dumps({"token": self._token}))
            elif frame == b"2":
                self._send("3")
            elif frame.startswith(self._head + b'["snapshot"'):
                self.has_snapshot = True
            elif frame.startswith(self._head + b'["change"') and (seq := _SEQ.search(frame)):
                found.append(int(seq[1]))
        return found

    def _frame(self) -> bytes | None:
        data = self._buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            if len(data) < 2 + wide:
                return None
            size, at = int.from_bytes(data[2 : 2 + wide], "big"), 2 + wide
        if len(data) < at + size:
            return None
        self._buffer = data[at + size :]
        return data[at : at + size]


def watch(port: int, namespace: str, many: int, tokens: list[str]) -> None:
    """Connect all, with the tokens in turn, then follow."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    ready = selectors.DefaultSelector()
    screens = []
    missing: dict[int, int] = {}
    until = time.monotonic() + 600
    parent = os.getppid()
    while time.monotonic() < until and os.getppid() == parent:
        if len(screens) < many:
            for _ in range(min(20, many - len(screens))):
                screen = Screen(port, namespace, tokens[len(screens) % len(tokens)])
                ready.register(screen.socket, selectors.EVENT_READ, screen)
                screens.append(screen)
            announced = False
        elif not announced and all(s.has_snapshot for s in screens):
            announced = True
            print("ready", flush=True)
        for key, _ in ready.select(timeout=0.2 if len(screens) == many else 0.001):
            received = key.data.socket.recv(1 << 18)
            if not received:
                raise SystemExit("a screen was cut")
            for seq in key.data.seqs(received):
                left = missing[seq] = missing.get(seq, many) - 1
                if left == 0:
                    del missing[seq]
                    print(seq, time.monotonic(), flush=True)


if __name__ == "__main__":
    watch(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:])
