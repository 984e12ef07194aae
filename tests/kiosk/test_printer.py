"""Paper that cannot lie: asked before, confirmed after, and told apart when nobody can say."""

import struct
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from kiosk import tcp_printer
from kiosk.__main__ import main
from kiosk.printer import AddressError, Printer, escpos_bytes
from kiosk.printer_error import PrinterError
from tests.kiosk.printer_simulator import PrinterSimulator
from tests.processes import wait_until

JOB = "slip-thu-1"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp_printer, "_STATUS_S", 0.3)
    monkeypatch.setattr(tcp_printer, "_CONFIRM_S", 0.5)


@pytest.fixture
def drawing() -> Image.Image:
    """Something with both halves of every byte."""
    image = Image.new("1", (576, 700), 1)
    for n in range(0, 560, 7):
        image.paste(0, (n, n, n + 5, n + 90))
    return image


def decoded(content: bytes) -> Image.Image:
    """What the paper shows: the raster bands (GS v 0) below one another."""
    bands, at = [], 0
    while (at := content.find(b"\x1dv0", at)) >= 0:
        width, height = struct.unpack_from("<HH", content, at + 4)
        start, size = at + 8, width * height
        dots = content[start : start + size]
        bands.append(Image.frombytes("1", (width * 8, height), dots, "raw", "1;I"))
        at = start + size
    paper = Image.new("1", (bands[0].width, sum(b.height for b in bands)), 1)
    y = 0
    for band in bands:
        paper.paste(band, (0, y))
        y += band.height
    return paper


@pytest.mark.parametrize("state", ["ok", "paper_low"])
def test_a_slip_arrives_whole_and_is_confirmed(
    state: str, tmp_path: Path, drawing: Image.Image
) -> None:
    with PrinterSimulator(state) as simulator:
        printer = Printer(simulator.address, tmp_path)
        assert printer.confirms
        assert printer.status() == state
        printer.print(JOB, drawing)
    assert simulator.slips == [escpos_bytes(drawing)]
    paper = decoded(simulator.slips[0])
    assert paper.size == drawing.size
    assert ImageChops.difference(paper.convert("L"), drawing.convert("L")).getbbox() is None


@pytest.mark.parametrize("state", ["paper_out", "cover_open", "offline"])
def test_a_printer_that_cannot_print_gets_no_byte(
    state: str, tmp_path: Path, drawing: Image.Image
) -> None:
    """It may be tried again: what was not sent cannot come out later as a second slip."""
    with PrinterSimulator(state) as simulator:
        printer = Printer(simulator.address, tmp_path)
        assert printer.claim(JOB)
        assert printer.status() == state
        with pytest.raises(PrinterError) as refused:
            printer.print(JOB, drawing)
        assert (refused.value.code, refused.value.why) == ("nothing_sent", state)
        assert printer.claim(JOB), "the same job may begin again"
    assert simulator.slips == []


@pytest.mark.parametrize("state", ["silent", "garbage"])
def test_no_answer_means_that_somebody_has_to_look(
    state: str, tmp_path: Path, drawing: Image.Image
) -> None:
    with PrinterSimulator(state) as simulator:
        with pytest.raises(PrinterError) as refused:
            Printer(simulator.address, tmp_path).print(JOB, drawing)
        assert refused.value.code == "nothing_sent"
    assert simulator.slips == []


@pytest.mark.parametrize("state", ["unconfirmed", "vanishes"])
def test_a_slip_that_may_have_come_out_is_never_sent_again(
    state: str, tmp_path: Path, drawing: Image.Image
) -> None:
    """Rule P3: the job stays claimed, so that no retry can print a second number."""
    with PrinterSimulator(state) as simulator:
        printer = Printer(simulator.address, tmp_path)
        assert printer.claim(JOB)
        with pytest.raises(PrinterError) as refused:
            printer.print(JOB, drawing)
        assert refused.value.code == "unconfirmed"
        assert not printer.claim(JOB)


def test_nobody_at_the_address(tmp_path: Path, drawing: Image.Image) -> None:
    with PrinterSimulator() as simulator:
        address = simulator.address
    with pytest.raises(PrinterError) as refused:
        Printer(address, tmp_path).print(JOB, drawing)
    assert refused.value.code == "nothing_sent"


def test_a_printer_that_answers_no_question_is_believed(
    tmp_path: Path, drawing: Image.Image
) -> None:
    with PrinterSimulator("silent") as simulator:
        printer = Printer(f"{simulator.address}?status=none", tmp_path)
        assert not printer.confirms
        printer.print(JOB, drawing)
        wait_until(lambda: simulator.slips)  # nothing says when it has read them
    assert simulator.slips == [escpos_bytes(drawing)]


def test_a_device_file_gets_the_same_bytes(tmp_path: Path, drawing: Image.Image) -> None:
    device = tmp_path / "lp0"
    device.touch()
    printer = Printer(f"file://{device}?width=576", tmp_path)
    printer.print(JOB, drawing)
    assert device.read_bytes() == escpos_bytes(drawing)
    assert printer.status() == "unknown"


@pytest.mark.parametrize("address", ["serial:///dev/motcua-none", "file:///motcua-none/lp0"])
def test_a_device_that_is_not_there(address: str, tmp_path: Path, drawing: Image.Image) -> None:
    with pytest.raises(PrinterError) as refused:
        Printer(address, tmp_path).print(JOB, drawing)
    assert refused.value.code == "nothing_sent"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://x", "begins with"),
        ("tcp://", "needs a name"),
        ("usb://4b8", "vendor and product"),
        ("serial:///dev/ttyUSB0?baud=9600", "115200"),
        ("serial://", "device's path"),
        ("tcp://x?width=12", "576"),
        ("tcp://x?width=wide", "a number"),
        ("tcp://x?colour=red", "unknown option"),
    ],
)
def test_an_address_with_a_mistake_says_what_to_mend(
    address: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(AddressError, match=words):
        Printer(address, tmp_path)


def test_the_tools_of_whoever_sets_up_a_kiosk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with PrinterSimulator() as simulator:
        assert main(["printer", "status", "--printer", simulator.address]) == 0
        assert "sẵn sàng" in capsys.readouterr().out
        assert main(["printer", "test", "--printer", simulator.address]) == 0
        assert "xác nhận" in capsys.readouterr().out
        simulator.state = "paper_out"
        assert main(["printer", "status", "--printer", simulator.address]) == 1
        assert main(["printer", "test", "--printer", simulator.address]) == 1
        assert "hết giấy" in capsys.readouterr().err
    assert decoded(simulator.slips[0]).width == 576
    assert main(["printer", "status", "--printer", "ftp://x"]) == 2


@pytest.mark.parametrize("width", [576, 384])
def test_the_preview_fits_its_paper(width: int, tmp_path: Path) -> None:
    file = tmp_path / "slip.png"
    assert main(["printer", "preview", "--width", str(width), "--out", str(file)]) == 0
    with Image.open(file) as image:
        assert (image.mode, image.width) == ("1", width)
        ink = ImageChops.invert(image.convert("L")).getbbox()
    assert ink is not None
    assert ink[0] > 0
    assert ink[2] < width
    assert image.height < 1_400
