"""Catalogue → text of a branch file: the same text for the same catalogue, and read back equal.

What has its usual value is left out, so that a file shows what was decided for the branch.
"""

from collections.abc import Iterable, Mapping
from datetime import date, time

from server.branchfile import roster
from server.branchfile.schema import DAYS
from server.domain.alert_settings import AlertSettings
from server.domain.catalogue import (
    Catalogue,
    Counter,
    Hours,
    Outcome,
    Policy,
    PriorityClass,
    Procedure,
    Public,
    Queue,
    Service,
    SlipLine,
    SlipSize,
    SlipWeight,
    Source,
    SourceRule,
    Window,
)
from server.domain.hall import Display, Layout, Loudness, Media, Voice
from server.domain.report_periods import ReportSchedule
from server.domain.shifts import Shift
from server.domain.text import Text

#: Key → value as it stands in the file; None leaves the key out.
_Row = Mapping[str, str | None]

#: Lists that fit a line of this length stay on it.
_WIDTH = 100


def dumps(catalogue: Catalogue) -> str:
    """Write a catalogue as a branch file. Version numbers are the server's and are left out."""
    blocks = [
        _block("", _top(catalogue)),
        *(_block("[[queues]]", _queue(queue)) for queue in catalogue.queues),
        *(_block("[[services]]", _service(service)) for service in catalogue.services),
        *(_block("[[procedures]]", _procedure(item)) for item in catalogue.procedures),
        *(_block("[[counters]]", _counter(item, catalogue.branch)) for item in catalogue.counters),
        *_hours(catalogue.hours),
        _block("[policy]", _policy(catalogue.policy)),
        *(_block("[[policy.classes]]", _class(item)) for item in catalogue.policy.classes),
        *(_block("[[outcomes]]", _outcome(outcome)) for outcome in catalogue.outcomes),
        *(_block("[[slip.lines]]", _slip_line(line)) for line in catalogue.slip),
        *(_block("[[displays]]", _display(display)) for display in catalogue.displays),
        *(_block("[[media]]", _media(media)) for media in catalogue.media),
        *(_block("[[reports]]", _report(report)) for report in catalogue.reports),
        *roster_blocks(catalogue),
        *([_block("[voice]", _voice(catalogue.voice))] if catalogue.voice != Voice() else []),
        *(
            [_block("[alerts]", _alerts(catalogue.alerts))]
            if catalogue.alerts != AlertSettings()
            else []
        ),
        *([_block("[public]", _public(catalogue.public))] if catalogue.public != Public() else []),
    ]
    return "\n".join(blocks)


def into(text: str, catalogue: Catalogue) -> str:
    """A branch file's text with the catalogue's shifts in the place of its own, comments kept."""
    return roster.replaced(text, roster_blocks(catalogue))


def _block(header: str, row: _Row) -> str:
    lines = [header] if header else []
    lines += [f"{key} = {value}" for key, value in row.items() if value is not None]
    return "".join(f"{line}\n" for line in lines)


def _top(catalogue: Catalogue) -> _Row:
    return {
        "id": _string(catalogue.branch),
        "name": _text(catalogue.name),
        "time_zone": _string(catalogue.time_zone),
        "address": _string(catalogue.address) if catalogue.address else None,
        "is_demo": _flag(catalogue.is_demo),
        "officers": _strings("officers", catalogue.officers),
        "roll_prefix": None if catalogue.roll_prefix == "P" else _string(catalogue.roll_prefix),
        "lock_minutes": _unless(catalogue.lock_minutes, 10),
        "admin_second_factor": "true" if catalogue.admin_second_factor else None,
        "notices": _list("notices", [_text(notice) for notice in catalogue.notices]),
    }


def _queue(queue: Queue) -> _Row:
    return {
        "id": _string(queue.id),
        "prefix": _string(queue.prefix),
        "name": _text(queue.name),
        "first_number": _unless(queue.first_number, 1),
        "last_number": _unless(queue.last_number, 999),
        "prints": None if queue.prints else "false",
        "offline_numbers": _unless(queue.offline_numbers, 0),
    }


