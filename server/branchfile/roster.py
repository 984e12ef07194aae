"""The shifts of a branch file: read, checked against one another, written, compared, warned about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time

from server.branchfile.schema import DAYS
from server.branchfile.table import Table
from server.domain import roster, shifts
from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId
from server.domain.shifts import Shift

_DAY_NAMES = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_HEADER = re.compile(r"\[\[\s*roster\s*\]\]\s*(?:#.*)?")
_KEY = re.compile(r"\s*[A-Za-z_]+\s*=")


# Reading -----------------------------------------------------------------------------------
def read_shift(table: Table, ids: Mapping[int, CounterId]) -> Shift:
    """One shift; its counter is named by its number, `ids` are those of the file's counters."""
    number = table.whole("counter")
    if table.has("counter") and number not in ids:
        table.report.add(
            "unknown_counter",
            table.at("counter"),
            f"không có quầy số {number}",
            f"Hãy dùng các số quầy của tệp này: {', '.join(map(str, sorted(ids)))}.",
        )
    weekdays = _weekdays(table)
    on = table.day("date") if table.has("date") else None
    if table.has("date") == table.has("days"):
        table.report.add(
            "shift_days",
            table.at("date") if table.has("date") else table.path,
            "ca trực cần đúng một trong hai: days hoặc date",
            f"Hãy viết {table.example('days')}, hoặc {table.example('date')}.",
        )
    since, until = _dates(table)
    opens, closes = _hours(table)
    return Shift(
        counter=ids.get(number, CounterId("")),
        officer=table.text("officer", ""),
        weekdays=weekdays,
        on=on,
        since=since,
        until=until,
        opens=opens,
        closes=closes,
        covers_break=table.flag("covers_break"),
    )


def _weekdays(table: Table) -> tuple[int, ...]:
    found: list[int] = []
    for i, day in enumerate(table.texts("days")):
        if day in DAYS:
            found.append(DAYS.index(day))
        elif day:
            table.unknown_choice(table.at("days", i), day, DAYS)
    return tuple(sorted({*found}))


def _dates(table: Table) -> tuple[date | None, date | None]:
    since = table.day("since") if table.has("since") else None
    until = table.day("until") if table.has("until") else None
    if table.has("date") and (table.has("since") or table.has("until")):
        table.report.add(
            "shift_dates",
            table.at("since") if table.has("since") else table.at("until"),
            "ca của một ngày (date) không có since, until",
            "Hãy xóa since và until, hoặc thay date bằng days.",
        )
    elif since and until and since > until:
        table.report.add(
            "shift_dates",
            table.at("since"),
            f"ngày bắt đầu {since:%d/%m/%Y} sau ngày kết thúc {until:%d/%m/%Y}",
            "Hãy để since không sau until.",
        )
    return since, until


def _hours(table: Table) -> tuple[time | None, time | None]:
    if table.flag("closed"):
        if not table.has("date") or table.has("opens") or table.has("closes"):
            table.report.add(
                "shift_closed",
                table.at("closed"),
                "closed = true chỉ dùng với date, và không có opens, closes",
                "Hãy xóa closed, hoặc xóa opens và closes.",
            )
        return None, None
    opens, closes = table.clock("opens"), table.clock("closes")
    if opens is not None and closes is not None and opens >= closes:
        table.report.add(
            "shift_hours",
            table.at("opens"),
            f"giờ mở {opens:%H:%M} không trước giờ đóng {closes:%H:%M}",
            f"Ví dụ {table.example('opens')}, {table.example('closes')}.",
        )
    return opens, closes


def check_roster(read: Sequence[tuple[Table, Shift]]) -> None:
    """Note shifts that are for one counter at one time."""
    for mistake in shifts.overlaps([shift for _, shift in read]):
        table, shift = read[mistake.place]
        other = read[mistake.other][0]
        if shift.counter:
            table.report.add(
                "shift_overlap",
                table.path,
                f"ca trực trùng giờ với ca ở dòng {other.report.line(other.path)} của cùng quầy",
                "Hãy sửa giờ, ngày của một trong hai ca, hoặc xóa một ca.",
            )


def warnings(catalogue: Catalogue) -> list[str]:
    """What is allowed and yet likely a slip: hours outside those of the office."""
    return [
        f"{shown(shift, catalogue)}: có giờ ngoài giờ làm việc của các hàng đợi của quầy"
        for shift in catalogue.roster
        if roster.outside(catalogue, shift)
    ]


# Writing -----------------------------------------------------------------------------------
def row(shift: Shift, catalogue: Catalogue) -> dict[str, str | None]:
    """A shift as keys and values of the file; None leaves a key out. Officer and days apart."""
    return {
        "counter": _number(shift.counter, catalogue),
        "date": shift.on.isoformat() if shift.on else None,
        "since": shift.since.isoformat() if shift.since else None,
        "until": shift.until.isoformat() if shift.until else None,
        "closed": "true" if shift.opens is None else None,
        "opens": f'"{shift.opens:%H:%M}"' if shift.opens else None,
        "closes": f'"{shift.closes:%H:%M}"' if shift.closes else None,
        "covers_break": "true" if shift.covers_break else None,
    }


def replaced(text: str, blocks: Sequence[str]) -> str:
    """A file's text with its shifts replaced by `blocks`; everything else, comments too, is kept."""
    kept: list[str] = []
    place: int | None = None
    is_inside = False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            is_inside = bool(_HEADER.fullmatch(line.strip()))
            if is_inside:
                place = len(kept) if place is None else place
                continue
        if is_inside and (_KEY.match(line) or not line.strip()):
            continue
        kept.append(line)
    new = "\n".join(blocks)
    if place is None:
        return "".join(kept).rstrip("\n") + ("\n\n" + new if new else "\n")
    rest = "".join(kept[place:])
    between = "\n" if new and rest else ""
    return "".join(kept[:place]) + new + between + rest


# Comparing ---------------------------------------------------------------------------------
def difference(old: Catalogue, new: Catalogue) -> Iterator[str]:
    """Which shifts come and go, a line each; their order says nothing and is still a change."""
    before = [shown(shift, old) for shift in old.roster]
    after = [shown(shift, new) for shift in new.roster]
    yield from (f"Bỏ ca trực: {line}" for line in before if line not in after)
    yield from (f"Thêm ca trực: {line}" for line in after if line not in before)
    if before != after and {*before} == {*after}:
        yield "Đổi thứ tự hoặc số lần ghi các ca trực"


def shown(shift: Shift, catalogue: Catalogue) -> str:
    """A shift in words: counter, days, hours, officer."""
    when = f"{shift.on:%d/%m/%Y}" if shift.on else ", ".join(_DAY_NAMES[d] for d in shift.weekdays)
    parts = [f"quầy {_number(shift.counter, catalogue)}", when]
    if shift.opens and shift.closes:
        parts.append(f"{shift.opens:%H:%M} đến {shift.closes:%H:%M}")
    else:
        parts.append("không mở")
    parts += [shift.officer] if shift.officer else []
    parts += ["mở cả giờ nghỉ trưa"] if shift.covers_break else []
    parts += [f"từ {shift.since:%d/%m/%Y}"] if shift.since else []
    parts += [f"đến hết {shift.until:%d/%m/%Y}"] if shift.until else []
    return ", ".join(parts)


def _number(counter: CounterId, catalogue: Catalogue) -> str:
    configured = catalogue.counter(counter)
    return str(configured.number) if configured else str(counter)
