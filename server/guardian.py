"""Processes that cannot outlive their owner, and folders that only one owner may hold.

Every process spawned through a `Guardian` joins the guardian's process group before its program
starts. The guardian ends that group when the owner's end of a pipe closes. The owner's end is
closed on exec, so a process caught between fork and exec still counts as "owner alive": there is
no instant at which a started process can be missed. This needs nothing of Linux alone.
"""

import contextlib
import fcntl
import os
import pwd
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

#: How long processes get between SIGTERM and SIGKILL once their owner is gone.
ORPHAN_GRACE = 4.0
#: How long a start waits for the remains of an owner that was killed.
REMAINS_PATIENCE = 15.0


class FolderInUse(RuntimeError):
    """Another Motcua is already running on this folder."""


class Guardian:
    """A tiny process that ends a group of processes when its owner dies."""

    def __init__(self, *, keeps: Sequence[int] = (), grace: float = ORPHAN_GRACE) -> None:
        """`keeps` are descriptors that stay open until the last process of the group has gone."""
        alive_read, self.alive_end = os.pipe()
        lives_read, self._lives_end = os.pipe()
        script = str(Path(__file__).with_name("child.py"))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", script, str(alive_read), str(lives_read), str(grace)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(alive_read, lives_read, *keeps),
                process_group=0,
            )
        except BaseException:
            os.close(self.alive_end)
            os.close(self._lives_end)
            raise
        finally:
            os.close(alive_read)
            os.close(lives_read)

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def spawn(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keeps: Sequence[int] = (),
        output: int | IO[bytes] | None = None,
        user: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a process that ends when the owner does; `user` needs root."""
        return subprocess.Popen(
            list(argv),
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            pass_fds=(self._lives_end, *keeps),
            process_group=self.pid,
            user=user,
            group=None if user is None else pwd.getpwuid(user).pw_gid,
            extra_groups=None if user is None else [],
        )

    def close(self) -> None:
        """End what is left of the group, and the guardian."""
        for end in (self.alive_end, self._lives_end):
            with contextlib.suppress(OSError):
                os.close(end)
        self._process.wait()


class FolderLock:
    """One owner per folder, for as long as any process holds the inherited descriptor."""

    def __init__(self, path: Path, *, patience: float = REMAINS_PATIENCE) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take(patience)
        except BaseException:
            os.close(self.descriptor)
            raise
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)

    def _take(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = self._owner()
                # A living owner will not go by waiting; what a dead one left is about to end.
                if time.monotonic() > deadline or (owner is not None and _exists(owner)):
                    raise FolderInUse(
                        f"Another Motcua is already running on the folder {self._path.parent}"
                        f" (process {owner or 'unknown'}). Stop it first, or choose another"
                        " folder with MOTCUA_DATA."
                    ) from None
                time.sleep(0.05)
            else:
                return

    def _owner(self) -> int | None:
        text = os.pread(self.descriptor, 32, 0).decode(errors="replace").strip()
        return int(text) if text.isdigit() else None

    def release(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.descriptor)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
