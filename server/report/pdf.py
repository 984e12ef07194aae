"""A report on A4 paper that a head of unit can sign. Be Vietnam Pro, embedded; marks stay whole.

reportlab: BSD, pure Python with pillow alone, so the same on x86-64, arm64 and macOS, without any
system library; it embeds the product's own typeface and breaks tables over pages.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid
from typing_extensions import override

from server.report.document import Cell, Document, Section, Table
from server.report.pdf_chart import BarChart
from server.report.words import Words

_REGULAR, _BOLD, _ITALIC = "BeVietnamPro-Regular", "BeVietnamPro-SemiBold", "BeVietnamPro-Italic"
_INK: Final = HexColor("#14213D")
_HEAD: Final = HexColor("#12305E")
_PALE: Final = HexColor("#E3ECF8")
_STRIPE: Final = HexColor("#F6F8FC")
_LINE: Final = HexColor("#C9D3E3")
_RED: Final = HexColor("#A3141B")
_QUIET: Final = HexColor("#46536B")
_LEFT, _RIGHT, _TOP, _BOTTOM = 25 * mm, 18 * mm, 18 * mm, 20 * mm
_WIDTH: Final = A4[0] - _LEFT - _RIGHT


@cache
def _register() -> None:
    root = Path(str(files("fontpkg_be_vietnam_pro")))
    for name in (_REGULAR, _BOLD, _ITALIC):
        pdfmetrics.registerFont(TTFont(name, str(next(root.rglob(f"{name}.ttf")))))
    pdfmetrics.registerFontFamily(
        _REGULAR, normal=_REGULAR, bold=_BOLD, italic=_ITALIC, boldItalic=_BOLD
    )


def _style(name: str, **wanted: Any) -> ParagraphStyle:
    # Vietnamese capitals bear two marks: a line is 1.45 times its letters.
    size = wanted.setdefault("fontSize", 9.5)
    wanted.setdefault("leading", size * 1.45)
    return ParagraphStyle(name, **{"fontName": _REGULAR, "textColor": _INK, **wanted})


_BODY: Final = {"fontSize": 9.5, "spaceAfter": 2.5}


def write(document: Document, path: Path) -> None:
    """Write the report."""
    _register()
    template = BaseDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=_LEFT,
        rightMargin=_RIGHT,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=f"{document.title}, {document.period}",
        author=document.unit,
        subject=document.origin,
        lang=document.language,
        invariant=1,
    )
    height = A4[1] - _TOP - _BOTTOM
    frame = Frame(_LEFT, _BOTTOM, _WIDTH, height, 0, 0, 0, 0)
    template.addPageTemplates([PageTemplate("page", [frame])])
    words = Words(document.language)
    parts: list[Flowable] = [*_opening(document)]
    *others, last = document.sections
    for i, section in enumerate(others, 1):
        parts += _section(section, words, f"{i}. ")
    # Nobody signs a page that says nothing.
    end = [*_section(last, words, f"{len(document.sections)}. "), *_closing(document)]
    # One within another would count as endless.
    flat = [part for kept in end for part in getattr(kept, "_content", [kept])]
    parts.append(KeepTogether(flat))
    if document.appendix:
        parts.append(PageBreak())
    for section in document.appendix:
        parts += _section(section, words, "")
    template.build(parts, canvasmaker=lambda *a, **k: _Numbered(document, *a, **k))


class _Numbered(Canvas):  # type: ignore[misc]
    """Knows at the end how many pages there are, and writes every page's foot then."""

    def __init__(self, document: Document, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._document = document
        self._kept: list[dict[str, Any]] = []

    @override
    def showPage(self) -> None:
        self._kept.append(dict(self.__dict__))
        self._startPage()

    @override
    def save(self) -> None:
        for n, page in enumerate(self._kept, 1):
            self.__dict__.update(page)
            self._foot(n, len(self._kept))
            super().showPage()
        super().save()

    def _foot(self, page: int, pages: int) -> None:
        document = self._document
        y = 11 * mm
        self.setStrokeColor(_LINE)
        self.setLineWidth(0.5)
        self.line(_LEFT, y + 10, A4[0] - _RIGHT, y + 10)
        self.setFillColor(_QUIET)
        self.setFont(_REGULAR, 7)
        said = document.page_of.replace("{page}", str(page)).replace("{pages}", str(pages))
        origin = document.origin
        self.drawString(_LEFT, y, origin)
        self.drawRightString(A4[0] - _RIGHT, y, said)
        if page > 1:
            self.setFont(_REGULAR, 7.5)
            unit = document.unit if len(document.unit) <= 70 else f"{document.unit[:69]}…"  # noqa: PLR2004
            self.drawString(_LEFT, A4[1] - 11 * mm, f"{unit} · {document.period}")
        if document.label and page > 1:
            self.setFillColor(_RED)
            self.setFont(_BOLD, 7.5)
            self.drawRightString(A4[0] - _RIGHT, A4[1] - 11 * mm, document.label)


def _opening(document: Document) -> list[Flowable]:
    """Unit and number on the left, motto, place and date on the right; then the title."""
    centre = {"alignment": TA_CENTER}
    bold = _style("unit", fontName=_BOLD, fontSize=10, **centre)
    plain = _style("plain", fontSize=9.5, **centre)
    italic = _style("date", fontName=_ITALIC, fontSize=9.5, **centre)
    left: list[Flowable] = [Paragraph(escape(document.unit), bold)]
    if document.address:
        left.append(Paragraph(escape(document.address), _style("at", fontSize=8, **centre)))
    left += [_Rule(22 * mm), Paragraph(escape(document.number), plain)]
    right: list[Flowable] = []
    if document.motto:
        # One line: the country is never broken in two.
        country = _style("country", fontName=_BOLD, fontSize=8.8, **centre)
        right = [
            Paragraph(escape(document.motto[0]), country),
            Paragraph(escape(document.motto[1]), bold),
            _Rule(44 * mm),
        ]
    right.append(Paragraph(escape(document.place), italic))
    head = Grid([[left, right]], colWidths=[_WIDTH * 0.45, _WIDTH * 0.55])
    head.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 2),
                   ("RIGHTPADDING", (0, 0), (-1, -1), 2)])  # fmt: skip
    period = f"{document.period} · {document.days}"
    title = _style("title", fontName=_BOLD, fontSize=15, textColor=_HEAD, **centre)
    parts = [head, Spacer(1, 10), Paragraph(escape(document.title), title)]
    parts.append(
        Paragraph(escape(period[0].upper() + period[1:]), _style("of", fontSize=11, **centre))
    )
    warn = _style("warn", fontName=_BOLD, textColor=_RED, **centre)
    parts += [Paragraph(escape(t), warn) for t in (document.label, document.warning) if t]
    return [*parts, Spacer(1, 4)]


