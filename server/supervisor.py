"""The single box: one process that starts the others, keeps them up and takes them along.

It starts the embedded Redis where no REDIS_URL is given, then every added command as a process of
its own. What dies is started again; stopping it stops all; killing it leaves nothing behind.
It does no work itself and is never patched by gevent.
"""

import json
import logging
import os
import resource
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from server import redis_server
from server.guardian import FolderLock, Guardian

log = logging.getLogger("motcua.supervisor")

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
#: A process that has run this long is well: its next death is answered quickly again.
HEALTHY_AFTER = 2.0
STOP_GRACE = 10.0
LOOK_EVERY = 0.1


@dataclass(slots=True, kw_only=True)
class Child:
    """One command that is to be running."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause: float = FIRST_PAUSE


class Supervisor:
    """Starts, watches and stops the processes of one machine."""

    def __init__(self, data_dir: Path, *, stop_grace: float = STOP_GRACE) -> None:
        self._data_dir = data_dir.resolve()
        self._stop_grace = stop_grace
        self._children: list[Child] = []
        self._redis: redis_server.RedisServer | None = None
        self._guardian: Guardian | None = None
        self._lock: FolderLock | None = None
        # No events: a signal may come while their own lock is held, and would wait for it for ever.
        self._is_asked_to_stop = False
        self._is_asked_to_hurry = False
        self._redis_url = os.environ.get("REDIS_URL", "")

    @property
    def redis_url(self) -> str:
        """Where the children find Redis; known once `start` has returned."""
        return self._redis_url

    def add(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Have a command running, with `env` on top of this process's environment."""
        if any(child.name == name for child in self._children):
            raise ValueError(f"There is already a process called {name}.")
        self._children.append(Child(name=name, argv=tuple(argv), env=dict(env or {})))

    def start(self) -> None:
        """Start Redis and every child. Refuses when the data folder is already in use."""
        raise_file_limit()
        self._lock = FolderLock(self._data_dir / "run" / "lock")
        try:
            if not self._redis_url:
                self._redis = redis_server.start(self._data_dir)
                self._redis_url = self._redis.url
            for child in self._children:
                self._launch(child)
        except BaseException:
            self.stop()
            raise
        self._write_pids()

    def run(self) -> None:
        """Start, watch until SIGTERM or SIGINT, stop. Call it on the main thread."""
        for asked in (signal.SIGTERM, signal.SIGINT):
            signal.signal(asked, self._on_signal)
        self.start()
        try:
            while not self._is_asked_to_stop:
                time.sleep(LOOK_EVERY)
                self.look()
        finally:
            self.stop()

    def look(self) -> None:
        """Notice who died, and start again whose pause is over."""
        changed = self._look_after_redis()
        if self._guardian is not None and not self._guardian.alive():
            # Processes cannot move to another guardian: they are ended here and start again.
            log.error("the guardian was killed; every process starts again under a new one")
            self._end_children()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._note_death(child)
                changed = True
            if child.process is None and time.monotonic() >= child.start_again_at:
                self._launch(child)
                changed = True
        if changed:
            self._write_pids()

    def stop(self) -> None:
        """End the children in reverse order, then Redis. Safe to call twice."""
        self._end_children()
        if self._guardian is not None:
            self._guardian.close()
            self._guardian = None
        if self._redis is not None:
            self._redis.stop()
            self._redis = None
        if self._lock is not None:
            (self._data_dir / "run" / "pids.json").unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def request_stop(self) -> None:
        """Ask `run` to return; asked twice, it no longer waits for anyone."""
        self._is_asked_to_hurry = self._is_asked_to_stop
        self._is_asked_to_stop = True

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.request_stop()

    def _look_after_redis(self) -> bool:
        if self._redis is None or self._redis.alive():
            return False
        log.error("the embedded Redis ended; starting it again on the same data")
        try:
            self._redis.launch()
        except redis_server.RedisUnavailable:
            # The next look tries again: giving up would take every screen down with the queue.
            log.exception("the embedded Redis did not come back yet")
        return True

    def _launch(self, child: Child) -> None:
        if self._guardian is None or not self._guardian.alive():
            if self._guardian is not None:
                self._guardian.close()
            self._guardian = Guardian(keeps=self._kept_until_all_have_gone())
        settings = {"REDIS_URL": self._redis_url, "MOTCUA_DATA": str(self._data_dir)}
        child.started_at = time.monotonic()
        try:
            child.process = self._guardian.spawn(
                child.argv, env={**os.environ, **settings, **child.env}
            )
        except OSError as error:
            self._plan_again(child, f"could not be started ({error})")

    def _kept_until_all_have_gone(self) -> list[int]:
        kept = []
        if self._lock is not None:
            # The next start waits until nothing of a killed one still writes to the folder.
            kept.append(self._lock.descriptor)
        if self._redis is not None:
            # Redis's own guardian waits for the children's: after a kill Redis is the last to go.
            kept.append(self._redis.guardian.alive_end)
        return kept

    def _note_death(self, child: Child) -> None:
        status = child.process.returncode if child.process is not None else None
        child.process = None
        if time.monotonic() - child.started_at >= HEALTHY_AFTER:
            child.pause = FIRST_PAUSE
        self._plan_again(child, f"ended with status {status}")

    def _plan_again(self, child: Child, what: str) -> None:
        log.warning("%s %s; starting it again in %.1f s", child.name, what, child.pause)
        child.start_again_at = time.monotonic() + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _end_children(self) -> None:
        for child in reversed(self._children):
            process, child.process = child.process, None
            if process is None:
                continue
            if process.poll() is None:
                process.terminate()
            deadline = time.monotonic() + self._stop_grace
            while process.poll() is None:
                if time.monotonic() > deadline or self._is_asked_to_hurry:
                    log.warning("%s did not stop in time and is killed", child.name)
                    process.kill()
                    process.wait()
                time.sleep(0.01)

    def _write_pids(self) -> None:
        pids = {"supervisor": os.getpid()}
        if self._guardian is not None:
            pids["guardian"] = self._guardian.pid
        if self._redis is not None and self._redis.alive():
            pids["redis"] = self._redis.pid
            pids["redis_guardian"] = self._redis.guardian.pid
        pids |= {child.name: child.process.pid for child in self._children if child.process}
        path = self._data_dir / "run" / "pids.json"
        fresh = path.with_suffix(".fresh")
        fresh.write_text(json.dumps(pids, indent=1) + "\n", encoding="utf-8")
        # Whoever reads it gets the old list or the new one, never half of one.
        fresh.replace(path)


def raise_file_limit() -> None:
    """Let this process and its children open as many files as the machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        # macOS says "unlimited" and then refuses it.
        log.warning("the limit of open files could not be raised")