def _service(service: Service) -> _Row:
    return {
        "id": _string(service.id),
        "queue": _string(service.queue),
        "name": _text(service.name),
        "hint": _text(service.hint) if service.hint != Text(vi="") else None,
        "icon": _string(service.icon),
        "mean_minutes": repr(float(service.mean_minutes)),
        "sd_minutes": repr(float(service.sd_minutes)),
    }


def _procedure(procedure: Procedure) -> _Row:
    return {
        "id": _string(procedure.id),
        "service": _string(procedure.service),
        "name": _text(procedure.name),
        "papers": _strings("papers", procedure.papers),
        "fee": _string(procedure.fee) if procedure.fee else None,
        "statutory_time": _string(procedure.statutory_time) if procedure.statutory_time else None,
        "steps": _strings("steps", procedure.steps),
        "parts": _strings("parts", procedure.parts),
    }


def _counter(counter: Counter, branch: str) -> _Row:
    usual = counter.id == f"{branch}-{counter.number}"
    return {
        "number": str(counter.number),
        "id": None if usual else _string(counter.id),
        "direction": _string(counter.direction),
        "agency": _string(counter.agency) if counter.agency else None,
        "auto_call": "true" if counter.auto_call else None,
        "sources": _list("sources", [_source(source) for source in counter.sources]),
    }


def _source(source: Source) -> str:
    return _inline(
        {
            "queues": _strings("", source.queues),
            "when": None if source.when is SourceRule.ALWAYS else _string(source.when),
            "minutes": _unless(source.minutes, 0),
        }
    )


def _hours(hours: Hours) -> list[str]:
    weekly: dict[Window, list[str]] = {}
    for day, windows in zip(DAYS, hours.weekly, strict=True):
        for window in windows:
            weekly.setdefault(window, []).append(day)
    holidays = [day.isoformat() for day in sorted(hours.holidays)]
    return [
        _block("[hours]", {"holidays": _list("holidays", holidays)}),
        *(
            _block("[[hours.weekly]]", {"days": _strings("days", days), **_window(window)})
            for window, days in weekly.items()
        ),
        *(_block("[[hours.special]]", _special(day, windows)) for day, windows in hours.special),
    ]


def _special(day: date, windows: Iterable[Window]) -> _Row:
    listed = [_inline(_window(window)) for window in windows]
    return {"date": day.isoformat(), "windows": _list("windows", listed)}


def _window(window: Window) -> dict[str, str | None]:
    return {
        "doors": _clock(window.doors),
        "opens": _clock(window.opens),
        "last_ticket": _clock(window.last_ticket),
        "closes": _clock(window.closes),
        "queues": _strings("queues", window.queues),
    }


def _policy(policy: Policy) -> _Row:
    return {
        "mode": _string(policy.mode),
        "normal_per_priority": str(policy.normal_per_priority),
        "overtaking_cap_minutes": str(policy.overtaking_cap_minutes),
        "wait_targets_minutes": f"[{', '.join(map(str, policy.wait_targets_minutes))}]",
        "undo_seconds": str(policy.undo_seconds),
        "yield_places": str(policy.yield_places),
        "counter_lease_minutes": str(policy.counter_lease_minutes),
        "rating_hours": str(policy.rating_hours),
        "rating_pad_seconds": str(policy.rating_pad_seconds),
        "follow_up_days": str(policy.follow_up_days),
        "recalls_before_no_show": str(policy.recalls_before_no_show),
        "day_close": _string(policy.day_close),
    }


def _class(item: PriorityClass) -> _Row:
    return {
        "code": _string(item.code),
        "name": _text(item.name),
        "rank": str(item.rank),
        "head_start_minutes": _unless(item.head_start_minutes, 15),
        "urgent": "true" if item.urgent else None,
    }


def _outcome(outcome: Outcome) -> _Row:
    return {
        "code": _string(outcome.code),
        "name": _text(outcome.name),
        "services": _strings("services", outcome.services),
        "incomplete": "true" if outcome.incomplete else None,
    }


