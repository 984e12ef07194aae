"""How long a question about years takes: one branch of five years, then a city and a country.

`BENCH_DAYS` days of the demo branch are simulated first (half an hour for five years), unless
`BENCH_FIGURES` names the SQLite file that an earlier run left.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, text

from server import branches, branchfile, database, figure_jobs, reports, satisfaction_report, tables
from server.domain.ids import BranchId
from server.simulate import history
from tests.live_office import BRANCH, DEMO_FILE

_NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
_TODAY = date(2026, 11, 27)
_DAYS = int(os.environ.get("BENCH_DAYS", "1826"))
_KEPT = os.environ.get("BENCH_FIGURES", "")
_RUNS = 7
_CITY, _COUNTRY = 126, 3_321


@dataclass(frozen=True)
class _Span:
    """A period that ends today."""

    name: str
    days: int


_SPANS = (_Span("a week", 7), _Span("a month", 30), _Span("6 months", 182), _Span("5 years", _DAYS))
_GROUPS = ("none", "month", "weekday", "hour", "queue", "counter", "officer", "channel", "cell")


@contextmanager
def _five_years() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        path = Path(_KEPT) if _KEPT else Path(folder) / "motcua.db"
        is_new = not path.exists()
        engine = database.connect(f"sqlite:///{path}")
        database.migrate(engine)
        if is_new:
            branches.apply(
                engine, branchfile.load(DEMO_FILE), now=_NOW - timedelta(days=_DAYS + 2),
                actor="job:bench",
            )  # fmt: skip
            catalogue = branches.require(engine, BRANCH)
            history.write(engine, catalogue, _DAYS, until=_NOW, seed=7, progress=lambda *_: None)
        began = time.perf_counter()
        sealed, _ = figure_jobs.seal_days(engine, BRANCH, _NOW)
        if sealed:
            spent = time.perf_counter() - began
            print(f"{sealed} days sealed: {1000 * spent / sealed:.0f} ms a day")
        yield engine
        engine.dispose()


def _median_ms(ask: Callable[[], Any]) -> float:
    """The median of some runs, ms; the first, which fills caches, is not counted."""
    ms = []
    for _ in range(_RUNS + 1):
        began = time.perf_counter()
        ask()
        ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(ms[1:])


def _question(days: int, by: str, *some: BranchId, **where: str) -> reports.Question:
    return reports.Question(
        branches=some or (BRANCH,),
        start=_TODAY - timedelta(days=days),
        end=_TODAY,
        by=by,
        where=where,
    )


def figures() -> None:
    """Every group over longer and longer periods, then over more and more branches."""
    with _five_years() as engine:
        _told_size(engine)
        for span in _SPANS:
            ms = {
                by: _median_ms(
                    lambda by=by, n=span.days: reports.answer(engine, _question(n, by), _NOW)  # type: ignore[misc]
                )
                for by in _GROUPS
            }
            ms["satisfaction"] = _median_ms(
                lambda n=span.days: satisfaction_report.satisfaction(  # type: ignore[misc]
                    engine, _question(n, "none"), _NOW
                )
            )
            said = ", ".join(f"{by} {spent:.0f}" for by, spent in ms.items())
            print(f"{span.name}: {said} ms")
        one = _median_ms(lambda: reports.answer(engine, _question(365, "hour", queue="C"), _NOW))
        print(f"a year of one queue by hour, every visit looked at: {one:.0f} ms")
        _many_branches(engine)


def _told_size(engine: Engine) -> None:
    with engine.connect() as connection:
        tickets = connection.scalar(select(func.count()).select_from(tables.tickets))
        events = connection.scalar(select(func.max(tables.branches.c.last_seq)))
        stored = connection.scalar(text("SELECT sum(length(tally)) FROM rollups"))
    print(f"{tickets:,} tickets, {events:,} events, {stored / 1e6:.0f} MB of sums")


def _many_branches(engine: Engine) -> None:
    """Last month's sums again under other names: what a city and a country would read."""
    last = _TODAY.replace(day=1) - timedelta(days=1)
    month = last.replace(day=1)
    _forget_copies(engine)
    with database.writing(engine) as connection:
        for table in ("branches", "catalogues", "policies"):
            _copy(connection, table, "")
        _copy(connection, "sealed_days", f"AND business_date BETWEEN '{month}' AND '{last}'")
        _copy(
            connection,
            "rollups",
            f"AND span = 'month' AND dimension = 'all' AND since = '{month}'",
        )
    try:
        for many in (1, _CITY, _COUNTRY):
            some = tuple(BranchId(f"bench-{n}") for n in range(many))
            question = reports.Question(branches=some, start=month, end=last, by="branch")
            ms = _median_ms(lambda q=question: reports.answer(engine, q, _NOW))  # type: ignore[misc]
            print(f"{many:,} branches, a month side by side: {ms:.0f} ms")
    finally:
        _forget_copies(engine)


def _forget_copies(engine: Engine) -> None:
    """Also those that an earlier run left, which was ended before its time."""
    with database.writing(engine) as connection:
        for table in ("rollups", "sealed_days", "policies", "catalogues", "branches"):
            column = "id" if table == "branches" else "branch_id"
            connection.execute(
                text(f"DELETE FROM {table} WHERE {column} LIKE 'bench-%'")  # noqa: S608 - our own names
            )


def _copy(connection: Any, table: str, condition: str) -> None:
    columns = [c.name for c in tables.metadata.tables[table].columns]
    key = "id" if table == "branches" else "branch_id"
    chosen = ", ".join("'bench-' || n.value" if c == key else f't."{c}"' for c in columns)
    names = ", ".join(f'"{c}"' for c in columns)
    connection.execute(
        text(
            f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} t, "  # noqa: S608 - names of our own
            f"(WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n "
            f"WHERE value < {_COUNTRY - 1}) SELECT value FROM n) n "
            f"WHERE t.{key} = '{BRANCH}' {condition}"
        )
    )
