"""The keys of a branch file, and the shapes and limits of their values.

`KEYS` is the one list: unknown keys are refused against it, the fixes quote its examples, and a
test holds `deploy/BRANCH_FILE.md` to it.
"""

import re
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final
from zipfile import ZipFile

from server.domain import policies

_TEXT: Final = '{ vi = "Hộ tịch", en = "Civil status" }'
_QUEUES: Final = '["A", "B"]'


def _pair(vi: str, en: str) -> str:
    return f'{{ vi = "{vi}", en = "{en}" }}'


#: Section → key → an example as it would be typed. The section of the top of the file is "".
KEYS: Final[dict[str, dict[str, str]]] = {
    "": {
        "id": '"long-bien"',
        "name": _TEXT,
        "time_zone": '"Asia/Ho_Chi_Minh"',
        "address": '"Số 1, phố Minh Họa"',
        "is_demo": "false",
        "officers": '["Nguyễn Thị An"]',
        "roll_prefix": '"P"',
        "lock_minutes": "10",
        "admin_second_factor": "true",
        "notices": '["Vui lòng giữ phiếu đến khi được phục vụ."]',
        "queues": '[[queues]] id = "A"',
        "services": '[[services]] id = "ho-tich"',
        "procedures": '[[procedures]] id = "khai-sinh"',
        "counters": "[[counters]] number = 1",
        "hours": "[hours]",
        "policy": "[policy]",
        "outcomes": '[[outcomes]] code = "tiep-nhan"',
        "slip": '[[slip.lines]] text = "{number}"',
        "displays": '[[displays]] name = "Sảnh chính"',
        "media": '[[media]] file = "tuyen-truyen.mp4"',
        "voice": "[voice]",
        "reports": '[[reports]] period = "month"',
        "roster": "[[roster]] counter = 1",
        "alerts": "[alerts]",
        "public": "[public]",
    },
    "queues": {
        "id": '"A"',
        "prefix": '"A"',
        "name": _TEXT,
        "first_number": "1",
        "last_number": "999",
        "prints": "true",
        "offline_numbers": "20",
    },
    "services": {
        "id": '"ho-tich"',
        "queue": '"A"',
        "name": _TEXT,
        "hint": '{ vi = "Khai sinh, kết hôn", en = "Birth, marriage" }',
        "icon": '"baby"',
        "mean_minutes": "9.0",
        "sd_minutes": "5.0",
    },
    "procedures": {
        "id": '"khai-sinh"',
        "service": '"ho-tich"',
        "name": '{ vi = "Đăng ký khai sinh", en = "Birth registration" }',
        "papers": '["Tờ khai", "Giấy chứng sinh"]',
        "fee": '"Không thu phí"',
        "statutory_time": '"Trong ngày làm việc"',
        "steps": '["Nộp hồ sơ tại quầy", "Nhận kết quả"]',
        "parts": '["dang-ky-khai-sinh", "dang-ky-thuong-tru"]',
    },
    "counters": {
        "id": '"long-bien-1"',
        "number": "1",
        "direction": '"left"',
        "agency": '"Công an"',
        "auto_call": "true",
        "sources": '[{ queues = ["A", "B"] }]',
    },
    "counters.sources": {
        "queues": _QUEUES,
        "when": '"own_empty"',
        "minutes": "25",
    },
    "hours": {
        "weekly": '[[hours.weekly]] days = ["monday"]',
        "holidays": "[2027-01-01]",
        "special": "[[hours.special]] date = 2027-01-02",
    },
    "hours.weekly": {
        "days": '["monday", "tuesday"]',
        "doors": '"07:30"',
        "opens": '"08:00"',
        "last_ticket": '"11:30"',
        "closes": '"12:00"',
        "queues": _QUEUES,
    },
    "hours.special": {
        "date": "2027-01-02",
        "windows": '[{ doors = "07:30", opens = "08:00", last_ticket = "11:00", closes = "11:30" }]',
    },
    "hours.special.windows": {
        "doors": '"07:30"',
        "opens": '"08:00"',
        "last_ticket": '"11:30"',
        "closes": '"12:00"',
        "queues": _QUEUES,
    },
    "policy": {
        "mode": '"interleave"',
        "normal_per_priority": "2",
        "overtaking_cap_minutes": "20",
        "wait_targets_minutes": "[15, 30]",
        "undo_seconds": "15",
        "yield_places": "5",
        "counter_lease_minutes": "240",
        "rating_hours": "24",
        "rating_pad_seconds": "90",
        "follow_up_days": "3",
        "recalls_before_no_show": "1",
        "day_close": '"ask"',
        "classes": '[[policy.classes]] code = "CT"',
    },
    "policy.classes": {
        "code": '"CT"',
        "name": '{ vi = "Người cao tuổi", en = "Older person" }',
        "rank": "4",
        "head_start_minutes": "15",
        "urgent": "false",
    },
    "outcomes": {
        "code": '"tiep-nhan"',
        "name": '{ vi = "Tiếp nhận hồ sơ", en = "Dossier accepted" }',
        "services": '["ho-tich"]',
        "incomplete": "true",
    },
    "slip": {
        "lines": '[[slip.lines]] text = "{number}"',
    },
    "slip.lines": {
        "text": '"{number}"',
        "label": '{ vi = "Số thứ tự", en = "Queue number" }',
        "size": '"small"',
        "weight": '"bold"',
        "services": '["ho-tich"]',
        "after": '"15:00"',
    },
    "displays": {
        "name": '"Sảnh chính"',
        "layout": '"far"',
        "counters": "[1, 2, 3]",
        "speaks": "false",
        "volume": "80",
        "hours": '[{ since = "11:30", until = "13:30", volume = 0 }]',
    },
    "displays.hours": {
        "since": '"11:30"',
        "until": '"13:30"',
        "volume": "0",
    },
    "media": {
        "file": '"tuyen-truyen.mp4"',
        "text": '{ vi = "Làm thủ tục trực tuyến tại nhà", en = "Apply online from home" }',
        "seconds": "15",
        "since": '"07:30"',
        "until": '"11:30"',
    },
    "voice": {
        "languages": '["vi", "en"]',
        "speaks": '["call", "recall", "last_call", "forward", "emergency"]',
        "closing_minutes": "15",
        "call": _pair(
            "Mời số {number}, đến quầy số {counter}.", "Number {number}, counter {counter}."
        ),
        "recall": _pair(
            "Nhắc lại. Mời số {number}, đến quầy số {counter}.",
            "Again. Number {number}, counter {counter}.",
        ),
        "last_call": _pair("Đây là lần gọi cuối.", "This is the last call."),
        "forward": _pair(
            "Mời số {number} chuyển đến quầy số {counter}.",
            "Number {number}, please go on to counter {counter}.",
        ),
        "pause": _pair("Quầy số {counter} tạm dừng.", "Counter {counter} is pausing."),
        "pause_minutes": _pair(
            "Quầy số {counter} tạm dừng {minutes} phút.",
            "Counter {counter} is pausing for {minutes} minutes.",
        ),
        "closing": _pair(
            "Còn {minutes} phút nữa hết giờ nhận số.",
            "Numbers are given for another {minutes} minutes.",
        ),
        "outage": _pair("Hệ thống gọi số đang gián đoạn.", "The calling system is interrupted."),
        "emergency": _pair("Xin chú ý, có thông báo khẩn cấp.", "Attention please."),
    },
    "reports": {
        "period": '"month"',
        "formats": '["pdf", "xlsx"]',
        "day": "2",
        "at": '"07:00"',
        "to": '["vanphong@motcua.example"]',
        "folder": '"bao-cao-thang"',
        "language": '"vi"',
    },
    "roster": {
        "counter": "1",
        "officer": '"Nguyễn Thị An"',
        "days": '["monday", "tuesday"]',
        "date": "2027-01-02",
        "since": "2027-01-04",
        "until": "2027-03-31",
        "opens": '"08:00"',
        "closes": '"17:00"',
        "closed": "true",
        "covers_break": "true",
    },
    "alerts": {
        "dead_minutes": "30",
        "mail": '["lanh-dao@motcua.example"]',
        "webhooks": '["https://nhan.motcua.example/canh-bao"]',
        "quiet": '["no_rating"]',
    },
    "public": {
        "page": "true",
        "frame": '["https://longbien.example.vn"]',
        "licence": '"CC BY 4.0"',
    },
    "text": {
        "vi": '"Hộ tịch"',
        "en": '"Civil status"',
    },
}

