"""The sections of a branch file as domain objects, each kept with the table it came from.

A draft may still be inconsistent: `check.py` looks at what one table cannot know alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import TypeVar

from server.branchfile.alerts import read_alerts
from server.branchfile.public import read_public
from server.branchfile.reports import read_report
from server.branchfile.roster import read_shift
from server.branchfile.schema import CLASS_CODE, DAYS, PREFIXES, QUEUE_ID, SLUG, icon_names
from server.branchfile.screens import read_display, read_media
from server.branchfile.slip import Lines, read_slip
from server.branchfile.table import Table
from server.branchfile.voice import read_voice
from server.domain.alert_settings import AlertSettings
from server.domain.catalogue import (
    Catalogue,
    Counter,
    Direction,
    Hours,
    Mode,
    Outcome,
    Policy,
    PriorityClass,
    Procedure,
    Public,
    Queue,
    Service,
    Source,
    SourceRule,
    Window,
)
from server.domain.hall import Display, Media, Voice
from server.domain.ids import BranchId, CounterId, ProcedureId, QueueId, ServiceId
from server.domain.report_periods import ReportSchedule
from server.domain.shifts import Shift
from server.domain.text import Text

_Item = TypeVar("_Item")

_SLUG_FORM = "chữ thường không dấu, chữ số và dấu gạch nối"
_QUEUE_FORM = "chữ không dấu, chữ số và dấu gạch nối"
_CLASS_FORM = "chữ hoa không dấu và chữ số, tối đa 8 ký tự, bắt đầu bằng chữ"


@dataclass(slots=True, kw_only=True)
class Draft:
    """What was read of a file, before the rules between its parts."""

    top: Table
    branch: str
    name: Text
    time_zone: str
    address: str
    is_demo: bool
    notices: tuple[Text, ...]
    officers: tuple[str, ...]
    roll_prefix: str
    lock_minutes: int
    admin_second_factor: bool
    queues: list[tuple[Table, Queue]]
    services: list[tuple[Table, Service]]
    procedures: list[tuple[Table, Procedure]]
    counters: list[tuple[Table, Counter]]
    hours: Table
    weekly: list[list[tuple[Table, Window]]]
    special: list[tuple[Table, date, list[tuple[Table, Window]]]]
    policy: Policy
    classes: list[tuple[Table, PriorityClass]]
    outcomes: list[tuple[Table, Outcome]]
    slip: Lines
    displays: list[tuple[Table, Display]]
    media: list[tuple[Table, Media]]
    voice: Voice
    reports: list[tuple[Table, ReportSchedule]]
    alerts: AlertSettings
    public: Public
    roster: list[tuple[Table, Shift]]

    def catalogue(self) -> Catalogue:
        """The draft as the immutable catalogue; only sound when nothing was reported."""
        return Catalogue(
            branch=BranchId(self.branch),
            name=self.name,
            time_zone=self.time_zone,
            address=self.address,
            is_demo=self.is_demo,
            notices=self.notices,
            officers=self.officers,
            roll_prefix=self.roll_prefix,
            lock_minutes=self.lock_minutes,
            admin_second_factor=self.admin_second_factor,
            queues=_second(self.queues),
            services=_second(self.services),
            procedures=_second(self.procedures),
            counters=_second(self.counters),
            hours=Hours(
                weekly=tuple(_in_order(day) for day in self.weekly),
                holidays=frozenset(day for _, day in self.hours.days("holidays")),
                special=tuple((day, _in_order(windows)) for _, day, windows in self.special),
            ),
            policy=self.policy,
            outcomes=_second(self.outcomes),
            slip=_second(self.slip),
            displays=_second(self.displays),
            media=_second(self.media),
            voice=self.voice,
            reports=_second(self.reports),
            alerts=self.alerts,
            public=self.public,
            roster=_second(self.roster),
        )


def read(top: Table) -> Draft:
    """Read every section of a file; mistakes go to the report of `top`."""
    branch = top.name("id", SLUG, _SLUG_FORM)
    hours = top.table("hours", required=True)
    policy = top.table("policy", required=False)
    counters = _each(top.tables("counters", required=True), lambda table: _counter(table, branch))
    ids = {counter.number: counter.id for _, counter in counters}
    classes = _each(policy.tables("classes", required=False), _priority_class)
    return Draft(
        top=top,
        branch=branch,
        name=top.both("name"),
        time_zone=top.text("time_zone"),
        address=top.text("address", ""),
        is_demo=top.flag("is_demo"),
        notices=top.many_both("notices"),
        officers=top.texts("officers"),
        roll_prefix=_prefix(top, "roll_prefix", "P"),
        lock_minutes=top.whole("lock_minutes", 10),
        admin_second_factor=top.flag("admin_second_factor"),
        queues=_each(top.tables("queues", required=True), _queue),
        services=_each(top.tables("services", required=True), _service),
        procedures=_each(top.tables("procedures", required=False), _procedure),
        counters=counters,
        hours=hours,
        weekly=_weekly(hours),
        special=_special(hours),
        policy=_policy(policy, _second(classes)),
        classes=classes,
        outcomes=_each(top.tables("outcomes", required=True), _outcome),
        slip=read_slip(top),
        displays=_each(top.tables("displays", required=False), read_display),
        media=_each(top.tables("media", required=False), read_media),
        voice=read_voice(top),
        reports=_each(top.tables("reports", required=False), read_report),
        alerts=read_alerts(top),
        public=read_public(top),
        roster=_each(top.tables("roster", required=False), lambda table: read_shift(table, ids)),
    )


def _each(tables: list[Table], build: Callable[[Table], _Item]) -> list[tuple[Table, _Item]]:
    return [(table, build(table)) for table in tables]


def _second(pairs: list[tuple[Table, _Item]]) -> tuple[_Item, ...]:
    return tuple(item for _, item in pairs)


def _in_order(windows: list[tuple[Table, Window]]) -> tuple[Window, ...]:
    return tuple(sorted(_second(windows), key=lambda window: window.opens))


def _prefix(table: Table, key: str, usual: str | None = None) -> str:
    prefix = table.text(key) if usual is None else table.text(key, usual)
    if prefix and (len(prefix) > 1 or prefix not in PREFIXES):
        table.report.add(
            "bad_prefix",
            table.at(key),
            f"“{prefix}” không dùng làm ký tự đầu số được",
            f"Hãy dùng một chữ hoa trong: {' '.join(PREFIXES)}"
            " (không dùng I, O, Q, J, W, Z, F vì dễ đọc nhầm).",
        )
    return prefix


def _queue(table: Table) -> Queue:
    first = table.whole("first_number", 1)
    last = table.whole("last_number", 999)
    offline = table.whole("offline_numbers", 0)
    if first > last:
        table.report.add(
            "number_range",
            table.at("first_number"),
            f"số đầu {first} lớn hơn số cuối {last}",
            "Hãy để first_number không lớn hơn last_number.",
        )
    return Queue(
        id=QueueId(table.name("id", QUEUE_ID, _QUEUE_FORM)),
        prefix=_prefix(table, "prefix"),
        name=table.both("name"),
        first_number=first,
        last_number=last,
        prints=table.flag("prints", default=True),
        offline_numbers=offline,
    )


def _service(table: Table) -> Service:
    icon = table.text("icon", "file-text")
    if icon and icon not in icon_names():
        table.report.add(
            "unknown_icon",
            table.at("icon"),
            f"không có biểu tượng “{icon}”",
            'Hãy chọn một tên trong bộ biểu tượng Lucide, ví dụ icon = "file-text".',
        )
    return Service(
        id=ServiceId(table.name("id", SLUG, _SLUG_FORM)),
        queue=QueueId(table.text("queue")),
        name=table.both("name"),
        hint=table.both("hint", required=False),
        icon=icon,
        mean_minutes=table.decimal("mean_minutes", 10.0),
        sd_minutes=table.decimal("sd_minutes", 6.0),
    )


def _procedure(table: Table) -> Procedure:
    return Procedure(
        id=ProcedureId(table.name("id", SLUG, _SLUG_FORM)),
        service=ServiceId(table.text("service")),
        name=table.both("name"),
        papers=table.texts("papers"),
        fee=table.text("fee", ""),
        statutory_time=table.text("statutory_time", ""),
        steps=table.texts("steps"),
        parts=tuple(ProcedureId(part) for part in table.texts("parts")),
    )


def _counter(table: Table, branch: str) -> Counter:
    number = table.whole("number")
    usual = f"{branch}-{number}"
    counter = table.name("id", SLUG, _SLUG_FORM) if table.has("id") else usual
    if counter and branch and not counter.startswith(f"{branch}-"):
        table.report.add(
            "counter_id",
            table.at("id"),
            f"mã quầy “{counter}” phải bắt đầu bằng “{branch}-”",
            f'Hãy viết id = "{usual}", hoặc bỏ dòng này để dùng mã đó.',
        )
    return Counter(
        id=CounterId(counter),
        number=number,
        sources=tuple(_source(source) for source in table.tables("sources", required=True)),
        direction=table.choice("direction", Direction.AHEAD),
        agency=table.text("agency", ""),
        auto_call=table.flag("auto_call"),
    )


def _source(table: Table) -> Source:
    queues = tuple(QueueId(queue) for queue in _required_texts(table, "queues"))
    when = table.choice("when", SourceRule.ALWAYS)
    if when is SourceRule.WAIT_OVER:
        return Source(queues=queues, when=when, minutes=table.whole("minutes"))
    if table.has("minutes"):
        table.report.add(
            "needless_minutes",
            table.at("minutes"),
            f'“minutes” không có nghĩa khi when = "{when}"',
            'Hãy xóa minutes, hoặc viết when = "wait_over".',
        )
    return Source(queues=queues, when=when)


def _required_texts(table: Table, key: str) -> tuple[str, ...]:
    if table.values.get(key, []) == []:
        table.report.add(
            "missing_key",
            table.at(key),
            f"“{key}” cần ít nhất một mục",
            f"Hãy thêm: {table.example(key)}.",
        )
    return table.texts(key)


def _window(table: Table) -> Window | None:
    doors, opens = table.clock("doors"), table.clock("opens")
    last_ticket, closes = table.clock("last_ticket"), table.clock("closes")
    queues = tuple(QueueId(queue) for queue in table.texts("queues"))
    if doors is None or opens is None or last_ticket is None or closes is None:
        return None
    if not (doors <= opens <= last_ticket <= closes and opens < closes):
        table.report.add(
            "window_order",
            table.at("doors"),
            f"giờ không theo thứ tự: {_hours((doors, opens, last_ticket, closes))}",
            "Cần có doors ≤ opens ≤ last_ticket ≤ closes, và opens trước closes.",
        )
    return Window(opens=opens, closes=closes, doors=doors, last_ticket=last_ticket, queues=queues)


def _hours(times: tuple[time, time, time, time]) -> str:
    keys = ("doors", "opens", "last_ticket", "closes")
    return ", ".join(f"{key} {at:%H:%M}" for key, at in zip(keys, times, strict=True))


def _windows(tables: list[Table]) -> list[tuple[Table, Window]]:
    pairs = [(table, _window(table)) for table in tables]
    return [(table, window) for table, window in pairs if window is not None]


def _weekly(hours: Table) -> list[list[tuple[Table, Window]]]:
    week: list[list[tuple[Table, Window]]] = [[] for _ in DAYS]
    tables = hours.tables("weekly", required=True)
    named = [(table, _required_texts(table, "days")) for table in tables]
    read = dict(_windows(tables))
    for table, days in named:
        for i, day in enumerate(days):
            if day in DAYS:
                if table in read:
                    week[DAYS.index(day)].append((table, read[table]))
            elif day:
                table.unknown_choice(table.at("days", i), day, DAYS)
    return week


def _special(hours: Table) -> list[tuple[Table, date, list[tuple[Table, Window]]]]:
    days: list[tuple[Table, date, list[tuple[Table, Window]]]] = []
    for table in hours.tables("special", required=False):
        day = table.day("date")
        windows = _windows(table.tables("windows", required=False))
        if day is not None:
            days.append((table, day, windows))
    return days


def _policy(table: Table, classes: tuple[PriorityClass, ...]) -> Policy:
    usual = Policy()
    return Policy(
        mode=table.choice("mode", Mode.INTERLEAVE),
        normal_per_priority=table.whole("normal_per_priority", usual.normal_per_priority),
        overtaking_cap_minutes=table.whole("overtaking_cap_minutes", usual.overtaking_cap_minutes),
        classes=classes,
        wait_targets_minutes=table.whole_pair("wait_targets_minutes", usual.wait_targets_minutes),
        undo_seconds=table.whole("undo_seconds", usual.undo_seconds),
        yield_places=table.whole("yield_places", usual.yield_places),
        counter_lease_minutes=table.whole("counter_lease_minutes", usual.counter_lease_minutes),
        rating_hours=table.whole("rating_hours", usual.rating_hours),
        rating_pad_seconds=table.whole("rating_pad_seconds", usual.rating_pad_seconds),
        follow_up_days=table.whole("follow_up_days", usual.follow_up_days),
        recalls_before_no_show=table.whole("recalls_before_no_show", usual.recalls_before_no_show),
        day_close=table.choice("day_close", usual.day_close),
    )


def _priority_class(table: Table) -> PriorityClass:
    return PriorityClass(
        code=table.name("code", CLASS_CODE, _CLASS_FORM),
        name=table.both("name"),
        rank=table.whole("rank"),
        head_start_minutes=table.whole("head_start_minutes", 15),
        urgent=table.flag("urgent"),
    )


def _outcome(table: Table) -> Outcome:
    return Outcome(
        code=table.name("code", SLUG, _SLUG_FORM),
        name=table.both("name"),
        services=tuple(ServiceId(service) for service in table.texts("services")),
        incomplete=table.flag("incomplete"),
    )
