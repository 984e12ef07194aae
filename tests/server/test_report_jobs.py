"""Reports made by real RQ workers, killed among them, and sent on schedule to a real mail server."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from aiosmtpd.controller import Controller
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from server import audit, branches, database, report_jobs
from server.clock import Clock
from server.domain import commands as cmd
from server.domain.errors import IdempotencyConflict
from server.domain.report_periods import Format, Kind, ReportSchedule, period_of
from server.report import material
from server.report_keeper import shown
from server.report_store import KEPT, Store, UnknownReport, Wanted
from server.settings import Settings
from tests.live_office import free_port
from tests.server.office import BRANCH, NINE, A, Office, catalogue
from tests.server.post import Post
from tests.server.report_days import Days, work

LATER = NINE + timedelta(days=3)
DAY = NINE.astimezone(UTC).date()
WANTED = Wanted(
    kind=Kind.DAY, day=DAY, language="vi", formats=(Format.PDF, Format.CSV, Format.JSON)
)


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """On SQLite, but for the test that asks for both databases."""
    data = tmp_path / "data"
    data.mkdir()
    database_url = f"sqlite:///{tmp_path / 'reports.db'}"
    if "database_url" in request.fixturenames:
        database_url = request.getfixturevalue("database_url")
    told = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "MOTCUA_DATA": str(data)}
    for name, value in {**told, "MOTCUA_VOICE_BUILD": "false"}.items():
        monkeypatch.setenv(name, value)
    return Settings(data=data, database_url=database_url, redis_url=redis_url, voice_build=False)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = database.connect(settings.database)
    database.migrate(made)
    branches.apply(made, catalogue(), now=NINE, actor="job:test")
    office = Office(made)
    for _ in range(3):
        office.issue()
    yield made
    made.dispose()


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url) as connection:
        yield connection


def one_more(engine: Engine, now: datetime = NINE) -> None:
    """Another person takes a number."""
    Office(engine, now=now).execute(cmd.IssueTicket, key=f"more-{uuid.uuid4()}", queue=A)


def ask(settings: Settings, engine: Engine, redis: "Redis", **more: Any) -> Any:
    options = {"now": LATER, "by": "manager:quanly", **more}
    wanted = options.pop("wanted", WANTED)
    return report_jobs.ask(settings.data, redis, engine, BRANCH, wanted, **options)


def test_a_report_is_made_once_however_often_it_is_asked_for(
    database_url: str, settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    assert settings.database == database_url
    first = ask(settings, engine, redis)
    assert (first.state, first.done, first.total) == ("queued", 0, 13)
    assert ask(settings, engine, redis).id == first.id
    waiting = Queue(report_jobs.QUEUE, connection=redis, serializer=JSONSerializer)
    assert len(waiting.job_ids) == 1
    work(redis)
    store = Store(settings.data, BRANCH)
    state = store.state(first.id)
    assert (state.state, state.done) == ("ready", 13)
    made_at = store.file(first.id, Format.PDF).stat().st_mtime_ns
    assert (
        "lấy số 3 lượt" in pypdf.PdfReader(store.file(first.id, Format.PDF)).pages[0].extract_text()
    )
    assert ask(settings, engine, redis).state == "ready"
    work(redis)
    assert store.file(first.id, Format.PDF).stat().st_mtime_ns == made_at
    assert b'"figures"' in store.file(first.id, Format.JSON).read_bytes()
    # What the steps left behind is gone; another branch has no such report.
    names = sorted(path.name for path in store.folder(first.id).iterdir())
    assert names == ["report.csv", "report.json", "report.pdf", "state.json"]
    with pytest.raises(UnknownReport):
        Store(settings.data, branches.BranchId("khac")).state(first.id)
    for evil in ("../../secret", "day-2026-11-24-000000000000/../x", ".."):
        with pytest.raises(UnknownReport):
            store.state(evil)


def test_a_key_always_gets_the_same_report(
    settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    running = Wanted(kind=Kind.MONTH, day=DAY, language="vi", formats=(Format.CSV,))
    first = ask(settings, engine, redis, wanted=running, key="k", now=NINE)
    one_more(engine)
    assert ask(settings, engine, redis, wanted=running, key="k", now=NINE).id == first.id
    assert ask(settings, engine, redis, wanted=running, key="other", now=NINE).id != first.id
    with pytest.raises(IdempotencyConflict):
        ask(settings, engine, redis, wanted=WANTED, key="k")


def test_news_of_the_period_make_another_report(
    settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    first = ask(settings, engine, redis)
    one_more(engine)
    assert ask(settings, engine, redis).id != first.id
    work(redis)
    states = Store(settings.data, BRANCH).all()
    assert [state.state for state in states] == ["ready", "ready"]


def test_a_file_that_cannot_be_written_is_told_and_made_on_the_next_try(
    settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    asked = ask(settings, engine, redis)
    store = Store(settings.data, BRANCH)
    blocked = store.folder(asked.id) / "report.pdf"
    blocked.mkdir()
    work(redis)
    assert (store.state(asked.id).state, store.state(asked.id).reason) == ("failed", "disk")
    blocked.rmdir()
    assert ask(settings, engine, redis).state == "queued"
    work(redis)
    assert store.state(asked.id).state == "ready"


@contextmanager
def a_worker() -> Iterator[subprocess.Popen[bytes]]:
    """The worker as it runs in an installation."""
    command = [sys.executable, "-m", "server", "worker"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until(wanted: Any, within_s: float = 40) -> None:
    end = time.monotonic() + within_s
    while not wanted():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_a_worker_killed_half_way_leaves_no_half_file_and_the_next_goes_on(
    settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    asked = ask(settings, engine, redis)
    store = Store(settings.data, BRANCH)
    with a_worker() as first:
        _until(lambda: store.state(asked.id).done >= 10)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    half = store.state(asked.id)
    folder = store.folder(asked.id)
    # Whatever stands under a report's name is whole, whenever the kill came.
    if (folder / "report.pdf").exists():
        assert len(pypdf.PdfReader(folder / "report.pdf").pages) > 1
    assert half.state == "working"
    # The job looks as if it ran; a new worker knows better, and so does the relay's look.
    with a_worker():
        time.sleep(1)
        _until(lambda: report_jobs.recover(settings.data, redis, engine, silent=timedelta(0)) or
               store.state(asked.id).is_over)  # fmt: skip
        _until(lambda: store.state(asked.id).is_over)
    assert store.state(asked.id).state == "ready"
    assert not list(folder.glob(".*"))
    assert len(pypdf.PdfReader(store.file(asked.id, Format.PDF)).pages) > 1


def test_one_that_no_worker_survives_is_told_as_failed(
    settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    asked = ask(settings, engine, redis)
    for _ in range(4):
        redis.flushall()  # the job is lost with Redis each time
        report_jobs.recover(settings.data, redis, engine, silent=timedelta(0))
    state = Store(settings.data, BRANCH).state(asked.id)
    assert (state.state, state.reason) == ("failed", "worker")


def test_old_reports_are_cleared_and_young_ones_kept(
    settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    old = ask(settings, engine, redis, key="a")
    one_more(engine)
    young = ask(settings, engine, redis, key="b")
    store = Store(settings.data, BRANCH)
    past = (Clock().now() - KEPT - timedelta(hours=1)).timestamp()
    os.utime(store.folder(old.id) / "state.json", (past, past))
    assert store.clear(Clock().now()) == 1
    assert [state.id for state in store.all()] == [young.id]


# Schedules -------------------------------------------------------------------------------------
MAIL = "lanh-dao@motcua.example"
EVERY_DAY = ReportSchedule(
    period=Kind.DAY, formats=(Format.CSV,), to=(MAIL,), folder="ngay", language="vi"
)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    port, handler = free_port(), Post()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("MOTCUA_SMTP", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("MOTCUA_SMTP_FROM", "motcua@motcua.example")
    yield handler
    server.stop()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days after the first, local time."""
    zone = catalogue().zone
    local = NINE.astimezone(zone) + timedelta(days=day)
    return local.replace(hour=hour, minute=minute).astimezone(UTC)


