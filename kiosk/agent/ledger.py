"""What an agent must still know after a power cut: blocks, tickets it gave, slips it began.

One SQLite file. Whatever is acknowledged to a citizen or begun at the printer is on the disk first.
"""

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (id TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS issued (
    block TEXT NOT NULL, serial INTEGER NOT NULL, command_id TEXT NOT NULL UNIQUE,
    ticket TEXT NOT NULL UNIQUE, content TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'given',
    PRIMARY KEY (block, serial));
CREATE TABLE IF NOT EXISTS jobs (
    job TEXT PRIMARY KEY, ticket TEXT NOT NULL, begun_at TEXT NOT NULL,
    code TEXT, is_reported INTEGER NOT NULL DEFAULT 0);
"""

#: `code` of a slip that came out.
PRINTED: Final = "printed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A ticket given from a block. `state`: given, handed_in, or why the server refused it."""

    block: str
    serial: int
    ticket: str
    content: dict[str, Any]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A slip that was begun; `code` is None while nobody knows what came of it."""

    job: str
    ticket: str
    code: str | None


class Ledger:
    """The agent's file; may be used from any thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(folder / "agent.db", check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        with self._db:
            self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Nothing may be asked afterwards."""
        with self._lock:
            self._db.close()

    # Things kept ---------------------------------------------------------------------------
    def keep(self, key: str, content: Any) -> None:
        """Keep a JSON value under a key."""
        self._write("INSERT OR REPLACE INTO kept VALUES (?, ?)", key, json.dumps(content))

    def kept(self, key: str) -> Any:
        """The value kept under a key; None where there is none."""
        rows = self._read("SELECT content FROM kept WHERE key = ?", key)
        return json.loads(rows[0][0]) if rows else None

    # Blocks --------------------------------------------------------------------------------
    def keep_blocks(self, offers: Sequence[Mapping[str, Any]]) -> None:
        """These are the blocks that the server vouches for now; older ones are forgotten.

        A block whose tickets are still to be handed in stays: its signature goes with them.
        """
        ids = [str(offer["id"]) for offer in offers]
        with self._lock, self._db:
            marks = ",".join("?" * len(ids))
            self._db.execute(
                f"DELETE FROM blocks WHERE id NOT IN ({marks})"  # noqa: S608 - question marks only
                " AND id NOT IN (SELECT block FROM issued WHERE state = 'given')",
                ids,
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO blocks VALUES (?, ?)",
                [(str(offer["id"]), json.dumps(offer)) for offer in offers],
            )

    def blocks(self) -> list[dict[str, Any]]:
        """Every block held, oldest first."""
        return [json.loads(row[0]) for row in self._read("SELECT content FROM blocks ORDER BY id")]

    def given_of(self, block: str) -> set[int]:
        """The numbers of a block that were given."""
        rows = self._read("SELECT serial FROM issued WHERE block = ?", block)
        return {int(row[0]) for row in rows}

    # Tickets given -------------------------------------------------------------------------
    def give(self, given: Given, command_id: str) -> bool:
        """Put a ticket down as given; False when its number or its press was put down before."""
        try:
            self._write(
                "INSERT INTO issued (block, serial, command_id, ticket, content)"
                " VALUES (?, ?, ?, ?, ?)",
                given.block, given.serial, command_id, given.ticket, json.dumps(given.content),
            )  # fmt: skip
        except sqlite3.IntegrityError:
            return False
        return True

    def given_by(self, command_id: str) -> Given | None:
        """The ticket of a press."""
        return next(iter(self._given("WHERE command_id = ?", command_id)), None)

    def to_hand_in(self) -> list[Given]:
        """Tickets that the server has not heard of, in the order they were given."""
        return self._given("WHERE state = 'given' ORDER BY rowid")

    def settle(self, given: Given, state: str) -> None:
        """The server took the ticket (`handed_in`), or why it did not."""
        self._write(
            "UPDATE issued SET state = ? WHERE block = ? AND serial = ?",
            state, given.block, given.serial,
        )  # fmt: skip

    def _given(self, where: str, *values: Any) -> list[Given]:
        query = f"SELECT block, serial, ticket, content, state FROM issued {where}"  # noqa: S608 - ours
        return [
            Given(block=b, serial=n, ticket=t, content=json.loads(c), state=s)
            for b, n, t, c, s in self._read(query, *values)
        ]

    # Slips ---------------------------------------------------------------------------------
    def begin(self, job: str, ticket: str, at: str) -> bool:
        """Put a slip down as begun; False when it was begun before: it must not be sent twice."""
        statement = "INSERT OR IGNORE INTO jobs (job, ticket, begun_at) VALUES (?, ?, ?)"
        return bool(self._write(statement, job, ticket, at))

    def end(self, job: str, code: str) -> None:
        """What came of a slip: `PRINTED`, `nothing_sent` or `unconfirmed`."""
        self._write("UPDATE jobs SET code = ? WHERE job = ?", code, job)

    def job(self, job: str) -> Job | None:
        """A slip that was begun."""
        return next(iter(self._jobs("WHERE job = ?", job)), None)

    def unfinished(self) -> list[Job]:
        """Slips that were begun and never ended: the power went."""
        return self._jobs("WHERE code IS NULL")

    def unreported(self) -> list[Job]:
        """Slips whose end the server has not heard of."""
        return self._jobs("WHERE code IS NOT NULL AND NOT is_reported ORDER BY rowid")

    def report(self, job: str) -> None:
        """The server heard what came of a slip."""
        self._write("UPDATE jobs SET is_reported = 1 WHERE job = ?", job)

    def forget_before(self, at: str) -> None:
        """Drop what was settled before an instant (ISO 8601)."""
        self._write("DELETE FROM jobs WHERE is_reported AND begun_at < ?", at)
        self._write(
            "DELETE FROM issued WHERE state = 'handed_in'"
            " AND json_extract(content, '$.issued_at') < ?",
            at,
        )

    def _jobs(self, where: str, *values: Any) -> list[Job]:
        query = f"SELECT job, ticket, code FROM jobs {where}"  # noqa: S608 - ours
        return [Job(job=j, ticket=t, code=c) for j, t, c in self._read(query, *values)]

    def _read(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def _write(self, statement: str, *values: Any) -> int:
        with self._lock, self._db:
            return self._db.execute(statement, values).rowcount
