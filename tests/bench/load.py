"""A load client that costs little: one process, a thread and a kept connection per client.

`python -m tests.bench.load PORT[,PORT] CLIENTS SECONDS TOKEN PATH BODY [BODY ...]` posts the bodies in
turn and prints one JSON line: how many answers of each status, and every time in milliseconds.
With several PATHs joined by ',' client n posts to the n-th; TOKENs likewise.
"""

import json
import re
import socket
import sys
import threading
import time
import uuid
from collections import Counter

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Client:
    """One kept connection."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\n"
        )

    def post(self, body: str) -> tuple[int, bytes]:
        """Status and content."""
        content = body.encode()
        head = (
            f"{self._head}Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + content)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._socket.recv(65536)
        head_bytes, _, rest = received.partition(b"\r\n\r\n")
        found = _LENGTH.search(head_bytes)
        length = int(found[1]) if found else 0
        while len(rest) < length:
            rest += self._socket.recv(65536)
        return int(head_bytes[9:12]), rest


def run(
    ports: list[int], clients: int, seconds: float, tokens: list[str], paths: list[str],
    bodies: list[str],
) -> dict[str, object]:  # fmt: skip
    """Post from all clients at once for so long."""
    statuses: Counter[int] = Counter()
    times: list[float] = []
    numbers: list[str] = []
    start = threading.Barrier(clients)

    def one(n: int) -> None:
        branch = n % len(paths)
        client = Client(ports[n % len(ports)], paths[branch], tokens[branch])
        start.wait()
        until = time.perf_counter() + seconds
        k = n
        while time.perf_counter() < until:
            began = time.perf_counter()
            status, content = client.post(bodies[k % len(bodies)])
            times.append((time.perf_counter() - began) * 1000)
            statuses[status] += 1
            if status == 201:
                numbers.append(json.loads(content)["ticket"]["number"] + f"@{branch}")
            k += 1

    threads = [threading.Thread(target=one, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "statuses": statuses,
        "times_ms": times,
        "seconds": seconds,
        "twice": len(numbers) - len(set(numbers)),
    }


if __name__ == "__main__":
    _ports, _clients, _seconds, _tokens, _paths, *_bodies = sys.argv[1:]
    print(
        json.dumps(
            run(
                [int(p) for p in _ports.split(",")], int(_clients), float(_seconds),
                _tokens.split(","), _paths.split(","), _bodies,
            )
        )
    )  # fmt: skip
