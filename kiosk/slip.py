"""The paper slip, drawn whole as a black-and-white image so that Vietnamese is exact anywhere."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Self

import segno
from PIL import Image, ImageDraw, ImageFont

_MARGIN = 12
_QR_BOX = 6
#: Dots; a slip with the longest list of papers is 30 cm.
_LONGEST = 2_400
_MOST_PAPERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What stands on a slip. All texts are ready to print, in the citizen's language."""

    branch: str
    title: str
    number: str
    service: str
    procedure: str
    issued: str
    ahead: str
    wait: str
    qr: str
    notice: str
    label: str = ""
    #: On a second slip of the same ticket.
    reprint: str = ""
    #: Where to go when called, such as "Quầy 1, 2, 3".
    place: str = ""
    papers_title: str = ""
    papers: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The slip of its fields as they travel; a list stands for a tuple."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**fields)


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_font_file(weight)), size)


@cache
def _font_file(weight: str) -> Path:
    """The font's file in the installed package."""
    root = Path(str(resources.files("fontpkg_be_vietnam_pro")))
    return next(root.rglob(f"BeVietnamPro-{weight}.ttf"))


def render(slip: Slip, width: int) -> Image.Image:
    """The slip as a 1-bit image `width` dots wide (576 for 80 mm paper, 384 for 58 mm)."""
    scale = width / 576
    canvas = Image.new("1", (width, _LONGEST), 1)
    draw = ImageDraw.Draw(canvas)
    # Without smoothing: a printer has no grey, and dithered grey makes ragged stems.
    draw.fontmode = "1"
    y = _MARGIN
    for text, weight, size in (
        (slip.branch, "Bold", 27),
        (slip.label, "Regular", 22),
        (slip.reprint, "ExtraBold", 44),
        (slip.title, "SemiBold", 26),
        (slip.number, "ExtraBold", 190),
        (slip.service, "Bold", 32),
        (slip.procedure, "Regular", 26),
        (slip.place, "SemiBold", 26),
        (slip.issued, "Regular", 24),
        (slip.ahead, "SemiBold", 28),
        (slip.wait, "SemiBold", 28),
    ):
        y = _paragraph(draw, text, _font(weight, max(20, round(size * scale))), width, y)
    y = _papers(draw, slip, width, y, scale)
    y = _paste_qr(canvas, slip.qr, width, y + 8, scale)
    y = _paragraph(draw, slip.notice, _font("Regular", max(20, round(22 * scale))), width, y + 4)
    return canvas.crop((0, 0, width, min(canvas.height, y + _MARGIN)))


def _papers(draw: ImageDraw.ImageDraw, slip: Slip, width: int, y: int, scale: float) -> int:
    """What to bring, one below the other with a box to tick."""
    if not slip.papers:
        return y
    font = _font("Regular", max(20, round(22 * scale)))
    y = _paragraph(draw, slip.papers_title, _font("SemiBold", font.size), width, y + 10)
    indent = round(font.size * 1.4)
    height = round(sum(font.getmetrics()) * 1.05)
    for paper in slip.papers[:_MOST_PAPERS]:
        side = round(font.size * 0.7)
        top = y + (height - side) // 2
        draw.rectangle((_MARGIN, top, _MARGIN + side, top + side), outline=0, width=2)
        text = unicodedata.normalize("NFC", paper)
        for line in _lines(draw, text, font, width - 2 * _MARGIN - indent):
            draw.text((_MARGIN + indent, y), line, font=font, fill=0)
            y += height
    return y


def _paragraph(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int, y: int
) -> int:
    """Draw centred lines that fit; returns where the next may begin."""
    ascent, descent = font.getmetrics()
    # Capitals with two marks rise above the declared ascent of this face.
    height = round((ascent + descent) * (1.0 if text[1:].isascii() else 1.12))
    for line in _lines(draw, unicodedata.normalize("NFC", text), font, width - 2 * _MARGIN):
        x = (width - draw.textlength(line, font=font)) / 2
        draw.text((x, y), line, font=font, fill=0)
        y += height
    return y


def _lines(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int
) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _paste_qr(canvas: Image.Image, content: str, width: int, y: int, scale: float) -> int:
    code = segno.make(content, error="m")
    box = max(4, round(_QR_BOX * scale))
    side = int(code.symbol_size(scale=box, border=4)[0])
    picture = Image.new("1", (side, side), 1)
    pixels = ImageDraw.Draw(picture)
    for row_no, row in enumerate(code.matrix_iter(scale=1, border=4)):
        for column, dark in enumerate(row):
            if dark:
                corner = (column * box, row_no * box)
                pixels.rectangle((*corner, corner[0] + box - 1, corner[1] + box - 1), fill=0)
    canvas.paste(picture, ((width - side) // 2, y))
    return y + side
