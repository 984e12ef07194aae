"""The agent's own parts, without a server: its ledger, its numbers, its printer, its page."""

import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.agent import config, offline
from kiosk.agent.clock import ServerClock
from kiosk.agent.ledger import PRINTED, Ledger
from kiosk.agent.offline import OfflineDesk, Refused
from kiosk.agent.printing import PrintDesk
from kiosk.agent.run import hours
from kiosk.printer import Printer
from kiosk.slip import Slip
from tests.kiosk.printer_simulator import PrinterSimulator

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SLIP = {"lines": [{"text": "Điểm thử"}, {"kind": "number", "text": "A990"}]}


def block(first: int = 990, last: int = 992, **more: Any) -> dict[str, Any]:
    """A block as the server offers it."""
    return {
        "id": f"A{first}-20261124",
        "queue": "A",
        "first": first,
        "last": last,
        "prints": True,
        "expires_at": (NOW + timedelta(hours=8)).isoformat(),
        "sessions": [
            {
                "from": (NOW - timedelta(hours=1)).isoformat(),
                "until": (NOW + timedelta(hours=2)).isoformat(),
            }
        ],
        "tickets": [
            {"serial": n, "number": f"A{n}", "ticket": f"t{n}", "follow_url": f"/t/t{n}-x"}
            for n in range(first, last + 1)
        ],
        "signed": "signature",
        **more,
    }


SNAPSHOT = {
    "branch": {"id": "thu", "time_zone": "Asia/Ho_Chi_Minh"},
    "catalogue": {
        "services": [{"id": "ho-tich", "queue": "A", "name": {"vi": "Hộ tịch", "en": "Civil"}}],
        "procedures": [
            {"id": "khai-sinh", "name": {"vi": "Khai sinh", "en": "Birth"}, "papers": ["Tờ khai"]}
        ],
    },
}


class Kiosk:
    """A ledger with a block in it, and what works on it."""

    def __init__(self, folder: Path, *blocks: dict[str, Any]) -> None:
        self.folder = folder
        self.now = NOW
        self.ledger = Ledger(folder)
        self.ledger.keep(offline.SNAPSHOT, SNAPSHOT)
        self.ledger.keep_blocks(blocks or (block(),))
        self.desk = OfflineDesk(self.ledger, lambda: self.now, "http://may-chu:8000/")

    def give(self, command_id: str, **wish: Any) -> str:
        """The number of a press."""
        given = self.desk.give({"service": "ho-tich", "command_id": command_id, **wish})
        number: str = given.content["number"]
        return number

    def again(self) -> "Kiosk":
        """After a power cut: nothing but the disk."""
        fresh = Kiosk.__new__(Kiosk)
        fresh.folder, fresh.now, fresh.ledger = self.folder, self.now, Ledger(self.folder)
        fresh.desk = OfflineDesk(fresh.ledger, lambda: fresh.now, "http://may-chu:8000")
        return fresh


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    return Kiosk(tmp_path)


# Numbers ---------------------------------------------------------------------------------------
def test_numbers_follow_each_other_and_end(kiosk: Kiosk) -> None:
    assert kiosk.desk.left() == {"A": 3}
    assert [kiosk.give(f"c{n}") for n in range(3)] == ["A990", "A991", "A992"]
    assert kiosk.desk.left() == {}
    with pytest.raises(Refused) as refused:
        kiosk.give("c3")
    assert refused.value.code == "no_numbers_left"


def test_one_press_is_one_number_however_often_it_is_sent(kiosk: Kiosk) -> None:
    assert {kiosk.give("same") for _ in range(10)} == {"A990"}
    assert kiosk.again().give("same") == "A990"


def test_ten_presses_at_once_are_ten_numbers(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path, block(980, 999))
    numbers: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: numbers.append(kiosk.give(f"c{n}"))) for n in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"A{n}" for n in range(980, 990)]


