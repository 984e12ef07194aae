"""A roster for some days as a CSV file, as spreadsheets write it: read whole, or not at all."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Final

from server.domain import roster
from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId
from server.domain.shifts import Shift, mistakes
from server.roster_view import clock, days_from
from server.text import sentence

COLUMNS: Final = ("date", "counter", "officer", "opens", "closes", "covers_break")
#: What Vietnamese files call them.
_VIETNAMESE: Final = {
    "ngày": "date",
    "quầy": "counter",
    "cán bộ": "officer",
    "mở": "opens",
    "đóng": "closes",
    "trực trưa": "covers_break",
}
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y")
_CLOCKS: Final = ("%H:%M", "%H:%M:%S", "%Hh%M")
_YES: Final = frozenset({"x", "1", "true", "yes", "có"})
_NO: Final = frozenset({"", "0", "false", "no", "không"})
#: What a spreadsheet takes for a formula.
_RUN: Final = ("=", "+", "-", "@")
#: More lines than a year of the largest branch.
_MOST_LINES: Final = 20_000


class BadRosterFile(ValueError):
    """The file cannot be used; one sentence for each bad line, with its number."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _BadCell(ValueError):
    """A cell that cannot be read: the code of its sentence."""


def read(text: str, catalogue: Catalogue, language: str = "vi") -> tuple[Shift, ...]:
    """The shifts of a file, each of one date. Raises `BadRosterFile` with every bad line."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or len(lines) > _MOST_LINES:
        raise BadRosterFile([sentence("roster.file.empty", language)])
    between = max(";,\t", key=lines[0].count)
    names = [_column(cell) for cell in next(csv.reader([lines[0]], delimiter=between))]
    if missing := [name for name in COLUMNS[:5] if name not in names]:
        facts = {"columns": ", ".join(COLUMNS[:5]), "missing": ", ".join(missing)}
        raise BadRosterFile([sentence("roster.file.header", language, facts)])
    found: dict[Shift, int] = {}
    problems: list[str] = []
    numbers = {counter.number: counter.id for counter in catalogue.counters}
    for n, cells in enumerate(csv.reader(lines[1:], delimiter=between), start=2):
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
        if not any(row.values()):
            continue
        try:
            found.setdefault(_shift(row, numbers), n)
        except _BadCell as error:
            facts = {"line": str(n), "counters": ", ".join(map(str, sorted(numbers)))}
            problems.append(sentence(f"roster.file.{error}", language, facts))
    placed = list(found)
    for mistake in mistakes(placed, tuple(numbers.values())):
        facts = {
            "line": str(found[placed[mistake.place]]),
            "mistake": sentence(f"roster.mistake.{mistake.code}", language),
        }
        problems.append(sentence("roster.file.mistake", language, facts))
    if problems or not found:
        raise BadRosterFile(problems or [sentence("roster.file.empty", language)])
    return tuple(placed)


def _column(cell: str) -> str:
    name = cell.strip().lower()
    return _VIETNAMESE.get(name, name)


def _shift(row: Mapping[str, str], numbers: Mapping[int, CounterId]) -> Shift:
    digits = row["counter"].lower().removeprefix("quầy").strip()
    if not digits.isascii() or not digits.isdigit() or int(digits[:6]) not in numbers:
        raise _BadCell("bad_counter")
    covers = row.get("covers_break", "").lower()
    if covers not in _YES | _NO:
        raise _BadCell("bad_covers_break")
    opens, closes = _clock(row.get("opens", "")), _clock(row.get("closes", ""))
    officer = row.get("officer", "")
    # Our own files disarm a name that a spreadsheet would run.
    return Shift(
        counter=numbers[int(digits)],
        officer=officer[1:] if officer[:1] == "'" and officer[1:].startswith(_RUN) else officer,
        on=_date(row["date"]),
        opens=opens,
        closes=closes,
        covers_break=covers in _YES,
    )


def _date(cell: str) -> date:
    for form in _DATES:
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - a local date
        except ValueError:
            continue
    raise _BadCell("bad_date")


def _clock(cell: str) -> time | None:
    if not cell:
        return None
    for form in _CLOCKS:
        try:
            return datetime.strptime(cell, form).time()  # noqa: DTZ007 - a local time
        except ValueError:
            continue
    raise _BadCell("bad_clock")


def merged(present: Iterable[Shift], read_: Iterable[Shift]) -> tuple[Shift, ...]:
    """A roster with those of a file, which stand in the place of others of their counter and day."""
    new = tuple(read_)
    days = {(shift.counter, shift.on) for shift in new}
    return (*(s for s in present if s.on is None or (s.counter, s.on) not in days), *new)


def text_of(catalogue: Catalogue, first: date, days: int, language: str = "en") -> str:
    """The plan of some days as a file that `read` takes back: Vietnamese ones part at semicolons."""
    is_vi = language == "vi"
    own = {name: words for words, name in _VIETNAMESE.items()}
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if is_vi else ",", lineterminator="\r\n")
    writer.writerow([own[name] if is_vi else name for name in COLUMNS])
    for day in days_from(first, days):
        shown = f"{day:%d/%m/%Y}" if is_vi else day.isoformat()
        for counter in catalogue.counters:
            for shift in _of_day(catalogue, counter.id, day):
                writer.writerow(
                    [
                        shown,
                        counter.number,
                        f"'{shift.officer}" if shift.officer.startswith(_RUN) else shift.officer,
                        clock(shift.opens) or "",
                        clock(shift.closes) or "",
                        "x" if shift.covers_break else "",
                    ]
                )
    return f"\ufeff{out.getvalue()}"


def _of_day(catalogue: Catalogue, counter: CounterId, day: date) -> tuple[Shift, ...]:
    """The shifts of a counter's day; where none name it, the hours in which it is open anyway."""
    if roster.is_named(catalogue, counter, day):
        found = roster.shifts_of(catalogue, counter, day)
        return found or (Shift(counter=counter, on=day),)
    zone = catalogue.zone
    return tuple(
        Shift(
            counter=counter,
            on=day,
            opens=stretch.opens.astimezone(zone).time(),
            closes=stretch.closes.astimezone(zone).time(),
        )
        for stretch in roster.stretches(catalogue, counter, day)
    )
