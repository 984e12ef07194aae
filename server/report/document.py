"""What a report says, before it is a PDF, a sheet or a text: sections, tables, charts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

#: A value as it was counted; how it is written is the column's kind. None = nothing, or too few.
Value = str | int | float | date | None


class Cell(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    #: Minutes with one decimal.
    MINUTES = "minutes"
    #: Hours with one decimal.
    HOURS = "hours"
    #: 0 to 1, told in percent with one decimal.
    SHARE = "share"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `weight` is its width against the others' on paper."""

    name: str
    kind: Cell
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values under columns; the total is no row of them."""

    title: str
    #: Short, for the tab of a sheet.
    tab: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label of a chart."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over labels, with the target as a line. `says` is the chart in one sentence."""

    title: str
    unit: str
    labels: Sequence[str]
    series: Sequence[Series]
    says: str
    axis: str = ""
    target: float | None = None
    target_name: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the report."""

    title: str
    sentences: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    #: In small print, as definitions are.
    is_small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report in one language."""

    language: str
    unit: str
    address: str
    title: str
    #: The period in words, and which days it is.
    period: str
    days: str
    #: "dữ liệu minh họa" for a demo branch, else empty.
    label: str
    #: What stands above everything while the period is not over.
    warning: str
    made_at: datetime
    sections: Sequence[Section]
    #: After the signatures.
    appendix: Sequence[Section]
    #: Version of the definitions, and which events were counted.
    origin: str
    #: The head of an administrative document, centred; empty in English.
    motto: Sequence[str] = ()
    #: Left to be filled in by hand: number, place and date.
    number: str = ""
    place: str = ""
    receivers: Sequence[str] = ()
    #: Who signs, and the note under it.
    signatures: Sequence[tuple[str, str]] = ()
    page_of: str = "{page}/{pages}"

    @property
    def tables(self) -> list[Table]:
        """Every table, in order."""
        return [t for section in (*self.sections, *self.appendix) for t in section.tables]
