"""What became of the reports that make themselves: a small file for each schedule and period."""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from server.domain.ids import BranchId
from server.domain.report_periods import ReportSchedule
from server.report_store import write_once, write_whole


class Mark(msgspec.Struct, kw_only=True):
    """What became of the report of one schedule and period."""

    slug: str
    #: The period's first day.
    start: str
    report: str
    asked_at: str
    #: How many visits of the period were known then.
    visits: int
    #: asked, sent, waiting (a new try comes), failed.
    state: str = "asked"
    reason: str = ""
    #: Who has it already: addresses, and the folder.
    given: tuple[str, ...] = ()
    failures: int = 0
    #: By the machine's clock, seconds.
    again_at: float = 0.0
    #: The same period for the second time.
    edition: int = 1


class Marks:
    """The marks of one schedule of a branch."""

    def __init__(self, data: Path, branch: BranchId, schedule: ReportSchedule) -> None:
        text = msgspec.json.encode(schedule)
        self.digest = hashlib.sha256(text).hexdigest()[:16]
        self.folder = data / "reports" / branch / "schedule" / self.digest

    def since(self, now: datetime) -> datetime:
        """When the schedule was first seen; now, if it never was."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "since"
        write_once(path, now.isoformat().encode())
        return datetime.fromisoformat(path.read_text())

    def find(self, slug: str) -> Mark | None:
        """The mark of a period, or None."""
        try:
            return msgspec.json.decode((self.folder / f"{slug}.json").read_bytes(), type=Mark)
        except FileNotFoundError:
            return None

    def put(self, mark: Mark) -> None:
        """Keep a mark."""

        def fill(path: Path) -> None:
            path.write_bytes(msgspec.json.encode(mark))

        write_whole(self.folder / f"{mark.slug}.json", fill)

    def newest(self) -> Mark | None:
        """The mark that was made last."""
        found = [self.find(path.stem) for path in self.folder.glob("[0-9]*.json")]
        return max((m for m in found if m), key=lambda m: m.asked_at, default=None)
