"""The bytes that reach a printer, read by an interpreter that is not ours (npos).

The golden images are what a person looked at and approved. After a change of the layout:
`python -m tests.kiosk.golden`, look at every image in `tests/golden/`, commit them with the change.
"""

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from kiosk.printer import Printer, escpos_bytes
from kiosk.slip import Slip, render
from tests.kiosk import golden, paper_reader
from tests.kiosk.printer_simulator import PrinterSimulator
from tests.kiosk.slips import ORDINARY, QR, SLIPS, WIDTHS

pytestmark = paper_reader.needs_reader()
each_width = pytest.mark.parametrize("width", WIDTHS)
each_slip = pytest.mark.parametrize("slip", SLIPS)


@each_width
@each_slip
def test_another_reader_sees_on_paper_what_was_drawn(slip: str, width: str, tmp_path: Path) -> None:
    """Over TCP: no command but these, the same dots, one partial cut, and the ticket's address."""
    drawn = render(SLIPS[slip], WIDTHS[width])
    with PrinterSimulator() as simulator:
        printer = Printer(f"{simulator.address}?width={WIDTHS[width]}", tmp_path)
        assert printer.width_dots == drawn.width
        printer.print("slip-thu-1", drawn)
    (content,) = simulator.slips
    paper = paper_reader.read(content)
    names = [name for name, _ in paper.commands]
    # The feed before the cut moves the last words past the knife.
    bands = -(-drawn.height // 256)
    assert names == ["GSv0"] * bands + ["ESCd", "GSV"]
    assert sum(len(command) for _, command in paper.commands) == len(content), "every byte is read"
    assert paper.commands[-1][1] == b"\x1dV\x01", "a partial cut: no slip falls on the floor"
    assert not paper_reader.differs(paper.image, drawn)
    found = zxingcpp.read_barcodes(paper.image.convert("L"))
    assert [code.text for code in found] == [QR]


@each_width
@each_slip
def test_the_slip_looks_as_it_was_approved(slip: str, width: str) -> None:
    approved = golden.path(slip, width)
    with Image.open(approved) as image:
        image.load()
    paper = paper_reader.read(escpos_bytes(render(SLIPS[slip], WIDTHS[width])))
    assert not paper_reader.differs(paper.image, image), (
        f"{approved.name} differs: if the change is wanted, run `python -m tests.kiosk.golden` and look"
    )


def test_the_golden_images_are_all_there_and_no_more() -> None:
    wanted = {golden.path(slip, width) for slip in SLIPS for width in WIDTHS}
    assert set(golden.FOLDER.glob("*.png")) == wanted


def test_the_reader_refuses_what_no_printer_knows() -> None:
    """A check that could not fail would prove nothing."""
    content = escpos_bytes(render(ORDINARY, 576))
    with pytest.raises(ValueError, match="Can not parse"):
        paper_reader.read(content + b"\x1d\xff\x00")
    stray = paper_reader.read(b"A" + content)
    assert stray.commands[0][0] == "STX", "text between the commands is seen"


@pytest.mark.parametrize("at", [40, 5_000, 30_000])
def test_one_dot_more_is_noticed(at: int) -> None:
    drawn = render(Slip(lines=ORDINARY.lines), 576)
    content = bytearray(escpos_bytes(drawn))
    content[at] ^= 0x10
    assert paper_reader.differs(paper_reader.read(bytes(content)).image, drawn)
