"""A line between browsers and a server that a test can cut: it loses, keeps back or resets."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

_CHUNK: Final = 65_536
#: Closing sends a reset at once: the other end sees a broken line, not a farewell.
_RESET: Final = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Wire:
    """One connection through the line: both ends, and which of its two ways have lost bytes."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    broken: set[str] = field(default_factory=set)

    def reset(self) -> None:
        for end in (self.near, self.far):
            if not end.transport.is_closing():
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.transport.abort()


@dataclass(eq=False)
class CutProxy:
    """In front of the server at `port`; `base_url` is where the browsers find it."""

    port: int
    base_url: str = ""
    _lost: frozenset[str] = frozenset()
    _is_cut: bool = False
    _wires: set[_Wire] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _is_open: asyncio.Event = field(default_factory=asyncio.Event)

    def lose(self, way: str) -> None:
        """From now on `requests`, or `answers`, are swallowed, and nobody is told."""
        self._lost = frozenset({way})

    def hold(self) -> None:
        """From now on requests are kept back; `mend` delivers them."""
        self._do(self._is_open.clear)

    def cut(self) -> None:
        """Reset every connection, and each new one."""
        self._is_cut = True
        self._do(self._reset_all)

    def mend(self) -> None:
        """All is well again. A connection that lost bytes is no connection any more: it is reset."""
        self._is_cut, self._lost = False, frozenset()
        self._do(self._reset_broken)
        self._do(self._is_open.set)

    # In the thread of the loop ---------------------------------------------------------------
    def run(self) -> None:
        """Until `close`."""
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        # The streams need some turns of the loop to be gone for good.
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    async def start(self) -> asyncio.Server:
        """Listen at a free port."""
        self._is_open.set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    def close(self, server: asyncio.Server) -> None:
        """Reset what is left, and stop."""

        def stop() -> None:
            server.close()
            self._reset_all()
            self._loop.stop()

        self._do(stop)

    async def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            if self._is_cut:
                raise ConnectionRefusedError
            from_far, far = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            near.transport.abort()
            return
        wire = _Wire(near, far)
        self._wires.add(wire)
        try:
            await asyncio.gather(
                self._pump(wire, "requests", reader, far),
                self._pump(wire, "answers", from_far, near),
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._wires.discard(wire)
            wire.reset()

    async def _pump(
        self, wire: _Wire, way: str, source: asyncio.StreamReader, to: asyncio.StreamWriter
    ) -> None:
        while chunk := await source.read(_CHUNK):
            if way == "requests":
                await self._is_open.wait()
            # The rest of a stream with a hole in it would be noise.
            if way in self._lost or way in wire.broken:
                wire.broken.add(way)
                continue
            to.write(chunk)
            await to.drain()
        raise ConnectionResetError

    def _reset_all(self) -> None:
        for wire in list(self._wires):
            wire.reset()

    def _reset_broken(self) -> None:
        for wire in list(self._wires):
            if wire.broken:
                wire.reset()

    def _do(self, what: Callable[[], None]) -> None:
        """In the loop's thread, and done when this returns."""
        done = threading.Event()

        def and_tell() -> None:
            what()
            done.set()

        self._loop.call_soon_threadsafe(and_tell)
        assert done.wait(10), "the line does not answer"


@contextmanager
def line_to(base_url: str) -> Iterator[CutProxy]:
    """A line to the server at this address."""
    proxy = CutProxy(int(base_url.rsplit(":", 1)[1]))
    thread = threading.Thread(target=proxy.run, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(proxy.start(), proxy._loop).result(10)
    try:
        yield proxy
    finally:
        with contextlib.suppress(AssertionError):
            proxy.close(server)
        thread.join(timeout=10)
