"""A report as a workbook: typed cells, real dates, native charts, sheets that print."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from server.report.document import Cell, Chart, Document, Table, Value
from server.report.words import Words

_FORMATS: Final = {
    Cell.TEXT: "@",
    Cell.COUNT: "#,##0",
    Cell.MINUTES: "0.0",
    Cell.HOURS: "#,##0.0",
    Cell.SHARE: "0.0%",
    Cell.DATE: "dd/mm/yyyy",
}
_INK: Final = "#14213D"
_HEAD: Final = "#12305E"
_PALE: Final = "#E3ECF8"
_BARS: Final = ("#1E5099", "#9DB8DC")
_TARGET: Final = "#C01F26"
_FONT: Final = "Be Vietnam Pro"
_A4: Final = 9


def write(document: Document, path: Path) -> None:
    """Write the workbook: a summary, then a sheet for each table."""
    options = {
        # What somebody typed must stay text: never a formula, a link or a number.
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": f"{document.title}, {document.period}",
                "subject": document.unit,
                "comments": document.origin,
                # The same report has the same bytes.
                "created": document.made_at.replace(tzinfo=None),
            }
        )
        _Book(book, document).fill()


class _Book:
    """The workbook under way."""

    def __init__(self, book: Any, document: Document) -> None:
        self._book, self._document = book, document
        self._words = Words(document.language)
        self._formats: dict[tuple[Any, ...], Any] = {}

    def fill(self) -> None:
        """Every sheet."""
        self._summary()
        for table in self._document.tables:
            self._sheet(table)

    def _format(self, **wanted: Any) -> Any:
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            usual = {"font_name": _FONT, "font_size": 10, "font_color": _INK, "valign": "vcenter"}
            self._formats[key] = self._book.add_format({**usual, **wanted})
        return self._formats[key]

    def _page(self, sheet: Any, *, is_wide: bool) -> None:
        sheet.set_paper(_A4)
        if is_wide:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.6, right=0.5, top=0.7, bottom=0.8)
        sheet.hide_gridlines(2)
        page = self._document.page_of.replace("{page}", "&P").replace("{pages}", "&N")
        unit = self._document.unit.replace("&", "&&")
        sheet.set_footer(f'&L&"{_FONT}"&8{unit[:60]}&R&"{_FONT}"&8{page}')

    def _summary(self) -> None:
        document = self._document
        sheet = self._book.add_worksheet(self._words.say("report.tab_summary")[:31])
        self._page(sheet, is_wide=False)
        sheet.set_column(0, 0, 100)
        row = 0

        def line(text: str, height: float = 18, **style: Any) -> None:
            nonlocal row
            sheet.set_row(row, height)
            sheet.write_string(row, 0, text, self._format(text_wrap=True, **style))
            row += 1

        line(document.unit, bold=True)
        if document.address:
            line(document.address)
        line(document.title, 30, bold=True, font_size=16, font_color=_HEAD)
        line(f"{document.period} · {document.days}", font_size=12)
        for warning in (document.label, document.warning):
            if warning:
                line(warning, bold=True, font_color=_TARGET)
        for section in (*document.sections, *document.appendix):
            if not section.sentences:
                continue
            line("", 8)
            line(section.title, 22, bold=True, font_size=12, font_color=_HEAD)
            for sentence in section.sentences:
                line(sentence, 16 * (1 + len(sentence) // 105))
        line("", 8)
        line(document.origin, font_size=8)
        sheet.print_area(0, 0, row - 1, 0)

    def _sheet(self, table: Table) -> None:
        sheet = self._book.add_worksheet(self._tab(table.tab))
        self._page(sheet, is_wide=len(table.columns) > 6)  # noqa: PLR2004
        sheet.write_string(0, 0, table.title, self._format(bold=True, font_size=14))
        about = f"{self._document.unit} · {self._document.period}"
        if self._document.label:
            about += f" · {self._document.label}"
        sheet.write_string(1, 0, about, self._format())
        head = self._format(
            bold=True, font_color="#FFFFFF", bg_color=_HEAD, text_wrap=True, align="center"
        )
        sheet.set_row(3, 32)
        for i, column in enumerate(table.columns):
            sheet.set_column(i, i, 12 * max(1.0, column.weight))
            sheet.write_string(3, i, column.name, head)
        row = 4
        for values in table.rows:
            self._row(sheet, row, table, values)
            row += 1
        if table.total:
            self._row(sheet, row, table, table.total, bold=True, bg_color=_PALE, top=1)
            row += 1
        if table.note:
            sheet.write_string(row + 1, 0, table.note, self._format(italic=True, font_size=9))
        sheet.freeze_panes(4, 1)
        sheet.repeat_rows(0, 3)
        if table.rows:
            sheet.autofilter(3, 0, 3 + len(table.rows), len(table.columns) - 1)
        below = row + 3
        charts = [chart for section in self._document.sections for chart in section.charts]
        for chart in charts:
            if all(self._column_of(table, series.values) for series in chart.series):
                below = self._chart(sheet, below, table, chart)
        sheet.print_area(0, 0, below, max(7, len(table.columns) - 1))

    def _tab(self, wanted: str) -> str:
        """A name for the tab that no other has."""
        used = {sheet.get_name() for sheet in self._book.worksheets()}
        name, n = wanted[:31], 2
        while name in used:
            name, n = f"{wanted[:28]} {n}", n + 1
        return name

    def _row(self, sheet: Any, row: int, table: Table, values: Any, **style: Any) -> None:
        for i, (column, value) in enumerate(zip(table.columns, values, strict=True)):
            self._cell(sheet, row, i, column.kind, value, style)

    def _cell(
        self, sheet: Any, row: int, i: int, kind: Cell, value: Value, style: dict[str, Any]
    ) -> None:
        if isinstance(value, str):
            sheet.write_string(row, i, value, self._format(text_wrap=i == 0, **style))
            return
        styled = self._format(num_format=_FORMATS[kind], **style)
        if value is None:
            sheet.write_blank(row, i, None, styled)
        elif isinstance(value, date):
            sheet.write_datetime(row, i, datetime(value.year, value.month, value.day), styled)  # noqa: DTZ001
        else:
            sheet.write_number(row, i, value, styled)

    def _chart(self, sheet: Any, row: int, table: Table, chart: Chart) -> int:
        """Bars over the table's own cells, and the target beside it; where the next one stands."""
        made = self._book.add_chart({"type": "column"})
        last = 3 + len(table.rows)
        name = sheet.get_name()
        for i, series in enumerate(chart.series):
            column = self._column_of(table, series.values)
            if column is None:
                continue
            made.add_series(
                {
                    "name": series.name,
                    "categories": [name, 4, 0, last, 0],
                    "values": [name, 4, column, last, column],
                    "fill": {"color": _BARS[i % 2]},
                    "gap": 60,
                }
            )
        if chart.target is not None:
            helper = len(table.columns) + 2
            sheet.set_column(helper, helper, 8, self._format(font_color="#FFFFFF"))
            for at in range(4, last + 1):
                sheet.write_number(at, helper, chart.target, self._format(font_color="#FFFFFF"))
            line = self._book.add_chart({"type": "line"})
            line.add_series(
                {
                    "name": chart.target_name,
                    "categories": [name, 4, 0, last, 0],
                    "values": [name, 4, helper, last, helper],
                    "line": {"color": _TARGET, "width": 1.75, "dash_type": "dash"},
                }
            )
            made.combine(line)
        made.set_title({"name": chart.title, "name_font": {"size": 12}})
        made.set_y_axis({"name": chart.unit, "min": 0, "major_gridlines": {"visible": True}})
        if table.columns[0].kind is Cell.DATE:
            made.set_x_axis({"num_format": "dd/mm", "text_axis": True})
        made.set_legend({"position": "bottom"})
        made.set_size({"width": 760, "height": 320})
        sheet.insert_chart(
            xl_rowcol_to_cell(row, 0), made, {"description": chart.says, "object_position": 2}
        )
        return row + 17

    @staticmethod
    def _column_of(table: Table, values: Any) -> int | None:
        """The column that has a series' values."""
        for i in range(1, len(table.columns)):
            if [row[i] for row in table.rows] == list(values):
                return i
        return None
