"""What a new catalogue changes, in Vietnamese lines for the person who is about to publish it.

Fields are walked generically, so a field added to the catalogue later is never left out of the
comparison. Only version numbers are ignored: the server assigns them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Final

from server.branchfile import roster
from server.domain.alert_settings import AlertSettings
from server.domain.catalogue import (
    Catalogue,
    Counter,
    DayClose,
    Direction,
    Mode,
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
from server.domain.report_periods import Kind, ReportSchedule
from server.domain.text import Text

_Keyed = Queue | Service | Procedure | Counter | Outcome | PriorityClass | Display

#: Field → what people call it.
LABELS: Final[dict[str, str]] = {
    "address": "địa chỉ",
    "admin_second_factor": "quản trị viên đăng nhập hai bước",
    "agency": "cơ quan",
    "auto_call": "tự động gọi",
    "branch": "mã chi nhánh",
    "code": "mã",
    "counter_lease_minutes": "giữ quầy khi mất kết nối (phút)",
    "counters": "của các quầy",
    "day_close": "số còn chờ cuối ngày",
    "dead_minutes": "không nhắc lại cùng một việc trong (phút)",
    "direction": "hướng",
    "fee": "phí, lệ phí",
    "first_number": "số đầu",
    "follow_up_days": "hạn xử lý đánh giá thấp (ngày làm việc)",
    "head_start_minutes": "cộng thời gian chờ (phút)",
    "hint": "gợi ý",
    "hours": "âm lượng theo giờ",
    "icon": "biểu tượng",
    "is_demo": "dữ liệu minh họa",
    "last_number": "số cuối",
    "layout": "cách bày",
    "lock_minutes": "tự khóa màn hình quầy (phút)",
    "mail": "gửi thư đến",
    "mean_minutes": "thời gian phục vụ trung bình (phút)",
    "mode": "cách xếp ưu tiên",
    "name": "tên",
    "normal_per_priority": "số lượt thường trên một lượt ưu tiên",
    "number": "số quầy",
    "offline_numbers": "số dự phòng khi mất mạng",
    "overtaking_cap_minutes": "vượt lượt tối đa (phút)",
    "papers": "giấy tờ",
    "parts": "các thủ tục liên thông",
    "prefix": "ký tự đầu số",
    "prints": "in phiếu",
    "queue": "hàng đợi",
    "quiet": "không báo",
    "rank": "thứ tự ưu tiên",
    "rating_hours": "thời hạn đánh giá (giờ)",
    "rating_pad_seconds": "bảng đánh giá chờ (giây)",
    "recalls_before_no_show": "số lần gọi lại trước khi ghi vắng",
    "roll_prefix": "ký tự đầu số của cuộn phiếu giấy",
    "sd_minutes": "độ lệch thời gian phục vụ (phút)",
    "service": "dịch vụ",
    "services": "áp dụng cho dịch vụ",
    "sources": "nguồn gọi số",
    "speaks": "phát tiếng",
    "statutory_time": "thời hạn giải quyết",
    "steps": "các bước",
    "time_zone": "múi giờ",
    "undo_seconds": "thời gian được hoàn tác (giây)",
    "incomplete": "thiếu giấy tờ, phải quay lại",
    "urgent": "khẩn cấp",
    "volume": "âm lượng (%)",
    "wait_targets_minutes": "chỉ tiêu chờ nội bộ (phút)",
    "webhooks": "gửi webhook đến",
    "yield_places": "số người được lùi lại mỗi lần",
}

#: Compared item by item below, or not at all.
_APART: Final = {
    *("id", "version", "queues", "services", "procedures", "counters", "hours", "policy"),
    *("outcomes", "notices", "officers", "classes", "slip", "displays", "media", "voice"),
    *("alerts", "public", "reports", "roster"),
}

_DAYS: Final = (
    *("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu"),
    *("thứ Bảy", "Chủ nhật"),
)

_PERIODS: Final = dict(zip(Kind, ("ngày", "tuần", "tháng", "quý", "năm"), strict=True))

_WORDS: Final[dict[StrEnum, str]] = {
    Mode.STRICT: "ưu tiên tuyệt đối",
    Mode.INTERLEAVE: "xen kẽ",
    Mode.HEAD_START: "cộng thời gian chờ",
    DayClose.CLOSE: "kết thúc trong ngày",
    DayClose.CARRY_OVER: "chuyển sang ngày làm việc tiếp theo",
    DayClose.ASK: "hỏi người kết thúc ngày",
    Direction.LEFT: "bên trái",
    Direction.RIGHT: "bên phải",
    Direction.AHEAD: "phía trước",
    Layout.STANDARD: "tiêu chuẩn",
    Layout.FAR: "sảnh dài",
    Layout.MANY: "nhiều quầy",
    Layout.MEDIA: "có trình chiếu",
    Layout.SIGN: "trên quầy",
    SlipSize.SMALL: "cỡ nhỏ",
    SlipSize.NORMAL: "cỡ thường",
    SlipSize.LARGE: "cỡ lớn",
    SlipWeight.REGULAR: "nét thường",
    SlipWeight.BOLD: "nét đậm",
    SlipWeight.INVERSE: "chữ trắng nền đen",
}


def difference(old: Catalogue | None, new: Catalogue) -> list[str]:
    """What changes from `old` to `new`, one line a change; empty when they are equal."""
    if old is None:
        return _whole(new)
    return [
        *_fields("Chi nhánh", old, new),
        *_items("hàng đợi", old.queues, new.queues),
        *_items("dịch vụ", old.services, new.services),
        *_items("thủ tục", old.procedures, new.procedures),
        *_items("quầy", old.counters, new.counters),
        *_items("kết quả", old.outcomes, new.outcomes),
        *_hours(old, new),
        *_fields("Chính sách gọi số", old.policy, new.policy),
        *_items("đối tượng ưu tiên", old.policy.classes, new.policy.classes),
        *_list("cán bộ", old.officers, new.officers, str),
        *_list("thông báo", old.notices, new.notices, _show),
        *_slip(old.slip, new.slip),
        *_items("màn hình", old.displays, new.displays),
        *_list("mục trình chiếu", old.media, new.media, _show),
        *_voice(old.voice, new.voice),
        *_list("lịch báo cáo", old.reports, new.reports, _show),
        *_fields("Cảnh báo", old.alerts, new.alerts),
        *_public(old.public, new.public),
        *roster.difference(old, new),
    ]


def _whole(new: Catalogue) -> list[str]:
    """A branch that did not exist: a summary, since every line of it is new."""
    counts = {
        "hàng đợi": [_called(queue) for queue in new.queues],
        "dịch vụ": [_called(service) for service in new.services],
        "thủ tục": [_called(procedure) for procedure in new.procedures],
        "quầy": [_called(counter) for counter in new.counters],
        "kết quả": [_called(outcome) for outcome in new.outcomes],
        "đối tượng ưu tiên": [_called(item) for item in new.policy.classes],
    }
    return [
        f"Thêm chi nhánh {new.branch} “{new.name.vi}”",
        *(
            f"Thêm {len(names)} {label}: {', '.join(names)}"
            for label, names in counts.items()
            if names
        ),
    ]


def _fields(
    subject: str,
    old: Catalogue | Policy | AlertSettings | _Keyed,
    new: Catalogue | Policy | AlertSettings | _Keyed,
    apart: frozenset[str] | set[str] = _APART,
) -> Iterator[str]:
    for item in fields(old):
        before, after = getattr(old, item.name), getattr(new, item.name)
        if item.compare and item.name not in apart and before != after:
            label = LABELS.get(item.name, item.name)
            yield f"{subject}, {label}: {_show(before)} → {_show(after)}"


def _key(item: _Keyed) -> str:
    if isinstance(item, Display):
        return item.name
    return item.code if isinstance(item, Outcome | PriorityClass) else item.id


def _called(item: _Keyed) -> str:
    """The item as people know it."""
    if isinstance(item, Counter):
        return str(item.number)
    if isinstance(item, Display):
        return f"“{item.name}”"
    return f"{_key(item)} “{item.name.vi}”"


def _items(label: str, old: Sequence[_Keyed], new: Sequence[_Keyed]) -> Iterator[str]:
    before = {_key(item): item for item in old}
    after = {_key(item): item for item in new}
    for key, item in before.items():
        if key not in after:
            yield f"Bỏ {label} {_called(item)}"
    for key, item in after.items():
        if key not in before:
            yield f"Thêm {label} {_called(item)}"
        else:
            yield from _fields(
                f"Sửa {label} {_called(before[key])}",
                before[key],
                item,
                # An outcome's services are a plain field; a catalogue's are compared apart.
                {"id", "version"},
            )
    yield from _order(label, list(before), list(after))


def _order(label: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    kept_before = [key for key in old if key in new]
    kept_after = [key for key in new if key in old]
    if kept_before != kept_after:
        yield f"Đổi thứ tự {label}: {', '.join(kept_before)} → {', '.join(kept_after)}"


def _list(
    label: str, old: Sequence[object], new: Sequence[object], show: Callable[[object], str]
) -> Iterator[str]:
    before, after = [show(item) for item in old], [show(item) for item in new]
    yield from (f"Bỏ {label}: {item}" for item in before if item not in after)
    yield from (f"Thêm {label}: {item}" for item in after if item not in before)
    if sorted(before) != sorted(after) and set(before) == set(after):
        yield f"Đổi số lần ghi {label}: {len(before)} → {len(after)}"
    yield from _order(label, list(dict.fromkeys(before)), list(dict.fromkeys(after)))


def _hours(old: Catalogue, new: Catalogue) -> Iterator[str]:
    weekly = dict(zip(_DAYS, old.hours.weekly, strict=False))
    for name, windows in zip(_DAYS, new.hours.weekly, strict=False):
        if weekly.get(name, ()) != windows:
            yield f"Giờ làm việc {name}: {_show(weekly.get(name, ()))} → {_show(windows)}"
    gone, added = old.hours.holidays - new.hours.holidays, new.hours.holidays - old.hours.holidays
    yield from (f"Bỏ ngày nghỉ {_show(day)}" for day in sorted(gone))
    yield from (f"Thêm ngày nghỉ {_show(day)}" for day in sorted(added))
    yield from _special(dict(old.hours.special), dict(new.hours.special))
    before, after = ([day.isoformat() for day, _ in c.hours.special] for c in (old, new))
    yield from _order("ngày có giờ riêng", before, after)


def _special(
    old: Mapping[date, tuple[Window, ...]], new: Mapping[date, tuple[Window, ...]]
) -> Iterator[str]:
    for day in sorted({*old, *new}):
        if day not in new:
            yield f"Bỏ giờ riêng ngày {_show(day)}"
        elif day not in old:
            yield f"Thêm giờ riêng ngày {_show(day)}: {_show(new[day])}"
        elif old[day] != new[day]:
            yield f"Giờ riêng ngày {_show(day)}: {_show(old[day])} → {_show(new[day])}"


def _slip(old: Sequence[SlipLine], new: Sequence[SlipLine]) -> Iterator[str]:
    """Lines may repeat, such as rules, so what is told is which came and which went."""
    gone, come = list(old), list(new)
    for line in new:
        if line in gone:
            gone.remove(line)
    for line in old:
        if line in come:
            come.remove(line)
    yield from (f"Bỏ dòng trên phiếu: {_show_slip_line(line)}" for line in gone)
    yield from (f"Thêm dòng trên phiếu: {_show_slip_line(line)}" for line in come)
    if old != new and not gone and not come:
        yield f"Đổi thứ tự dòng trên phiếu: {'; '.join(line.text.vi for line in new)}"


def _voice(old: Voice, new: Voice) -> Iterator[str]:
    if old.languages != new.languages:
        yield f"Ngôn ngữ đọc: {', '.join(old.languages)} → {', '.join(new.languages)}"
    if old.speaks != new.speaks:
        yield f"Các câu được đọc: {', '.join(old.speaks)} → {', '.join(new.speaks)}"
    if old.closing_minutes != new.closing_minutes:
        yield f"Báo sắp hết giờ trước: {old.closing_minutes} phút → {new.closing_minutes} phút"
    before, after = dict(old.sentences), dict(new.sentences)
    for kind in dict.fromkeys([*before, *after]):
        if before.get(kind) != after.get(kind):
            shown = [
                _show(said[kind]) if kind in said else "(câu mặc định)" for said in (before, after)
            ]
            yield f"Câu đọc {kind}: {shown[0]} → {shown[1]}"


def _public(old: Public, new: Public) -> Iterator[str]:
    if old.page != new.page:
        yield f"Trang công khai: {_show(old.page)} → {_show(new.page)}"
    yield from _list("trang được nhúng", old.frame, new.frame, str)
    if old.licence != new.licence:
        yield f"Giấy phép dữ liệu mở: {_show(old.licence)} → {_show(new.licence)}"


def _show(value: object) -> str:
    match value:
        case Text(vi=vi, en=en):
            return f"“{vi}” / “{en}”" if en else f"“{vi}”"
        case StrEnum():
            return _WORDS.get(value, value.value)
        case bool():
            return "có" if value else "không"
        case float():
            return f"{value:g}".replace(".", ",") if value == round(value, 4) else repr(value)
        case date():
            return f"{value:%d/%m/%Y}"
        case ReportSchedule():
            return _show_report(value)
        case Window() | Source() | Loudness() | Media():
            return _show_part(value)
        case tuple():
            return "; ".join(_show(item) for item in value) or "(trống)"
        case str():
            return f"“{value}”" if value else "(trống)"
        case _:
            return str(value)


def _show_part(part: Window | Source | Loudness | Media) -> str:
    match part:
        case Window():
            return _show_window(part)
        case Source():
            return _show_source(part)
        case Loudness():
            return f"{part.since:%H:%M} đến {part.until:%H:%M}: {part.volume} %"
        case Media():
            return _show_media(part)


def _show_window(window: Window) -> str:
    only = f", chỉ {', '.join(window.queues)}" if window.queues else ""
    return (
        f"{window.opens:%H:%M} đến {window.closes:%H:%M} (mở cửa {window.doors:%H:%M},"
        f" số cuối {window.last_ticket:%H:%M}{only})"
    )


def _show_media(media: Media) -> str:
    parts = [media.file or _show(media.text), f"{media.seconds} giây"]
    if media.since:
        parts.append(f"từ {media.since:%H:%M}")
    if media.until:
        parts.append(f"đến {media.until:%H:%M}")
    return ", ".join(parts)


def _show_report(report: ReportSchedule) -> str:
    parts = [f"hằng {_PERIODS[report.period]}", "+".join(report.formats), f"sau {report.day} ngày"]
    parts += [f"lúc {report.at:%H:%M}", *report.to]
    if report.folder:
        parts.append(f"thư mục {report.folder}")
    if report.language != "vi":
        parts.append(report.language)
    return ", ".join(parts)


def _show_slip_line(line: SlipLine) -> str:
    parts = [_show(line.text), *([_show(line.label)] if line.label.vi else [])]
    parts += [_show(line.size), _show(line.weight)]
    if line.services:
        parts.append(f"chỉ {', '.join(line.services)}")
    if line.after:
        parts.append(f"từ {line.after:%H:%M}")
    return ", ".join(parts)


def _show_source(source: Source) -> str:
    queues = "+".join(source.queues)
    match source.when:
        case SourceRule.ALWAYS:
            return queues
        case SourceRule.OWN_EMPTY:
            return f"{queues} khi hàng của quầy trống"
        case SourceRule.WAIT_OVER:
            return f"{queues} khi chờ quá {source.minutes} phút"