def test_a_number_is_on_the_disk_before_anybody_sees_it(kiosk: Kiosk) -> None:
    kiosk.give("c1", priority="CT", procedure="khai-sinh", readiness="ready")
    with sqlite3.connect(kiosk.folder / "agent.db") as other:
        content = json.loads(other.execute("SELECT content FROM issued").fetchone()[0])
    assert (content["number"], content["priority"], content["procedure"]) == (
        "A990",
        "CT",
        "khai-sinh",
    )
    assert kiosk.again().give("c2") == "A991"


@pytest.mark.parametrize(
    "later", [timedelta(hours=2), timedelta(hours=9), timedelta(hours=-2), timedelta(days=1)]
)
def test_no_number_outside_hours_or_after_the_block_has_expired(
    kiosk: Kiosk, later: timedelta
) -> None:
    kiosk.now = NOW + later
    assert kiosk.desk.left() == {}
    with pytest.raises(Refused):
        kiosk.give("c1")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"service": "gone", "command_id": "c"}, "unknown_service"),
        ({"service": "ho-tich", "command_id": ""}, "bad_value"),
        ({"service": "ho-tich", "command_id": "x" * 81}, "bad_value"),
        ({}, "bad_value"),
    ],
)
def test_a_wish_that_cannot_be_one_is_refused(
    kiosk: Kiosk, wish: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        kiosk.desk.give(wish)
    assert refused.value.code == code
    assert kiosk.desk.left() == {"A": 3}


def test_a_renewed_block_goes_on_where_it_was(kiosk: Kiosk) -> None:
    kiosk.give("c1")
    kiosk.ledger.keep_blocks([block(signed="newer"), block(980, 982)])
    assert kiosk.desk.unused() == {"A990-20261124": 2, "A980-20261124": 3}
    assert kiosk.give("c2") == "A980"


def test_a_block_stays_while_its_tickets_are_to_be_handed_in(kiosk: Kiosk) -> None:
    kiosk.give("c1")
    kiosk.ledger.keep_blocks([])
    assert len(kiosk.ledger.blocks()) == 1
    kiosk.ledger.settle(kiosk.ledger.to_hand_in()[0], "handed_in")
    kiosk.ledger.keep_blocks([])
    assert kiosk.ledger.blocks() == []


def test_the_slip_says_what_the_screen_says(kiosk: Kiosk) -> None:
    """By the branch's own template, as a slip of the server."""
    texts = (
        "{branch}",
        "{number}",
        "{service}: {procedure}",
        "{time} · {date}",
        "{ahead}",
        "{papers}",
        "{qr}",
    )
    plain = {"label": "", "size": "normal", "weight": "regular", "services": [], "after": ""}
    words = {"weekdays": [""] * 7, "priority": "ƯU TIÊN", "reprint": "IN LẠI"}
    blank = {"lines": [{"text": text, **plain} for text in texts],
             "values": {"branch": "Điểm thử"}, "words": words}  # fmt: skip
    kiosk.ledger.keep(offline.BLANKS, {"A": {"vi": blank}})
    given = kiosk.desk.give(
        {"service": "ho-tich", "procedure": "khai-sinh", "command_id": "c1", "language": "vi"}
    )
    slip = Slip.from_json(kiosk.desk.slip(given))
    assert [(line.kind, line.text, line.items) for line in slip.lines] == [
        ("text", "Điểm thử", ()),
        ("number", "A990", ()),
        ("text", "Hộ tịch: Khai sinh", ()),
        ("text", "09:00 · 24/11/2026", ()),
        ("papers", "", ("Tờ khai",)),
        ("qr", "http://may-chu:8000/t/t990-x", ()),
    ]


# The printer -----------------------------------------------------------------------------------
def desk_of(kiosk: Kiosk, address: str) -> PrintDesk:
    printer = Printer(address, kiosk.folder / "slips")
    return PrintDesk(printer, kiosk.ledger, lambda: kiosk.now, pauses_s=(0.01, 0.01))


def test_a_job_is_printed_once_whoever_asks(kiosk: Kiosk) -> None:
    with PrinterSimulator() as printer:
        desk = desk_of(kiosk, printer.address)
        codes = {desk.print("j", "t990", SLIP) for _ in range(3)}
        codes.add(desk_of(kiosk.again(), printer.address).print("j", "t990", SLIP))
        assert codes == {PRINTED}
        assert len(printer.slips) == 1


def test_the_power_goes_between_bytes_and_confirmation(kiosk: Kiosk) -> None:
    """Never a second copy by itself: nobody knows what the first one says."""
    with PrinterSimulator() as printer:
        kiosk.ledger.begin("j", "t990", NOW.isoformat())
        after = kiosk.again()
        desk = desk_of(after, printer.address)
        desk.settle_interrupted()
        assert desk.print("j", "t990", SLIP) == "unconfirmed"
        assert printer.slips == []
        assert [(j.job, j.code) for j in after.ledger.unreported()] == [("j", "unconfirmed")]


@pytest.mark.parametrize(
    ("state", "code", "copies"),
    [
        ("paper_out", "nothing_sent", 0),
        ("cover_open", "nothing_sent", 0),
        ("silent", "nothing_sent", 0),
        ("vanishes", "unconfirmed", 0),
        ("paper_low", PRINTED, 1),
    ],
)
def test_what_came_of_a_slip(kiosk: Kiosk, state: str, code: str, copies: int) -> None:
    with PrinterSimulator(state) as printer:
        assert desk_of(kiosk, printer.address).print("j", "t990", SLIP) == code
        assert len(printer.slips) == copies


def test_what_is_no_slip_comes_to_an_end_too(kiosk: Kiosk) -> None:
    """Left open it would never be told of, and its ticket never handed in."""
    with PrinterSimulator() as printer:
        desk = desk_of(kiosk, printer.address)
        assert desk.print("j", "t990", {"lines": [{"kind": "?"}]}) == "nothing_sent"
        assert printer.slips == []
        assert [(j.job, j.code) for j in kiosk.ledger.unreported()] == [("j", "nothing_sent")]
        assert desk.print("next", "t991", SLIP) == PRINTED


def test_the_printer_is_not_asked_while_it_prints(kiosk: Kiosk) -> None:
    with PrinterSimulator("paper_low") as printer:
        desk = desk_of(kiosk, printer.address)
        assert desk.state() == "paper_low"
        with desk._busy:
            assert desk.state() is None
        printer.state = "silent"
        assert desk.state() == "offline"


# Time ------------------------------------------------------------------------------------------
def test_the_servers_time_goes_on_without_it() -> None:
    kept: list[timedelta] = []
    clock = ServerClock(timedelta(0), kept.append)
    clock.hear("2020-01-01T00:00:00Z")
    assert clock.now() - datetime(2020, 1, 1, tzinfo=UTC) < timedelta(seconds=1)
    again = ServerClock(kept[-1])
    assert abs(again.now() - clock.now()) < timedelta(seconds=1)
    clock.hear("no time")
    assert clock.now().year == 2020


@pytest.mark.parametrize(
    ("at", "on", "change"),
    [
        (NOW, True, timedelta(hours=2, minutes=20)),
        (NOW - timedelta(hours=2), False, timedelta(hours=-1, minutes=-20)),
        (NOW + timedelta(hours=3), None, None),
    ],
)
def test_the_screen_is_lit_around_the_opening_hours(
    at: datetime, on: bool | None, change: timedelta | None
) -> None:
    sessions = block()["sessions"]
    expected = (NOW + change).isoformat() if change is not None else None
    assert hours(sessions, at) == {"on": on, "next_change": expected}
    assert hours(None, at)["on"] is None


# Configuration ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colour": "red"}, "unknown key colour"),
        ({"server": "may-chu"}, "http or https"),
        ({"server": ""}, "server is missing"),
        ({"token": ""}, "token is missing"),
        ({"port": "8765"}, "port must be int"),
        ({"port": True}, "port must be int"),
        ({"printer": "lpt1"}, "printer:"),
        ({"redis": "localhost"}, "redis must begin"),
    ],
)
def test_a_configuration_that_cannot_be_used_says_why(change: dict[str, Any], problem: str) -> None:
    good = {"server": "http://10.0.0.2:8000", "token": "t", "branch": "b"}
    assert config.checked(good).port == 8765
    with pytest.raises(config.ConfigError, match=problem):
        config.checked(good | change)
