"""The paper slip, drawn whole as a black-and-white image so that Vietnamese is exact anywhere.

A `Slip` is ready words in order, line by line; which lines there are and what stands in them is the
branch's template, filled in by the server. It is plain values, so that it travels as JSON to a
printer beside another machine.
"""

import dataclasses
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import segno
from PIL import Image, ImageDraw, ImageFont

KINDS: Final = ("text", "number", "papers", "qr", "rule")
WEIGHTS: Final = ("regular", "bold", "inverse")
#: Size -> dots on 80 mm paper (576 wide), and the least where paper is narrower.
SIZES: Final = {"small": (23, 20), "normal": (26, 22), "large": (34, 27)}

_WHOLE = 576
#: From this width on a label and its value share a line.
_TWO_COLUMNS = 500
#: Share of the paper that a value needs beside its label.
_LEAST_BESIDE = 0.4
_NUMBER, _MARGIN, _GAP = 190, 12, 14
_QR_BOX, _LEAST_QR_BOX, _QR_BORDER = 6, 4, 4
#: Characters of an address whose code can still be read from 58 mm paper.
_LONGEST_QR = 300
#: The tallest capitals and the deepest letters: lines set by them never touch.
_TALLEST = "ẲỂỖẪẬỘÂgjpqyạ"
_NUMERALS = "0123456789ABCDEGHKLMNPRSTUVXY"

_Stroke = Callable[[Image.Image, ImageDraw.ImageDraw], None]


class SlipError(ValueError):
    """What should be a slip is none; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a template with its words in it; long ones are broken when drawn.

    `label` stands before the words, above a number or papers, below a QR code. `items` are the papers.
    """

    kind: str = "text"
    text: str = ""
    label: str = ""
    size: str = "normal"
    weight: str = "regular"
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What stands on a slip, ready to print, in the citizen's language."""

    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """The slip as a dict that `json.dumps` takes."""
        return {"lines": [dataclasses.asdict(line) for line in self.lines]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Slip":
        """The slip of such a dict. Raises `SlipError` for anything else."""
        match document:
            case {"lines": [*lines]} if len(document) == 1:
                return cls(lines=tuple(_line(line) for line in lines))
        raise SlipError("a slip is an object with a list of lines")


def _line(document: object) -> Line:
    fields = {field.name for field in dataclasses.fields(Line)}
    if not isinstance(document, Mapping) or not document.keys() <= fields:
        raise SlipError(f"a line has {', '.join(sorted(fields))}")
    given = dict(document)
    items = given.pop("items", ())
    if not isinstance(items, list | tuple):
        raise SlipError("items are a list")
    if not all(isinstance(word, str) for word in (*given.values(), *items)):
        raise SlipError("words are strings")
    line = Line(**given, items=tuple(items))
    if line.kind == "qr" and not 0 < len(line.text) <= _LONGEST_QR:
        raise SlipError(f"a QR code holds 1 to {_LONGEST_QR} characters")
    if line.kind not in KINDS or line.size not in SIZES or line.weight not in WEIGHTS:
        raise SlipError(f"unknown kind, size or weight: {line.kind}, {line.size}, {line.weight}")
    return line


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_font_file(weight)), size)


@cache
def _font_file(weight: str) -> Path:
    """The font's file in the installed package."""
    root = Path(str(resources.files("fontpkg_be_vietnam_pro")))
    return next(root.rglob(f"BeVietnamPro-{weight}.ttf"))


@cache
def _span(font: ImageFont.FreeTypeFont, words: str = _TALLEST) -> tuple[int, int]:
    """How far words rise above and reach below their base line, in dots."""
    _, top, _, bottom = font.getbbox(words, mode="1", anchor="ls")
    return -int(top), int(bottom)


def render(slip: Slip, width: int) -> Image.Image:
    """The slip as a 1-bit image `width` dots wide (576 for 80 mm paper, 384 for 58 mm).

    As long as its words need: nothing is ever cut off or left out.
    """
    page = _Page(width)
    for line in slip.lines:
        page.add(line)
    return page.drawn()