class _Rule(Flowable):  # type: ignore[misc]
    """A short line in the middle."""

    def __init__(self, width: float) -> None:
        super().__init__()
        self._long, self._room = width, 0.0

    @override
    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self._room = width
        return width, 5

    @override
    def draw(self) -> None:
        self.canv.setStrokeColor(_INK)
        self.canv.setLineWidth(0.7)
        left = (self._room - self._long) / 2
        self.canv.line(left, 3, left + self._long, 3)


def _section(section: Section, words: Words, number: str) -> list[Flowable]:
    size = 8.2 if section.is_small else 9.5
    title = _style(
        "section", fontName=_BOLD, fontSize=11.5, textColor=_HEAD, spaceBefore=9, spaceAfter=2
    )
    body = _style("body", fontSize=size, spaceAfter=2.5, leftIndent=9, bulletIndent=0)
    head: list[Flowable] = [Paragraph(escape(f"{number}{section.title}"), title)]
    said = [Paragraph(escape(s), body, bulletText="•") for s in section.sentences]
    parts: list[Flowable] = [KeepTogether([*head, *said[:1]]), *said[1:]] if said else []
    for chart in section.charts:
        name = Paragraph(escape(chart.title), _caption())
        parts.append(KeepTogether([name, BarChart(chart, words, _REGULAR), Spacer(1, 5)]))
    for table in section.tables:
        # Under the section's own title, when there is nothing else, a table needs no name.
        if said or len(section.tables) > 1:
            parts += [CondPageBreak(38 * mm), Paragraph(escape(table.title), _caption())]
        else:
            parts += [CondPageBreak(45 * mm), *head]
        parts += [_grid(table, words)]
        if table.note:
            parts.append(
                Paragraph(escape(table.note), _style("note", fontName=_ITALIC, fontSize=7.5))
            )
        parts.append(Spacer(1, 4))
    return parts


