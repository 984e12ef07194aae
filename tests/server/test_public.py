"""What strangers read: few people are not told apart, a reader costs no query, small counts are gone."""

import csv
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text
from werkzeug.test import TestResponse

from server import branches, visits
from server.app import create_app
from server.context import Context
from server.domain import commands as cmd
from server.domain.catalogue import Public
from server.open_data import COLUMNS, rows_of
from server.settings import Settings
from server.tally import Tally
from tests.server.office import BRANCH, NINE, A, B, Office, catalogue, installed

PATH = f"/api/v1/public/branches/{BRANCH}"
PAGE = f"/public/{BRANCH}"
SITE = "https://longbien.example.vn"
DAY = NINE.date().isoformat()


@dataclass
class Running:
    """An application and an office that writes into its database."""

    app: Flask
    office: Office
    context: Context

    def get(self, path: str, **headers: str) -> TestResponse:
        """One reader's request; a client of its own, as threads need one each."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client().get(path, headers=named)

    def pass_time(self, **by: float) -> None:
        """Move the server's clock and the office's."""
        self.office.now += timedelta(**by)
        self.context.clock.set(self.office.now)

    def configure(self, public: Public) -> None:
        """Apply a branch file with this `[public]`."""
        branches.apply(
            self.office.engine,
            replace(catalogue(), public=public),
            now=self.office.now,
            actor="test",
        )
        self.pass_time(seconds=16)


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Running]:
    with installed(database_url) as engine:
        settings = Settings(
            data=tmp_path,
            database_url=database_url,
            redis_url="redis://127.0.0.1:1/0",
            secret="s",
            clock="manual",
            clock_start=NINE.isoformat(),
        )
        app, _ = create_app(settings)
        context = app.extensions["motcua"]
        yield Running(app, Office(engine), context)
        context.relay.stop()
        context.engine.dispose()


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that readers send to the database; the relay polls beside them."""
    seen: list[str] = []
    here = threading.current_thread()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        thread = threading.current_thread()
        if thread is here or thread.name.startswith("reader"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_few_people_are_not_told_apart_and_the_wait_is_the_kiosk_s(running: Running) -> None:
    assert [f["wait"] for f in running.get(PATH).get_json()["fields"]] == [None, None]
    assert "chưa có quầy mở" in running.get(PAGE).text, "nothing is promised without a counter"
    running.pass_time(seconds=16)
    running.office.open(1)
    for _ in range(4):
        running.office.issue(A)
    for _ in range(6):
        running.office.issue(B)
    few, many = running.get(PATH).get_json()["fields"]
    assert (few["waiting"], few["fewer_than"]) == (None, 5)
    assert (many["waiting"], many["fewer_than"]) == (6, None)
    rows = running.context.snapshot(BRANCH, "kiosk")["tables"]["queues"]
    assert [few["wait"], many["wait"]] == [rows["A"]["quote"], rows["B"]["quote"]]
    assert many["wait"]["kind"] in ("range", "over")
    assert many["open_counters"] == 1
    page = running.get(PAGE).text
    assert "6 người đang chờ" in page
    assert "Dưới 5 người đang chờ" in page
    assert many["wait"]["short"]["vi"] in page
    assert many["wait"]["short"]["en"] in running.get(f"{PAGE}?language=en").text


def test_two_hundred_readers_cost_what_one_does(running: Running) -> None:
    running.office.open(1)
    running.get(PATH)
    running.pass_time(seconds=16)
    with counted(running.context.engine) as first:
        assert running.get(PATH).status_code == 200
    assert first
    running.pass_time(seconds=16)
    together = threading.Barrier(20)
    bodies: list[bytes] = []

    def read() -> None:
        together.wait(30)
        bodies.extend(running.get(PATH).data for _ in range(5))
        bodies.extend(running.get(PAGE).data for _ in range(5))

    threads = [threading.Thread(target=read, name=f"reader-{n}") for n in range(20)]
    with counted(running.context.engine) as seen:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(bodies) == 200
    # Once for the answer; the list of branches may have been due as well.
    assert len(seen) <= len(first) + 1
    with counted(running.context.engine) as again:
        running.get(PATH)
        running.get("/api/v1/public/branches/nobody")
        running.get("/public/somebody")
    assert again == []


def test_an_answer_is_kept_by_readers_and_made_anew_after_fifteen_seconds(running: Running) -> None:
    answer = running.get(PATH, Origin=SITE)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.cache_control.max_age == 15
    assert "stale-while-revalidate" in answer.headers["Cache-Control"]
    known = running.get(PATH, If_None_Match=answer.headers["ETag"])
    assert (known.status_code, known.data) == (304, b"")
    assert known.headers["Access-Control-Allow-Origin"] == "*"
    running.office.issue(A)
    assert running.get(PATH).data == answer.data
    running.pass_time(seconds=16)
    newer = running.get(PATH, If_None_Match=answer.headers["ETag"])
    assert newer.status_code == 200
    assert newer.get_json()["at"] > answer.get_json()["at"]


def test_only_the_listed_sites_frame_only_the_compact_page(running: Running) -> None:
    closed = "frame-ancestors 'none'"
    embedded = running.get(f"{PAGE}?embed=1")
    assert closed in embedded.headers["Content-Security-Policy"]
    running.configure(Public(frame=(SITE, "https://b.vn")))
    embedded = running.get(f"{PAGE}?embed=1")
    policy = embedded.headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {SITE} https://b.vn")
    assert "X-Frame-Options" not in embedded.headers
    for path in (PAGE, PATH, "/login", f"/kiosk/{BRANCH}?embed=1", "/public/nobody?embed=1"):
        answer = running.get(path)
        assert closed in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Frame-Options"] == "DENY", path
    # A branch may show nothing at all.
    running.configure(Public(page=False))
    for path in (PAGE, PATH, f"{PATH}/daily.csv", f"{PATH}/daily.json"):
        assert running.get(path).status_code == 404, path
        assert running.get(path.replace(BRANCH, "nobody")).status_code == 404, path


def test_while_the_database_is_away_the_last_answer_is_told_as_old(running: Running) -> None:
    if running.context.engine.dialect.name != "sqlite":
        pytest.skip("a table that is missing is no outage there")
    running.office.open(1)
    assert running.get(PATH).get_json()["fields"][0]["wait"]
    with running.office.engine.begin() as connection:
        connection.execute(text("ALTER TABLE branches RENAME TO away"))
    running.pass_time(seconds=20)
    old = running.get(PATH).get_json()
    assert old["is_stale"]
    assert old["fields"][0]["wait"], "what is twenty seconds old may still be told"
    running.pass_time(seconds=60)
    assert running.get(PATH).get_json()["fields"][0]["wait"] is None
    assert "Số liệu đã cũ" in running.get(PAGE).text
    with running.office.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO branches"))
    running.pass_time(seconds=6)
    assert not running.get(PATH).get_json()["is_stale"]


def test_an_address_that_asks_without_end_is_held_back(running: Running) -> None:
    answers = [running.get(f"{PATH}/daily.csv").status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert running.get(f"{PATH}/daily.csv").headers["Retry-After"]
    assert running.get(PATH).status_code == 200, "the waits have a count of their own"


# Open data -----------------------------------------------------------------------------------
def _a_day(running: Running) -> None:
    """Twenty-five of A, ten of them gone unserved; three of B; sealed on the next day."""
    office = running.office
    desk = office.open(1, "Nguyễn Thị Kín")
    issued = [office.issue(A) for _ in range(25)]
    for ticket in issued[:10]:
        office.do(cmd.CancelTicket, ticket=ticket["id"], code="citizen")
    for _ in range(15):
        office.serve(desk)
    for _ in range(3):
        office.issue(B)
    for _ in range(3):
        office.serve(desk)
    running.pass_time(days=1)
    assert visits.seal(office.engine, BRANCH, NINE.date(), office.now)


def test_daily_figures_of_a_sealed_day(running: Running) -> None:
    period = f"?from={DAY}&to={DAY}"
    assert running.get(f"{PATH}/daily.json{period}").get_json()["rows"] == []
    _a_day(running)
    answer = running.get(f"{PATH}/daily.csv?from={DAY}&to=2026-11-25")
    assert answer.content_type == "text/csv; charset=utf-8"
    heading, *lines = answer.text.splitlines()
    assert heading.startswith("# Motcua, ")
    assert "CC BY 4.0" in heading
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert list(rows[0]) == list(COLUMNS)
    assert [(r["field"], r["issued"], r["served"]) for r in rows] == [
        # Three of B are too few, and A would give them away: only the whole is told.
        ("A", "", ""), ("B", "", ""), ("*", "28", "18"),
    ]  # fmt: skip
    assert "Kín" not in answer.text
    assert f"{BRANCH}-1" not in answer.text
    known = running.get(
        f"{PATH}/daily.csv?from={DAY}&to=2026-11-25", If_None_Match=answer.headers["ETag"]
    )
    assert known.status_code == 304
    content = running.get(f"{PATH}/daily.json?from={DAY}&to=2026-11-25").get_json()
    assert content["rows"][-1]["issued"] == 28
    assert content["licence"] == "CC BY 4.0"
    for period in ("from=2026-11-25&to=2026-11-24", "from=2025-01-01&to=2026-01-02", "from=x"):
        answer = running.get(f"{PATH}/daily.json?{period}")
        assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_value"), period
    assert running.get(f"{PATH}/daily.json?from=2025-11-25&to=2026-11-24").status_code == 200


def test_a_day_with_many_is_told_whole() -> None:
    def tally(**more: int) -> Tally:
        n = {"issued": 60, "served": 45, "wait_n": 45, "within1": 25, "within1_n": 50}
        return Tally(n={**n, "level5": 12, "level2": 10, **more}, values={"wait": [60] * 45})

    one, other, whole = rows_of(NINE.date(), {"A": tally(), "B": tally(issued=61)}, catalogue())
    assert one == {
        "date": DAY, "field": "A", "name_vi": one["name_vi"], "name_en": one["name_en"],
        "issued": 60, "served": 45, "wait_median_s": 60, "within_target_share": 0.5,
        "ratings": 22, "satisfied_share": 0.55,
    }  # fmt: skip
    assert other["issued"] == 61
    assert (whole["field"], whole["issued"], whole["ratings"]) == ("*", 121, 44)


def test_nine_who_were_not_content_hide_the_share_of_both_fields() -> None:
    def tally(level2: int) -> Tally:
        n = {"issued": 90, "served": 70, "level5": 20, "level2": level2}
        return Tally(n=n, values={})

    rows = rows_of(NINE.date(), {"A": tally(9), "B": tally(30)}, catalogue())
    assert [row["satisfied_share"] for row in rows[:2]] == [None, None]
    assert rows[2]["satisfied_share"] == 0.51
    assert [row["ratings"] for row in rows] == [29, 50, 79]