def test_a_schedule_runs_once_for_each_period_whatever_the_clock_and_the_process_do(
    settings: Settings, engine: Engine, redis: "Redis", post: Post
) -> None:
    days = Days(settings, engine, redis, EVERY_DAY)
    days.pass_to(at(0, 9))
    days.pass_to(at(1, 6, 59))
    assert post.got == []
    days.pass_to(at(1, 7, 0))
    assert [message["To"] for message in post.got] == [MAIL]
    name = f"Báo cáo_{catalogue().name.vi}_{DAY}.csv"
    assert (settings.data / "exports" / "ngay" / name).is_file()
    [attached] = list(post.got[0].iter_attachments())
    assert attached.get_filename() == name
    assert attached.get_content_type() == "text/csv"
    assert str(DAY.day) in post.got[0]["Subject"]
    # A restart, a clock set back and forth, and every look in between: nobody hears of it again.
    days.keeper = days.another()
    for now in (at(1, 7, 1), at(0, 12), at(1, 6), at(1, 23, 59)):
        days.pass_to(now)
    assert len(post.got) == 1
    # The machine was off for two days: each of them is made up for, once.
    one_more(engine, at(3, 9))
    days.pass_to(at(3, 12))
    days.pass_to(at(3, 13))
    assert len(post.got) == 3
    assert len({message["Message-ID"] for message in post.got}) == 3
    found = shown(settings.data, BRANCH, (EVERY_DAY,), days.now, catalogue().zone)
    assert found[0]["last"]["state"] == "sent"
    assert found[0]["next_at"].startswith(str(at(4, 7).astimezone(catalogue().zone).date()))
    told = audit.lines(engine, BRANCH, action="reports.sent")
    assert len(told) == 6
    assert {line["outcome"] for line in told} == {"ok"}


