"""What a ticket's row says of its slip for every way in which a printer fails, through real jobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp

from kiosk import tcp_printer
from kiosk.printer import escpos_bytes
from kiosk.slip import render
from server import jobs, paper, slips
from server.domain import commands as cmd
from server.domain.ids import TicketId
from tests.kiosk import paper_reader
from tests.kiosk.printer_simulator import PrinterSimulator
from tests.server.office import Office, installed
from tests.server.test_slips import Printery

PUBLIC = "https://motcua.vi-du.vn"


@pytest.fixture
def press(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Printery]:
    """An office with a network printer whose faults are found out quickly."""
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("MOTCUA_SECRET", "s")
    monkeypatch.setenv("MOTCUA_CLOCK", "manual")
    monkeypatch.setenv("MOTCUA_PUBLIC_URL", PUBLIC)
    monkeypatch.setattr(tcp_printer, "_STATUS_S", 0.3)
    monkeypatch.setattr(tcp_printer, "_CONFIRM_S", 0.6)
    monkeypatch.setattr(slips, "_PAUSES_S", (0, 0))
    jobs.parts.cache_clear()
    with installed(database_url) as engine:
        made = Printery(Office(engine), redis_url, tmp_path)
        yield made
        made.redis.close()
        jobs.parts()[1].dispose()
    jobs.parts.cache_clear()


def work(press: Printery) -> None:
    press.relay.deliver()
    press.work()


@pytest.mark.parametrize(
    ("state", "recorded"),
    [
        ("ok", "printed"),
        ("paper_low", "printed"),
        ("paper_out", "nothing_sent"),
        ("cover_open", "nothing_sent"),
        ("offline", "nothing_sent"),
        ("silent", "nothing_sent"),
        ("garbage", "nothing_sent"),
        ("unconfirmed", "unconfirmed"),
        ("half_stalls", "unconfirmed"),
        ("half_resets", "unconfirmed"),
        ("runs_out", "unconfirmed"),
        ("vanishes", "unconfirmed"),
    ],
)
def test_the_row_tells_what_is_known_of_the_paper(
    state: str, recorded: str, press: Printery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PrinterSimulator(state) as simulator:
        monkeypatch.setenv("MOTCUA_PRINTER", simulator.address)
        ticket = press.issue()
        work(press)
        assert press.slip_of(ticket) == recorded
        asked = simulator.asked
        simulator.paper_is_back()
        press.office.now += slips._OVERDUE * 2
        press.enqueuer.recover()
        press.work()
        assert simulator.asked == asked, "what was settled is left to the staff"
        assert press.slip_of(ticket) == recorded
    assert len(simulator.slips) == (state in ("ok", "paper_low", "unconfirmed", "runs_out"))


def test_a_reprint_after_half_a_slip_settles_it(
    press: Printery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PrinterSimulator("half_resets") as simulator:
        monkeypatch.setenv("MOTCUA_PRINTER", simulator.address)
        ticket = press.issue()
        work(press)
        simulator.state = "ok"
        press.office.do(cmd.ReprintSlip, ticket=ticket)
        work(press)
        assert press.slip_of(ticket) == "printed"
    assert len(simulator.slips) == 1


def test_a_printer_that_comes_back_between_two_tries_prints_once(
    press: Printery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PrinterSimulator("offline") as simulator:
        monkeypatch.setenv("MOTCUA_PRINTER", simulator.address)
        ticket = press.issue()
        simulator.state_after(1, "ok")
        work(press)
        assert press.slip_of(ticket) == "printed"
    assert len(simulator.slips) == 1


@paper_reader.needs_reader()
def test_from_the_touch_to_the_paper(press: Printery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issued, queued, worked, sent over TCP: read by another reader, it is this ticket's slip."""
    with PrinterSimulator() as simulator:
        monkeypatch.setenv("MOTCUA_PRINTER", f"{simulator.address}?width=384")
        ticket = press.issue()
        work(press)
        press.office.do(cmd.ReprintSlip, ticket=ticket)
        work(press)
    first, again = (paper_reader.read(content) for content in simulator.slips)
    for read, is_reprint in ((first, False), (again, True)):
        loaded = jobs.parts()[0]
        wanted = paper.slip_of(press.office.engine, TicketId(ticket), loaded, is_reprint=is_reprint)
        assert not paper_reader.differs(read.image, render(wanted, 384))
        codes = zxingcpp.read_barcodes(read.image.convert("L"))
        assert [code.text.rpartition("-")[0] for code in codes] == [f"{PUBLIC}/t/{ticket}"]
    assert escpos_bytes(again.image) == simulator.slips[1]