class _Page:
    """Measures first and draws then, so that the paper is as long as what stands on it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.room = width - 2 * _MARGIN
        self.y = _MARGIN
        self._strokes: list[_Stroke] = []

    def add(self, line: Line) -> None:
        """Put a line below those before it."""
        match line.kind:
            case "number":
                self._number(line)
            case "papers":
                self._papers(line)
            case "qr":
                self._qr(line)
            case "rule":
                self._rule()
            case _ if line.label:
                self._pair(line)
            case _ if line.weight == "inverse":
                self._badge(line)
            case _:
                self._centred(line.text, self._face(line.weight, line.size))

    def drawn(self) -> Image.Image:
        """All of it on white."""
        image = Image.new("1", (self.width, self.y + _MARGIN), 1)
        draw = ImageDraw.Draw(image)
        # Without smoothing: a printer has no grey, and dithered grey makes ragged stems.
        draw.fontmode = "1"
        for stroke in self._strokes:
            stroke(image, draw)
        return image

    def _face(self, weight: str, size: str) -> ImageFont.FreeTypeFont:
        dots, least = SIZES[size]
        name = {"regular": "Regular", "bold": "Bold", "inverse": "Bold"}[weight]
        return _font(name, max(least, round(dots * self.width / _WHOLE)))

    def _write(
        self, words: str, font: ImageFont.FreeTypeFont, x: float, base: int, fill: int = 0
    ) -> None:
        self._strokes.append(
            lambda _, draw: draw.text((round(x), base), words, font=font, fill=fill, anchor="ls")
        )

    def _block(self, x: int, y: int, right: int, bottom: int) -> None:
        self._strokes.append(lambda _, draw: draw.rectangle((x, y, right, bottom), fill=0))

    def _row(self, font: ImageFont.FreeTypeFont) -> int:
        """Room for one row of letters; returns its base line."""
        above, below = _span(font)
        base = self.y + above
        self.y = base + below + 1
        return base

    def _centred(self, text: str, font: ImageFont.FreeTypeFont) -> None:
        for words in _balanced(text, font, self.room):
            self._write(words, font, (self.width - _long(words, font)) / 2, self._row(font))
        self.y += _GAP // 4

    def _badge(self, line: Line) -> None:
        """White on black."""
        font = self._face(line.weight, line.size)
        self.y += _GAP // 2
        for words in _balanced(line.text, font, self.room - 2 * _GAP):
            half, top = _long(words, font) / 2 + _GAP, self.y
            base = self._row(font)
            middle = self.width / 2
            self._block(round(middle - half), top, round(middle + half), self.y)
            self._write(words, font, middle - half + _GAP, base, fill=1)
        self.y += _GAP // 2

    def _number(self, line: Line) -> None:
        """As large as its paper lets it be."""
        if line.label:
            self._centred(line.label, self._face("bold", "normal"))
        words = unicodedata.normalize("NFC", line.text)
        size = round(_NUMBER * self.width / _WHOLE)
        while _long(words, _font("ExtraBold", size)) > self.room and size > SIZES["small"][1]:
            size -= 2
        font = _font("ExtraBold", size)
        above, below = _span(font, _NUMERALS)
        self.y += _GAP + above
        self._write(words, font, (self.width - _long(words, font)) / 2, self.y)
        self.y += below + _GAP

    def _pair(self, line: Line) -> None:
        """A label and its value: side by side on wide paper, one below the other on narrow."""
        label = self._face("regular", line.size)
        value = self._face("bold", line.size)
        named = _broken(line.label, label, self.room)
        top = self.y
        for words in named:
            self._write(words, label, _MARGIN, self._row(label))
        bottom = self.y
        if self.width < _TWO_COLUMNS:
            for words in _balanced(line.text, value, self.room):
                self._write(words, value, _MARGIN, self._row(value))
            self.y += _GAP // 3
            return
        beside = self.room - max((_long(words, label) for words in named), default=0) - _GAP
        if beside < self.room * _LEAST_BESIDE:
            beside = self.room
        else:
            self.y = top
        for words in _balanced(line.text, value, round(beside)):
            x = self.width - _MARGIN - _long(words, value)
            self._write(words, value, x, self._row(value))
        self.y = max(self.y, bottom)

    def _papers(self, line: Line) -> None:
        """What to bring, one below the other with a box to tick."""
        size = "small" if line.size == "normal" else line.size
        font = self._face(line.weight, size)
        if line.label:
            for words in _broken(line.label, self._face("bold", size), self.room):
                bold = self._face("bold", size)
                self._write(words, bold, _MARGIN, self._row(bold))
        side = round(_span(font, "x")[0] * 1.3)
        for item in line.items:
            for n, words in enumerate(_balanced(item, font, self.room - 2 * side)):
                base = self._row(font)
                if n == 0:
                    self._tick_box(base, side)
                self._write(words, font, _MARGIN + 2 * side, base)
            self.y += 2
        if line.text:
            for words in _balanced(line.text, font, self.room - 2 * side):
                self._write(words, font, _MARGIN + 2 * side, self._row(font))

    def _tick_box(self, base: int, side: int) -> None:
        box = (_MARGIN, base - side, _MARGIN + side, base)
        self._strokes.append(lambda _, draw: draw.rectangle(box, outline=0, width=2))

    def _rule(self) -> None:
        self.y += _GAP // 2
        self._block(_MARGIN, self.y, self.width - _MARGIN - 1, self.y + 2)
        self.y += 3 + _GAP // 2

    def _qr(self, line: Line) -> None:
        picture = _qr_picture(line.text, self.width)
        corner = ((self.width - picture.width) // 2, self.y)
        self._strokes.append(lambda image, _: image.paste(picture, corner))
        self.y += picture.height
        if line.label:
            self._centred(line.label, self._face("bold", "small"))
            self.y += _GAP // 2


def _long(words: str, font: ImageFont.FreeTypeFont) -> float:
    return font.getlength(words, mode="1")


def _broken(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """The text in rows that fit: between words, and within one that is longer than a row."""
    rows: list[str] = []
    for word in unicodedata.normalize("NFC", text).split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and _long(longer, font) <= room:
            rows[-1] = longer
            continue
        rest = word
        while _long(rest, font) > room:
            fit = next((n for n in range(len(rest) - 1, 1, -1) if _long(rest[:n], font) <= room), 1)
            rows.append(rest[:fit])
            rest = rest[fit:]
        rows.append(rest)
    return rows


def _balanced(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """As few rows as can be, of much the same length: no word stands alone on the last one."""
    rows = _broken(text, font, room)
    least = max((_long(word, font) for row in rows for word in row.split()), default=0)
    low, high = round(least) + 1, room
    while len(rows) > 1 and high - low > _GAP:
        middle = (low + high) // 2
        tried = _broken(text, font, middle)
        if len(tried) == len(rows):
            rows, high = tried, middle
        else:
            low = middle
    return rows


def _qr_picture(content: str, width: int) -> Image.Image:
    code = segno.make(content, error="m")
    modules = int(code.symbol_size(scale=1, border=_QR_BORDER)[0])
    box = max(_LEAST_QR_BOX, round(_QR_BOX * width / _WHOLE))
    # A long address makes a fine code: rather small boxes than a code that leaves the paper.
    box = max(1, min(box, width // modules))
    picture = Image.new("1", (modules * box, modules * box), 1)
    pixels = ImageDraw.Draw(picture)
    for y, row in enumerate(code.matrix_iter(scale=1, border=_QR_BORDER)):
        for x, dark in enumerate(row):
            if dark:
                pixels.rectangle((x * box, y * box, (x + 1) * box - 1, (y + 1) * box - 1), fill=0)
    return picture
