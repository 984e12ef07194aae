"""The rules between the parts of a branch file: references, duplicates, hours, who serves what."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.branchfile.draft import Draft
from server.branchfile.problems import Path, Report
from server.branchfile.roster import check_roster
from server.branchfile.schema import PREFIXES
from server.branchfile.slip import check_slip
from server.branchfile.table import Table
from server.domain.catalogue import SourceRule, Window


def check(draft: Draft) -> None:
    """Note every inconsistency of a draft in the report of its tables."""
    _time_zone(draft)
    _duplicates(draft)
    _references(draft)
    _dead_ends(draft)
    _prefixes(draft)
    _sources(draft)
    _hours(draft)
    _displays(draft)
    check_roster(draft.roster)
    check_slip(draft)


def _time_zone(draft: Draft) -> None:
    if not draft.time_zone:
        return
    try:
        ZoneInfo(draft.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        draft.top.report.add(
            "bad_time_zone",
            draft.top.at("time_zone"),
            f"không có múi giờ “{draft.time_zone}”",
            f"Ví dụ {draft.top.example('time_zone')}.",
        )


def _duplicates(draft: Draft) -> None:
    _unique("id", "mã hàng đợi", [(table, queue.id) for table, queue in draft.queues])
    _unique("prefix", "ký tự đầu số", [(table, queue.prefix) for table, queue in draft.queues])
    _unique("id", "mã dịch vụ", [(table, service.id) for table, service in draft.services])
    _unique("id", "mã thủ tục", [(table, item.id) for table, item in draft.procedures])
    numbered = [(table, counter) for table, counter in draft.counters if table.has("number")]
    _unique("number", "số quầy", [(table, str(counter.number)) for table, counter in numbered])
    # Without ids of their own, two counters clash by number: one message is enough.
    named = {counter.id for table, counter in numbered if table.has("id")}
    clashing = [(table, counter.id) for table, counter in numbered if counter.id in named]
    _unique("id", "mã quầy", clashing)
    _unique("code", "mã kết quả", [(table, outcome.code) for table, outcome in draft.outcomes])
    _unique("code", "mã đối tượng ưu tiên", [(table, item.code) for table, item in draft.classes])


def _unique(key: str, label: str, values: Sequence[tuple[Table, str]]) -> None:
    seen: dict[str, Path] = {}
    for table, value in values:
        if value in seen:
            first = table.report.line(seen[value])
            table.report.add(
                "duplicate",
                table.at(key),
                f"{label} “{value}” đã dùng ở dòng {first}",
                f"Hãy đặt “{key}” khác.",
            )
        elif value:
            seen[value] = table.at(key)


def _references(draft: Draft) -> None:
    queues = {queue.id for _, queue in draft.queues}
    services = {service.id for _, service in draft.services}
    # A part that has parts itself would be a list without an end.
    simple = {item.id for _, item in draft.procedures if not item.parts}
    for table, service in draft.services:
        _refer(table, ("queue",), [service.queue], queues, "queues")
    for table, procedure in draft.procedures:
        _refer(table, ("service",), [procedure.service], services, "services")
        _refer(table, ("parts",), procedure.parts, simple, "procedures")
        if len(procedure.parts) == 1:
            table.report.add(
                "one_part",
                table.at("parts"),
                "một nhóm liên thông có ít nhất hai thủ tục",
                f"Ví dụ {table.example('parts')}, hoặc bỏ “parts”.",
            )
    for table, outcome in draft.outcomes:
        _refer(table, ("services",), outcome.services, services, "services")
    for table, counter in draft.counters:
        for i, source in enumerate(counter.sources):
            _refer(table, ("sources", i, "queues"), source.queues, queues, "queues")
    for table, line in draft.slip:
        _refer(table, ("services",), line.services, services, "services")
    windows = {id(table): (table, window) for day in draft.weekly for table, window in day}
    every = [*windows.values(), *(pair for _, _, pairs in draft.special for pair in pairs)]
    for table, window in every:
        _refer(table, ("queues",), window.queues, queues, "queues")


_KINDS = {"queues": "hàng đợi", "services": "dịch vụ", "procedures": "thủ tục đơn lẻ"}


def _refer(
    table: Table, parts: Path, wanted: Iterable[str], known: Iterable[str], section: str
) -> None:
    for i, value in enumerate(wanted):
        if value and value not in known:
            # In a long list the element has its own line; the path printed stays the key's.
            table.report.add(
                "unknown_reference",
                table.at(*parts, i),
                f"không có {_KINDS[section]} “{value}”",
                f'Hãy thêm [[{section}]] id = "{value}" hoặc sửa lại tên'
                f" (hiện có: {', '.join(sorted(known)) or 'chưa có mục nào'}).",
                shown=table.at(*parts),
            )


def _dead_ends(draft: Draft) -> None:
    """A queue nobody serves or a service nobody can finish would strand citizens."""
    served = {queue for _, counter in draft.counters for queue in counter.queues}
    used = {service.queue for _, service in draft.services}
    for table, queue in draft.queues:
        if queue.id and queue.id not in served:
            table.report.add(
                "unserved_queue",
                table.at("id"),
                f"không quầy nào phục vụ hàng đợi “{queue.id}”",
                f'Hãy thêm "{queue.id}" vào sources của một quầy.',
            )
        if queue.id and queue.id not in used:
            table.report.add(
                "queue_without_service",
                table.at("id"),
                f"hàng đợi “{queue.id}” không có dịch vụ nào",
                f'Hãy thêm [[services]] có queue = "{queue.id}" hoặc xóa hàng đợi này.',
            )
    for table, service in draft.services:
        if draft.outcomes and not any(
            not outcome.services or service.id in outcome.services for _, outcome in draft.outcomes
        ):
            table.report.add(
                "service_without_outcome",
                table.at("id"),
                f"dịch vụ “{service.id}” không kết thúc được bằng kết quả nào",
                f'Hãy thêm "{service.id}" vào services của một [[outcomes]].',
            )


def _prefixes(draft: Draft) -> None:
    top, roll = draft.top, draft.roll_prefix
    places = {queue.prefix: table.at("prefix") for table, queue in draft.queues if queue.prefix}
    if roll in places:
        line = top.report.line(places[roll])
        free = [letter for letter in PREFIXES if letter not in places]
        top.report.add(
            "roll_prefix_taken",
            # The usual letter stands in no line: the queue that took it does.
            top.at("roll_prefix") if top.has("roll_prefix") else places[roll],
            f"ký tự “{roll}” vừa của hàng đợi ở dòng {line} vừa của cuộn phiếu giấy",
            f"Hãy đặt roll_prefix ở đầu tệp là một chữ không hàng đợi nào dùng: {' '.join(free)}.",
        )
    places.setdefault(roll, top.at("roll_prefix"))
    if "D" in places and "G" in places:
        top.report.add(
            "confusable_prefix",
            places["G"],
            "ký tự G đọc gần giống D (dê, giê) và cả hai đang được dùng",
            "Hãy đổi một trong hai ký tự.",
        )


def _sources(draft: Draft) -> None:
    for table, counter in draft.counters:
        seen: set[str] = set()
        conditional = False
        for i, source in enumerate(counter.sources):
            own = source.when is SourceRule.ALWAYS
            if own and conditional:
                table.report.add(
                    "source_order",
                    table.at("sources", i),
                    "nguồn của chính quầy phải đứng trước nguồn có điều kiện",
                    'Hãy chuyển nguồn when = "always" lên đầu danh sách sources.',
                )
            conditional = conditional or not own
            for j, queue in enumerate(source.queues):
                if queue in seen and queue not in source.queues[:j]:
                    table.report.add(
                        "duplicate",
                        table.at("sources", i, "queues", j),
                        f"hàng đợi “{queue}” đã có trong nguồn trước của quầy này",
                        "Hãy xóa một trong hai.",
                        shown=table.at("sources", i, "queues"),
                    )
            seen.update(source.queues)
        if counter.sources and all(s.when is not SourceRule.ALWAYS for s in counter.sources):
            table.report.add(
                "no_own_source",
                table.at("sources"),
                "quầy không có hàng đợi nào của chính mình",
                'Hãy thêm một nguồn không có when (hoặc when = "always").',
            )


def _hours(draft: Draft) -> None:
    for day in draft.weekly:
        _overlaps(day)
    special: dict[date, Path] = {}
    for table, on, windows in draft.special:
        _overlaps(windows)
        _once(table.report, special, on, table.at("date"), "special")
    holidays: dict[date, Path] = {}
    for path, on in draft.hours.days("holidays"):
        _once(draft.hours.report, holidays, on, path, "holidays")
        if on in special:
            draft.hours.report.add(
                "holiday_special",
                path,
                f"ngày {on:%d/%m/%Y} vừa là ngày nghỉ vừa có giờ riêng ở dòng"
                f" {draft.hours.report.line(special[on])}",
                "Hãy giữ một trong hai: holidays hoặc [[hours.special]].",
            )


def _displays(draft: Draft) -> None:
    _unique("name", "tên màn hình", [(table, display.name) for table, display in draft.displays])
    known = {counter.number for _, counter in draft.counters}
    for table, display in draft.displays:
        for i, number in enumerate(display.counters):
            if number not in known:
                table.report.add(
                    "unknown_counter",
                    table.at("counters", i),
                    f"không có quầy số {number}",
                    f"Hãy dùng các số quầy của tệp này: {', '.join(map(str, sorted(known)))}.",
                    shown=table.at("counters"),
                )


def _once(report: Report, seen: dict[date, Path], on: date, path: Path, key: str) -> None:
    if on in seen:
        report.add(
            "duplicate",
            path,
            f"ngày {on:%d/%m/%Y} đã có trong {key} ở dòng {report.line(seen[on])}",
            "Hãy xóa một trong hai.",
        )
    seen.setdefault(on, path)


def _overlaps(windows: list[tuple[Table, Window]]) -> None:
    in_order = sorted(windows, key=lambda pair: (pair[1].doors, pair[1].closes))
    for (before_table, before), (table, window) in pairwise(in_order):
        if window.doors < before.closes:
            line = table.report.line(before_table.path)
            message = (
                f"khung giờ từ {window.doors:%H:%M} chồng lên khung giờ ở dòng {line}"
                f" (đến {before.closes:%H:%M})"
            )
            # The same pair of windows usually meets on several days: tell it once.
            if not any(told.message == message for told in table.report.problems):
                table.report.add(
                    "window_overlap",
                    table.at("doors"),
                    message,
                    "Hãy để doors không sớm hơn closes của khung trước trong cùng ngày.",
                )
