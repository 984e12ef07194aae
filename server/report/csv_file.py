"""A report as CSV: its tables one under the other, for a spreadsheet of the reader's language."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from server.report.document import Cell, Document, Table, Value

#: A cell that begins so would be run as a formula by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(document: Document, path: Path) -> None:
    """Write UTF-8 with a byte order mark; Vietnamese spreadsheets part by ; and write 1,5."""
    is_vietnamese = document.language == "vi"
    text = io.StringIO()
    out = csv.writer(text, delimiter=";" if is_vietnamese else ",", lineterminator="\r\n")
    out.writerows([_safe(cell) for cell in row] for row in _head(document))
    for table in document.tables:
        out.writerow([])
        out.writerow([_safe(table.title)])
        out.writerow([_safe(column.name) for column in table.columns])
        out.writerows(_rows(table, is_vietnamese))
    out.writerow([])
    out.writerow([_safe(document.origin)])
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def _head(document: Document) -> Iterable[list[str]]:
    yield [document.unit]
    yield [f"{document.title}: {document.period}"]
    yield [document.days]
    for line in (document.label, document.warning):
        if line:
            yield [line]


def _rows(table: Table, is_vietnamese: bool) -> Iterable[list[str]]:
    for row in [*table.rows, *([table.total] if table.total else [])]:
        yield [
            _cell(column.kind, value, is_vietnamese)
            for column, value in zip(table.columns, row, strict=True)
        ]


def _cell(kind: Cell, value: Value, is_vietnamese: bool) -> str:
    """Shares as 0 to 1 and numbers without marks of thousands: a program reads them too."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if is_vietnamese else value.isoformat()
    text = f"{round(value, 6):g}" if kind is Cell.SHARE else str(value)
    return text.replace(".", ",") if is_vietnamese else text


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
