"""A printer that goes slow, takes half, runs out of paper or vanishes: never two slips, never a lie."""

import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from kiosk import tcp_printer
from kiosk.printer import Printer, escpos_bytes
from kiosk.printer_error import PrinterError
from kiosk.slip import Line, Slip, render
from tests.kiosk import paper_reader
from tests.kiosk.printer_simulator import PrinterSimulator
from tests.kiosk.slips import ORDINARY

JOB = "slip-thu-1"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_printer, "_STATUS_S", 0.3)
    monkeypatch.setattr(tcp_printer, "_CONFIRM_S", 0.6)


@pytest.fixture
def drawing() -> Image.Image:
    return render(ORDINARY, 576)


def outcome(printer: Printer, drawing: Image.Image, job: str = JOB) -> str:
    """What is recorded of one try of a job, as a worker makes it."""
    if not printer.claim(job):
        return "unconfirmed"
    try:
        printer.print(job, drawing)
    except PrinterError as error:
        return error.code
    return "printed"


def until(simulator: PrinterSimulator, slips: int, seconds: float) -> None:
    """Wait for paper that comes after nobody waits for it any more."""
    deadline = time.monotonic() + seconds
    while len(simulator.slips) < slips and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_slow_printer_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2 kB a second, as behind a serial converter; a short slip is out within the time allowed."""
    monkeypatch.setattr(tcp_printer, "_CONFIRM_S", 15.0)
    short = render(Slip(lines=(Line(text="A005", size="large"),)), 576)
    with PrinterSimulator("slow") as simulator:
        began = time.monotonic()
        assert outcome(Printer(simulator.address, tmp_path), short) == "printed"
        assert time.monotonic() - began > 1, "it was slow indeed"
    assert simulator.slips == [escpos_bytes(short)]


def test_a_slip_that_takes_too_long_is_unconfirmed_and_comes_once(
    tmp_path: Path, drawing: Image.Image
) -> None:
    with PrinterSimulator("slow") as simulator:
        simulator.rate = 60_000
        printer = Printer(simulator.address, tmp_path)
        assert outcome(printer, drawing) == "unconfirmed"
        assert simulator.slips == []
        until(simulator, 1, 20)
        assert outcome(printer, drawing) == "unconfirmed", "the job is not begun again"
    assert simulator.slips == [escpos_bytes(drawing)]


@pytest.mark.parametrize("state", ["half_stalls", "half_resets"])
def test_half_a_slip_is_unconfirmed_and_never_sent_again(
    state: str, tmp_path: Path, drawing: Image.Image
) -> None:
    """What is on paper may show the number: only a person can say whether to print again."""
    with PrinterSimulator(state) as simulator:
        printer = Printer(simulator.address, tmp_path)
        assert outcome(printer, drawing) == "unconfirmed"
        simulator.state = "ok"
        assert outcome(printer, drawing) == "unconfirmed"
        assert outcome(printer, drawing, job="slip-thu-1-again-9") == "printed"
    assert len(simulator.torn) == 1
    assert escpos_bytes(drawing).startswith(simulator.torn[0])
    assert simulator.slips == [escpos_bytes(drawing)], "the reprint that somebody asked for"


def test_paper_that_ends_in_the_middle_gives_one_slip_when_it_is_back(
    tmp_path: Path, drawing: Image.Image
) -> None:
    with PrinterSimulator("runs_out") as simulator:
        printer = Printer(simulator.address, tmp_path)
        assert outcome(printer, drawing) == "unconfirmed"
        assert printer.status() == "paper_out"
        assert outcome(printer, drawing, job="slip-thu-2") == "nothing_sent"
        assert simulator.slips == []
        simulator.paper_is_back()
        assert printer.status() == "ok"
        assert outcome(printer, drawing) == "unconfirmed", "no second copy by itself"
        assert simulator.slips == [escpos_bytes(drawing)]
        assert outcome(printer, drawing, job="slip-thu-2") == "printed"
    assert len(simulator.slips) == 2


@pytest.mark.parametrize("state", ["paper_out", "cover_open", "offline", "silent", "garbage"])
def test_what_was_refused_before_prints_once_when_the_printer_is_well(
    state: str, tmp_path: Path, drawing: Image.Image
) -> None:
    with PrinterSimulator(state) as simulator:
        printer = Printer(simulator.address, tmp_path)
        assert [outcome(printer, drawing) for _ in range(3)] == ["nothing_sent"] * 3
        assert (simulator.slips, simulator.torn) == ([], [])
        simulator.state = "ok"
        assert outcome(printer, drawing) == "printed"
        assert outcome(printer, drawing) == "unconfirmed", "it was begun and is done"
    assert simulator.slips == [escpos_bytes(drawing)]


def test_a_printer_that_vanished_and_came_back(tmp_path: Path, drawing: Image.Image) -> None:
    with PrinterSimulator() as simulator:
        printer = Printer(simulator.address, tmp_path)
        simulator.vanish()
        assert outcome(printer, drawing) == "nothing_sent"
        simulator.come_back()
        assert outcome(printer, drawing) == "printed"
    assert simulator.slips == [escpos_bytes(drawing)]


@paper_reader.needs_reader()
def test_two_kiosks_on_one_printer_speak_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each slip is whole; who comes meanwhile is told that nothing was sent, and tries again."""
    monkeypatch.setattr(tcp_printer, "_CONFIRM_S", 15.0)
    drawn = {
        job: render(Slip(lines=(Line(kind="number", text=job),)), 576)
        for job in ("A001", "B001", "A002", "B002")
    }
    codes: dict[str, list[str]] = {job: [] for job in drawn}

    def kiosk(letter: str) -> None:
        printer = Printer(simulator.address, tmp_path / letter)
        for job in sorted(drawn):
            if job.startswith(letter):
                while "printed" not in codes[job]:
                    codes[job].append(outcome(printer, drawn[job], job))
                    time.sleep(0.1)

    with PrinterSimulator("slow") as simulator:
        simulator.rate = 30_000
        kiosks = [threading.Thread(target=kiosk, args=(letter,)) for letter in "AB"]
        for thread in kiosks:
            thread.start()
        for thread in kiosks:
            thread.join(timeout=30)
    assert all(set(found) <= {"nothing_sent", "printed"} for found in codes.values())
    assert any("nothing_sent" in found for found in codes.values()), "they did meet"
    images = [paper_reader.read(content).image for content in simulator.slips]
    assert len(images) == len(drawn)
    for expected in drawn.values():
        assert sum(not paper_reader.differs(image, expected) for image in images) == 1
