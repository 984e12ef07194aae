"""The roster in databases, over REST, as files: kept, refused, rebuilt, read back."""

import shutil
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import branches, branchfile, cli, logbook, roster_csv
from server.boards import Board
from server.domain import commands as cmd
from server.domain import roster
from server.domain.ids import CounterId
from server.domain.shifts import Shift
from tests.live_office import BRANCH as LIVE
from tests.live_office import DEMO_FILE, running
from tests.live_office import Office as Running
from tests.server.office import BRANCH, Office, installed, rows

DAY = date(2026, 11, 24)
ONE, TWO = CounterId(f"{BRANCH}-1"), CounterId(f"{BRANCH}-2")
SHIFT = Shift(counter=ONE, officer="Lan", weekdays=(1,), opens=time(8), closes=time(11, 30))


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def _absent(office: Office) -> list[str]:
    """As a screen that opens now reads them from the rows."""
    view = Board(office.engine, BRANCH, lambda: office.now).view()
    return sorted(row["id"] for row in view.absences().values())


def test_absences_are_rows_that_follow_from_the_log(office: Office) -> None:
    office.execute(cmd.DeclareAbsence, "once", counter=ONE, reason="leave")
    office.execute(cmd.DeclareAbsence, "once", counter=ONE, reason="leave")
    office.execute(cmd.DeclareAbsence, counter=ONE, reason="leave")
    office.execute(cmd.DeclareAbsence, counter=TWO, since=time(13, 30))
    office.execute(
        cmd.DeclareAbsence, counter=TWO, business_date=DAY + timedelta(days=3), until=time(9)
    )
    assert [e.type for e in office.events()].count("AbsenceDeclared") == 3
    assert _absent(office) == [f"{ONE}/2026-11-24", f"{TWO}/2026-11-24", f"{TWO}/2026-11-27"]
    office.open(1)
    assert _absent(office) == [f"{TWO}/2026-11-24", f"{TWO}/2026-11-27"]
    before = rows(office.engine, "absences")
    assert len(before["absences"]) == 3
    assert logbook.verify(office.engine, BRANCH) == []
    logbook.rebuild(office.engine, BRANCH)
    assert rows(office.engine, "absences") == before
    office.now += timedelta(days=1)
    assert _absent(office) == [f"{TWO}/2026-11-27"]


def test_a_roster_is_the_catalogue_of_the_next_command(office: Office) -> None:
    office.execute(cmd.PublishRoster, shifts=(SHIFT,))
    office.execute(cmd.PublishRoster, "again", shifts=(SHIFT,))
    office.execute(cmd.PublishRoster, "again", shifts=(SHIFT,))
    office.execute(cmd.PublishRoster, add=(replace(SHIFT, counter=TWO),))
    assert [e.type for e in office.events()].count("CatalogueChanged") == 3
    found = branches.require(office.engine, BRANCH)
    assert (found.version, len(found.roster)) == (3, 2)
    office.execute(cmd.DeclareAbsence, counter=TWO)
    assert office.events()[-1].event.officer == "Lan"  # type: ignore[union-attr]
    assert logbook.verify(office.engine, BRANCH) == []


# A file of a branch ------------------------------------------------------------------------
def test_shifts_go_back_into_a_file_and_its_comments_stay() -> None:
    text = DEMO_FILE.read_text("utf-8")
    c = branchfile.load(DEMO_FILE)
    assert branchfile.loads(branchfile.into(text, c), "x") == c
    other = replace(c, roster=(replace(c.roster[0], officer="Đỗ “An”\\"),))
    changed = branchfile.into(text, other)
    assert branchfile.loads(changed, "x") == other
    notes = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in changed.splitlines() if line.startswith("#")] == notes
    bare = branchfile.into(changed, replace(c, roster=()))
    assert "roster" not in tomllib.loads(bare)
    assert branchfile.loads(branchfile.into(bare, c), "x") == c
    lines = branchfile.difference(c, other)
    assert any("Thêm ca trực: quầy 1" in line for line in lines)
    odd = replace(c, roster=(replace(c.roster[0], closes=time(18)),))
    assert len(branchfile.warnings(odd)) == 1


# CSV ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_week_goes_out_and_comes_back(language: str) -> None:
    c = branchfile.load(DEMO_FILE)
    lunch = Shift(counter=c.counters[0].id, on=DAY, opens=time(8), closes=time(17),
                  officer="=Lan; “A”", covers_break=True)  # fmt: skip
    off = Shift(counter=c.counters[1].id, on=DAY)
    c = replace(c, roster=(*c.roster[3:], lunch, off))
    text = roster_csv.text_of(c, DAY - timedelta(days=1), 7, language)
    back = replace(c, roster=roster_csv.merged(c.roster, roster_csv.read(text, c)))
    for counter in c.counters:
        for n in range(-1, 6):
            day = DAY + timedelta(days=n)
            assert roster.windows(back, (), counter.id, day) == roster.windows(
                c, (), counter.id, day
            )
    assert lunch in back.roster
    assert off in back.roster


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "không có dòng"),
        ("ngày;quầy;mở;đóng\n", "officer"),
        ("date,counter,officer,opens,closes\n", "không có dòng"),
        ("date,counter,officer,opens,closes\n24.11.2026,1,Lan,08:00,11:00", "Dòng 2: ngày"),
        (
            "date,counter,officer,opens,closes\n\n24/11/2026,99,Lan,08:00,11:00",
            "Dòng 3: không có quầy",
        ),
        ("date,counter,officer,opens,closes\n24/11/2026,²,Lan,08:00,11:00", "không có quầy"),
        ("date,counter,officer,opens,closes\n24/11/2026,1,Lan,8,11:00", "Dòng 2: giờ"),
        ("date,counter,officer,opens,closes\n24/11/2026,1,Lan,,11:00", "thiếu giờ"),
        ("date,counter,officer,opens,closes\n24/11/2026,1,Lan,11:00,11:00", "không trước"),
        (
            "date;counter;officer;opens;closes;covers_break\n24/11/2026;1;A;08:00;11:00;maybe",
            "trực trưa",
        ),
        (
            "date;counter;officer;opens;closes\n24/11/2026;1;A;08:00;11:00\n2026-11-24;quầy 1;B;10:00;12:00",
            "Dòng 3: ca trùng giờ",
        ),
    ],
)
def test_each_wrong_line_is_told(lines: str, told: str) -> None:
    with pytest.raises(roster_csv.BadRosterFile) as refused:
        roster_csv.read(lines, branchfile.load(DEMO_FILE))
    assert told in str(refused.value)


