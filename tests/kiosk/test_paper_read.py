"""A slip read by a program that knows letters, not our font: Tesseract, on the printer's own bytes.

It reads no slip without a slip of its own (an en dash, a comma), so words are held to be much alike.
"""

import shutil
import subprocess
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from kiosk.printer import escpos_bytes
from kiosk.slip import Line, Slip, render
from tests.kiosk import paper_reader
from tests.kiosk.slips import ORDINARY, WIDTHS

#: 1 = equal. Seen: 0.90 and more; another sentence of the slip has 0.6 at most.
_ALIKE = 0.8
each_width = pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))


@cache
def _reads_vietnamese() -> bool:
    program = shutil.which("tesseract")
    if not program:
        return False
    asked = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
    return "vie" in asked.stdout.split()


pytestmark = [
    paper_reader.needs_reader(),
    pytest.mark.skipif(
        not _reads_vietnamese(),
        reason="tesseract with Vietnamese is not installed: run `make test`",
    ),
]


def letters(image: Image.Image, tmp_path: Path, *how: str) -> str:
    """What Tesseract reads; letters of a printer's dots are small for it, so twice as large."""
    file = tmp_path / "paper.png"
    grey = image.convert("L")
    grey.resize((2 * grey.width, 2 * grey.height), Image.Resampling.LANCZOS).save(file)
    answer = subprocess.run(
        ["tesseract", str(file), "-", *how], capture_output=True, text=True, check=True, timeout=120
    )
    return " ".join(answer.stdout.split())


def likeness(phrase: str, text: str) -> float:
    """How like the phrase the most similar stretch of the text is, 0 to 1."""
    words, length = text.split(), len(phrase.split())
    stretches = (
        " ".join(words[start : start + count])
        for start in range(len(words))
        for count in range(max(1, length - 1), length + 2)
    )
    return max(
        (SequenceMatcher(None, phrase, s, autojunk=False).ratio() for s in stretches), default=0
    )


@each_width
def test_every_vietnamese_phrase_is_read(width: int, tmp_path: Path) -> None:
    paper = paper_reader.read(escpos_bytes(render(ORDINARY, width)))
    texts = [letters(paper.image, tmp_path, "-l", "vie", "--psm", psm) for psm in ("4", "6")]
    phrases = [
        phrase
        for line in ORDINARY.lines
        for phrase in (line.label, line.text if line.kind == "text" else "", *line.items)
        if len(phrase) > 5
    ]
    assert len(phrases) > 12
    alike = {phrase: max(likeness(phrase, text) for text in texts) for phrase in phrases}
    assert {phrase: value for phrase, value in alike.items() if value < _ALIKE} == {}
    assert max(likeness("Mời công dân mang theo giấy khai tử", text) for text in texts) < _ALIKE


@each_width
@pytest.mark.parametrize("number", ["A005", "B108", "M999", "R472"])
def test_the_number_is_read(number: str, width: int, tmp_path: Path) -> None:
    slip = Slip(lines=(Line(kind="number", text=number),))
    paper = paper_reader.read(escpos_bytes(render(slip, width)))
    whitelist = "tessedit_char_whitelist=ABCDEGHKLMNPRSTUVXY0123456789"
    found = letters(paper.image, tmp_path, "--psm", "8", "-c", whitelist)
    assert found == number