def _caption() -> ParagraphStyle:
    return _style("caption", fontName=_BOLD, fontSize=9, spaceBefore=3, spaceAfter=2)


def _grid(table: Table, words: Words) -> Flowable:
    heads = _style("th", fontName=_BOLD, fontSize=8, textColor=white, alignment=TA_CENTER)
    left = _style("td", fontSize=8.3, leading=11.4)
    right = _style("num", fontSize=8.3, leading=11.4, alignment=TA_RIGHT)
    strong = _style("sum", fontName=_BOLD, fontSize=8.3, leading=11.4)
    strong_right = _style("sums", fontName=_BOLD, fontSize=8.3, leading=11.4, alignment=TA_RIGHT)
    rows: list[list[Any]] = [[Paragraph(escape(c.name), heads) for c in table.columns]]
    for values, is_total in [
        *((row, False) for row in table.rows),
        *([(table.total, True)] if table.total else []),
    ]:
        cells = []
        for column, value in zip(table.columns, values, strict=True):
            is_text = column.kind in (Cell.TEXT, Cell.DATE) or isinstance(value, str)
            pair = (strong, strong_right) if is_total else (left, right)
            said = escape(words.cell(column.kind, value))
            cells.append(Paragraph(said, pair[0] if is_text else pair[1]))
        rows.append(cells)
    whole = sum(c.weight for c in table.columns)
    grid = Grid(rows, colWidths=[_WIDTH * c.weight / whole for c in table.columns], repeatRows=1)
    last = len(rows) - 1
    style: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 1.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        *(("BACKGROUND", (0, n), (-1, n), _STRIPE) for n in range(2, last + 1, 2)),
    ]
    if table.total:
        style += [
            ("BACKGROUND", (0, last), (-1, last), _PALE),
            ("LINEABOVE", (0, last), (-1, last), 0.8, _HEAD),
        ]
    grid.setStyle(style)
    return grid


def _closing(document: Document) -> list[Flowable]:
    """Who gets it, and room for two signatures; never alone without its heads."""
    receivers = [
        Paragraph(
            escape(text), _style("to", fontName=_ITALIC if i == 0 else _REGULAR, fontSize=8.5)
        )
        for i, text in enumerate(document.receivers)
    ]
    columns: list[Any] = [receivers]
    for who, note in document.signatures:
        columns.append(
            [
                Paragraph(escape(who), _style("who", fontName=_BOLD, alignment=TA_CENTER)),
                Paragraph(
                    escape(note), _style("how", fontName=_ITALIC, fontSize=8.5, alignment=TA_CENTER)
                ),
                Spacer(1, 22 * mm),
                Paragraph("." * 36, _style("name", textColor=_QUIET, alignment=TA_CENTER)),
            ]
        )
    grid = Grid([columns], colWidths=[_WIDTH * 0.30, _WIDTH * 0.35, _WIDTH * 0.35])
    grid.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    return [Spacer(1, 14), grid]