# A running installation --------------------------------------------------------------------
@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("roster")) as started:
        yield started


def _put(live: Running, shifts: list[dict[str, Any]], role: str = "api", **more: Any) -> Any:
    return live.call(role, "PUT", f"/branches/{LIVE}/roster", {"shifts": shifts, **more})


def test_rest(live: Running) -> None:
    path = f"/branches/{LIVE}/roster"
    status, found = live.call("api", "GET", f"{path}?from=2026-11-24&days=1")
    assert status == 200
    assert {row["number"] for row in found["planned"]} == {*range(1, 17)}
    assert live.call("counter-1", "GET", path)[0] == 403
    assert live.call("api", "GET", "/branches/khac/roster")[0] == 404
    for wrong in ("from=24/11", "days=0", "from=0001-01-01"):
        assert live.call("api", "GET", f"{path}?{wrong}")[0] == 422
    kept = [{k: v for k, v in row.items() if k != "number"} for row in found["shifts"]]
    # The same again is no change; a large one is still a roster.
    seq = _put(live, kept, base=found["version"])[1]["seq"]
    many = [
        {"counter": f"{LIVE}-1", "officer": "Nguyễn Thị Hồng Nhung", "on": f"2027-{m:02}-{d:02}",
         "opens": "08:00", "closes": "11:00"} for m in range(1, 11) for d in range(1, 29)
    ]  # fmt: skip
    status, done = _put(live, [*kept, *many])
    assert (status, done["seq"]) == (200, seq + 1)
    assert _put(live, kept, base=found["version"])[1]["code"] == "roster_changed"
    assert _put(live, kept)[0] == 200
    status, problem = _put(live, [kept[0], kept[0] | {"closes": "10:00"}])
    assert (status, problem["code"]) == (422, "roster_refused")
    assert "trùng giờ" in problem["detail"]
    assert _put(live, [{"counter": f"{LIVE}-1", "lunch": 1}])[0] == 422
    assert _put(live, kept, role="counter-1")[0] == 403


def test_absences_over_rest(live: Running) -> None:
    path, key = f"/branches/{LIVE}/roster/absences", str(uuid.uuid4())
    body = {"counter": f"{LIVE}-3", "reason": "training", "since": "13:00"}
    first = live.call("api", "POST", path, body, key)
    assert first == live.call("api", "POST", path, body, key)
    assert live.call("api", "POST", path, body | {"reason": ""}, key)[1]["code"] == (
        "idempotency_conflict"
    )
    (absence,) = live.call("api", "GET", f"/branches/{LIVE}/roster")[1]["absences"]
    assert (absence["number"], absence["since"], absence["officer"]) == (
        3, "13:00", "Lê Thị Thanh Huyền",
    )  # fmt: skip
    assert live.call("api", "POST", path, {"counter": f"{LIVE}-99"})[0] == 404
    assert live.call("api", "POST", path, body | {"reason": "flu"})[0] == 422
    assert live.call("counter-1", "POST", path, body)[0] == 403
    gone = {"counter": f"{LIVE}-3"}
    assert live.call("api", "POST", f"{path}/withdraw", gone)[0] == 200
    assert live.call("api", "GET", f"/branches/{LIVE}/roster")[1]["absences"] == []


def test_the_command_line(
    live: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        code = cli.main(["roster", *arguments, "--data", str(live.data)])
        told = capsys.readouterr()
        return code, told.out + told.err

    file, own = tmp_path / "tuan.csv", tmp_path / "branch.toml"
    assert run("export", LIVE, str(file), "--from", "2026-12-07", "--days", "2")[0] == 0
    changed = file.read_text("utf-8").replace("Nguyễn Thu Hà", "Lê Văn Tám")
    file.write_text(changed, "utf-8")
    code, told = run("import", LIVE, str(file), "--yes")
    assert code == 0, told
    assert "Thêm ca trực: quầy 1, 07/12/2026" in told
    found = live.call("api", "GET", f"/branches/{LIVE}/roster?from=2026-12-07&days=1")[1]
    assert [r["officer"] for r in found["planned"] if r["number"] == 1] == ["Lê Văn Tám"] * 2
    shutil.copy(DEMO_FILE, own)
    assert run("export", LIVE, "--into", str(own))[0] == 0
    assert any(shift.officer == "Lê Văn Tám" for shift in branchfile.load(own).roster)
    file.write_text("date,counter\n", "utf-8")
    assert run("import", LIVE, str(file))[0] == 2