def test_a_report_made_too_early_by_a_wrong_clock_is_made_again(
    settings: Settings, engine: Engine, redis: "Redis", post: Post
) -> None:
    days = Days(settings, engine, redis, EVERY_DAY)
    days.pass_to(at(0, 9))
    days.pass_to(at(1, 8))  # it was still the first day
    one_more(engine, at(0, 10))
    days.pass_to(at(0, 11))
    assert len(post.got) == 1
    days.pass_to(at(1, 9))
    assert len(post.got) == 2
    days.pass_to(at(1, 10))
    assert len(post.got) == 2


def test_a_schedule_that_is_new_sends_nothing_of_the_past(
    settings: Settings, engine: Engine, redis: "Redis", post: Post
) -> None:
    days = Days(settings, engine, redis, EVERY_DAY)
    days.pass_to(at(5, 12))
    assert post.got == []


def test_a_mail_server_that_refuses_is_tried_again_and_told(
    settings: Settings, engine: Engine, redis: "Redis", post: Post
) -> None:
    days = Days(settings, engine, redis, EVERY_DAY)
    days.pass_to(at(0, 9))
    post.is_well = False
    days.pass_to(at(1, 8))
    slug = period_of(Kind.DAY, DAY).slug
    mark = days.marks.find(slug)
    assert mark is not None
    assert (mark.state, mark.failures, mark.given) == ("waiting", 1, ("exports/ngay",))
    assert "later" in mark.reason
    post.is_well = True
    days.pass_to(at(1, 9))  # not before its pause is over
    assert post.got == []
    mark.again_at = 0
    days.marks.put(mark)
    days.pass_to(at(1, 10))
    assert len(post.got) == 1
    after = days.marks.find(slug)
    assert after is not None
    assert (after.state, after.reason) == ("sent", "")
    assert {line["outcome"] for line in audit.lines(engine, BRANCH, action="reports.sent")} == {
        "ok", "failed",
    }  # fmt: skip


def test_without_a_mail_server_the_page_says_so(
    settings: Settings, engine: Engine, redis: "Redis"
) -> None:
    days = Days(settings, engine, redis, replace(EVERY_DAY, folder=""))
    days.pass_to(at(0, 9))
    days.pass_to(at(1, 8))
    mark = days.marks.find(period_of(Kind.DAY, DAY).slug)
    assert mark is not None
    assert (mark.state, mark.reason) == ("waiting", "no_smtp")


def test_a_monthly_report_is_due_on_its_day() -> None:
    zone = catalogue().zone
    monthly = ReportSchedule(period=Kind.MONTH, day=2, folder="x")
    october = period_of(Kind.MONTH, date(2026, 10, 1))
    due = monthly.due(october, zone)
    assert due.isoformat() == "2026-11-02T07:00:00+07:00"
    assert monthly.last_due(due, zone) == october
    assert monthly.last_due(due - timedelta(seconds=1), zone) == october.before
    assert list(monthly.due_since(due - timedelta(days=40), due, zone)) == [october, october.before]


def test_figures_that_moved_while_they_were_asked_are_asked_again(
    settings: Settings, engine: Engine, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A total must not differ from the sum of its own parts because somebody came in between."""
    fill, came = material.fill, iter(range(2))

    def disturbed(on: Engine, made: material.Material, part: str) -> None:
        fill(on, made, part)
        if part == "hour" and next(came, None) is not None:
            one_more(engine)

    monkeypatch.setattr(material, "fill", disturbed)
    asked = ask(settings, engine, redis, now=NINE)
    work(redis)
    store = Store(settings.data, BRANCH)
    assert (store.state(asked.id).state, store.state(asked.id).laps) == ("ready", 2)
    rows = store.file(asked.id, Format.CSV).read_text("utf-8-sig").splitlines()
    issued = [row.split(";")[1] for row in rows if row.startswith("Tổng cộng;")]
    assert issued[:2] == ["5", "5"]
