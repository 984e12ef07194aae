"""Reports on the disk: what was asked for, how far it is, and its files. Whole or not there.

Each report has a folder `reports/<branch>/<id>` in the data folder. A file is written beside its
place and then renamed, so that a worker may be killed at any moment.
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from server.domain.errors import IdempotencyConflict, Refused
from server.domain.ids import BranchId
from server.domain.report_periods import Format, Kind, Period, period_of

#: So long a report is kept after it was made.
KEPT: Final = timedelta(days=30)
_ID: Final = re.compile(r"[a-z]+-[0-9W Q-]{4,10}-[0-9a-f]{12}")
STATE: Final = "state.json"
_KEYS: Final = "keys"


class UnknownReport(Refused):
    """There is no such report here, or it was cleared away."""

    code = "unknown_report"
    status = 404


class ReportNotReady(Refused):
    """It is being made, or could not be."""

    code = "report_not_ready"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which report somebody wants."""

    kind: Kind
    #: Any day of the period.
    day: date
    language: str
    formats: tuple[Format, ...]

    @property
    def period(self) -> Period:
        """Which days it is about."""
        return period_of(self.kind, self.day)


class State(msgspec.Struct, kw_only=True):
    """How far a report is. Instants are ISO 8601."""

    id: str
    kind: Kind
    start: str
    end: str
    language: str
    formats: tuple[Format, ...]
    asked_at: str
    asked_by: str
    #: queued, working, ready, failed.
    state: str = "queued"
    done: int = 0
    total: int = 1
    #: Why it failed: a code with a sentence of its own.
    reason: str = ""
    made_at: str = ""
    #: Names its next job; counts up with every slice.
    turn: int = 0
    #: How often its worker was lost.
    tries: int = 0
    #: How often somebody came while the answers were asked, so that they were asked again.
    laps: int = 0

    @property
    def period(self) -> Period:
        """Which days it is about."""
        return Period(self.kind, date.fromisoformat(self.start), date.fromisoformat(self.end))

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done for it by itself."""
        return self.state in ("ready", "failed")


class Store:
    """The reports of one branch."""

    def __init__(self, data: Path, branch: BranchId) -> None:
        self._root = data / "reports" / branch

    def id_of(self, wanted: Wanted, last_seq: int) -> str:
        """The one report of this period up to this event, in this language and these formats."""
        period = wanted.period
        text = "|".join((wanted.language, *sorted(wanted.formats), str(last_seq)))
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        return f"{wanted.kind.value}-{period.slug}-{key}"

    def folder(self, report: str) -> Path:
        """Where a report lies. Raises `UnknownReport` for what is no id of one."""
        if not _ID.fullmatch(report):
            raise UnknownReport(report=report[:60])
        return self._root / report

    def state(self, report: str) -> State:
        """How far it is. Raises `UnknownReport`."""
        try:
            text = (self.folder(report) / STATE).read_bytes()
        except OSError as error:
            raise UnknownReport(report=report) from error
        return msgspec.json.decode(text, type=State)

    def find(self, report: str) -> State | None:
        """The same, or None."""
        with contextlib.suppress(UnknownReport):
            return self.state(report)
        return None

    def put(self, state: State) -> None:
        """Keep how far a report is."""
        folder = self.folder(state.id)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / STATE, lambda path: _bytes(path, msgspec.json.encode(state)))

    def all(self) -> list[State]:
        """Every report there is, the one asked for last first."""
        if not self._root.is_dir():
            return []
        found = (self.find(f.name) for f in self._root.iterdir() if _ID.fullmatch(f.name))
        return sorted((s for s in found if s), key=lambda s: s.asked_at, reverse=True)

    def file(self, report: str, kind: Format) -> Path:
        """The finished file. Raises `UnknownReport` and `ReportNotReady`."""
        state = self.state(report)
        if state.state != "ready":
            raise ReportNotReady(report=report)
        path = self.folder(report) / f"report.{kind.value}"
        if kind not in state.formats or not path.is_file():
            raise UnknownReport(report=report)
        return path

    def answered(self, key: str, content: str, report: str) -> str:
        """Which report this key was answered with: the one of the first time.

        Raises `IdempotencyConflict` when the key was used for something else.
        """
        folder = self._root / _KEYS
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / hashlib.sha256(key.encode()).hexdigest()[:32]
        digest = hashlib.sha256(content.encode()).hexdigest()
        write_once(path, f"{digest} {report}".encode())
        known, first = path.read_text().split(" ")
        if known != digest:
            raise IdempotencyConflict
        return first

    def clear(self, now: datetime) -> int:
        """Delete what nobody has asked for since `KEPT`, by the machine's clock; how many reports."""
        before = (now - KEPT).timestamp()
        gone = 0
        if not self._root.is_dir():
            return 0
        for path in [*self._root.iterdir(), *self._root.glob(f"{_KEYS}/*")]:
            mark = path / STATE if _ID.fullmatch(path.name) else path
            if path.name == _KEYS or (path.is_dir() and mark == path) or not path.exists():
                continue
            if (mark if mark.exists() else path).stat().st_mtime < before:
                gone += path.is_dir()
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return gone


def write_whole(path: Path, fill: Callable[[Path], None]) -> None:
    """Let `fill` write beside `path`, then put it in its place: whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fill(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_once(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet; whether it was not."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    _bytes(part, content)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def forget_parts(folder: Path) -> None:
    """Delete what a killed worker left half written."""
    for part in folder.glob(".*"):
        part.unlink(missing_ok=True)


def _bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)