def _slip_line(line: SlipLine) -> _Row:
    return {
        "text": _text(line.text),
        "label": _text(line.label) if line.label != Text(vi="") else None,
        "size": None if line.size is SlipSize.NORMAL else _string(line.size),
        "weight": None if line.weight is SlipWeight.REGULAR else _string(line.weight),
        "services": _strings("services", line.services),
        "after": _clock(line.after) if line.after else None,
    }


def _display(display: Display) -> _Row:
    return {
        "name": _string(display.name),
        "layout": None if display.layout is Layout.STANDARD else _string(display.layout),
        "counters": _list("counters", [str(number) for number in display.counters]),
        "speaks": None if display.speaks else "false",
        "volume": _unless(display.volume, 80),
        "hours": _list("hours", [_loudness(part) for part in display.hours]),
    }


def _loudness(part: Loudness) -> str:
    return _inline(
        {
            "since": _clock(part.since),
            "until": _clock(part.until),
            "volume": str(part.volume),
        }
    )


def _media(media: Media) -> _Row:
    return {
        "file": _string(media.file) if media.file else None,
        "text": None if media.file else _text(media.text),
        "seconds": _unless(media.seconds, 15),
        "since": _clock(media.since) if media.since else None,
        "until": _clock(media.until) if media.until else None,
    }


def _report(report: ReportSchedule) -> _Row:
    usual = ReportSchedule()
    return {
        "period": _string(report.period),
        "formats": _strings("formats", report.formats),
        "day": _unless(report.day, usual.day),
        "at": _clock(report.at),
        "to": _strings("to", report.to),
        "folder": _string(report.folder) if report.folder else None,
        "language": None if report.language == usual.language else _string(report.language),
    }


def roster_blocks(catalogue: Catalogue) -> list[str]:
    """The shifts alone, a block each."""
    return [_block("[[roster]]", _shift(shift, catalogue)) for shift in catalogue.roster]


def _shift(shift: Shift, catalogue: Catalogue) -> _Row:
    row = roster.row(shift, catalogue)
    officer = _string(shift.officer) if shift.officer else None
    days = _strings("days", [DAYS[day] for day in shift.weekdays])
    return {"counter": row["counter"], "officer": officer, **row, "days": days}


def _voice(voice: Voice) -> _Row:
    languages = None if voice.languages == Voice().languages else voice.languages
    return {
        "languages": _strings("languages", languages or ()),
        "speaks": _strings("speaks", () if voice.speaks == Voice().speaks else voice.speaks),
        "closing_minutes": _unless(voice.closing_minutes, Voice().closing_minutes),
        **{kind: _text(text) for kind, text in voice.sentences},
    }


def _alerts(alerts: AlertSettings) -> _Row:
    return {
        "dead_minutes": _unless(alerts.dead_minutes, AlertSettings().dead_minutes),
        "mail": _strings("mail", alerts.mail),
        "webhooks": _strings("webhooks", alerts.webhooks),
        "quiet": _strings("quiet", alerts.quiet),
    }


def _public(public: Public) -> _Row:
    return {
        "page": None if public.page else "false",
        "frame": _strings("frame", public.frame),
        "licence": None if public.licence == Public().licence else _string(public.licence),
    }


def _text(text: Text) -> str:
    if not text.en:
        return _string(text.vi)
    return _inline({"vi": _string(text.vi), "en": _string(text.en)})


def _inline(row: _Row) -> str:
    cells = [f"{key} = {value}" for key, value in row.items() if value is not None]
    return f"{{ {', '.join(cells)} }}"


def _strings(key: str, values: Iterable[str]) -> str | None:
    return _list(key, [_string(value) for value in values])


def _list(key: str, items: list[str]) -> str | None:
    """A list on one line, or one item a line when that is long; None when empty."""
    if not items:
        return None
    line = f"[{', '.join(items)}]"
    # Without a key the list stands in an inline table, which cannot span lines.
    if not key or len(key) + len(line) <= _WIDTH:
        return line
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _string(value: str) -> str:
    return f'"{"".join(_escaped(char) for char in value)}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08X}"


def _clock(at: time) -> str:
    return _string(f"{at:%H:%M}")


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _unless(value: int, usual: int) -> str | None:
    return None if value == usual else str(value)