#: Monday first, as `date.weekday()` counts.
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Letters that are told apart when spoken and read: no I O Q J W Z F.
PREFIXES: Final = "ABCDEGHKLMNPRSTUVXY"

SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
QUEUE_ID: Final = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
CLASS_CODE: Final = policies.CLASS_CODE
#: Names of media files: nothing that leads out of the folder, and the kinds that screens can show.
MEDIA_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}\.(?:jpg|jpeg|png|webp|mp4|webm)")
#: Shapes of what a report is sent to.
ADDRESS: Final = re.compile(r"[^\s@<>,;\"]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
FOLDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
ID_LENGTH: Final = 60

#: Lowest and highest value of each whole or decimal number.
LIMITS: Final[dict[str, tuple[int, int]]] = {
    **policies.LIMITS,
    "first_number": (1, 999),
    "last_number": (1, 999),
    "offline_numbers": (0, 200),
    "number": (1, 99),
    "counter": (1, 99),
    "minutes": (1, 480),
    "lock_minutes": (1, 240),
    "dead_minutes": (5, 480),
    "closing_minutes": (1, 60),
    "volume": (0, 100),
    "seconds": (5, 300),
    "day": (1, 28),
    "mean_minutes": (0, 480),
    "sd_minutes": (0, 480),
}


@cache
def icon_names() -> frozenset[str]:
    """The icons the screens can draw: a name outside this set would leave a tile empty."""
    with ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes())) as icons:
        return frozenset(name.removesuffix(".svg") for name in icons.namelist())
