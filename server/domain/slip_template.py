"""What may stand on a slip: the variables of its lines, and the slip of a branch that says nothing."""

import re
from typing import Final

from server.domain.catalogue import SlipLine, SlipSize, SlipWeight
from server.domain.text import Text

#: Variable -> what it stands for, as the branch file's guide tells it.
VARIABLES: Final[dict[str, str]] = {
    "branch": "tên chi nhánh",
    "address": "địa chỉ chi nhánh",
    "number": "số thứ tự",
    "queue": "tên hàng đợi",
    "service": "tên dịch vụ",
    "procedure": "tên thủ tục",
    "counters": "số các quầy phục vụ",
    "direction": "hướng của các quầy đó",
    "time": "giờ lấy số",
    "date": "ngày lấy số",
    "weekday": "thứ",
    "ahead": "số người chờ trước",
    "wait": "thời gian chờ dự kiến",
    "priority": "chữ “Ưu tiên”, không nêu đối tượng",
    "papers": "giấy tờ cần mang",
    "fee": "phí, lệ phí",
    "statutory_time": "thời hạn giải quyết",
    "qr": "mã QR theo dõi số",
    "notice": "câu “Phiếu này không thay thế Giấy tiếp nhận hồ sơ”",
    "reprint": "chữ “IN LẠI” trên phiếu in lại",
    "demo": "chữ “dữ liệu minh họa”",
}

#: These are more than words, so each has a line to itself.
ALONE: Final = ("number", "papers", "qr")
#: Without these a slip would mislead: it must be found, followed, and taken for nothing else.
MANDATORY: Final = ("number", "qr", "notice", "reprint")
#: A line of this text is drawn across the paper.
RULE: Final = "---"

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")


def variables_of(text: str) -> list[str]:
    """The names between braces, in order."""
    return _VARIABLE.findall(text)


def has_stray_brace(text: str) -> bool:
    """Whether a brace opens or closes nothing."""
    return any(brace in _VARIABLE.sub("", text) for brace in "{}")


def _usual(
    text: str | Text,
    label: Text | None = None,
    size: SlipSize = SlipSize.NORMAL,
    weight: SlipWeight = SlipWeight.REGULAR,
) -> SlipLine:
    return SlipLine(
        text=text if isinstance(text, Text) else Text(vi=text),
        label=label or Text(vi=""),
        size=size,
        weight=weight,
    )


#: The slip of a branch whose file has no `[slip]`.
USUAL: Final = (
    _usual("{branch}", weight=SlipWeight.BOLD),
    _usual("{address}", size=SlipSize.SMALL),
    _usual("{demo}", size=SlipSize.SMALL),
    _usual(RULE),
    _usual("{reprint}", size=SlipSize.LARGE, weight=SlipWeight.INVERSE),
    _usual("{number}", Text(vi="Số thứ tự", en="Queue number")),
    _usual("{priority}", weight=SlipWeight.INVERSE),
    _usual("{service}", size=SlipSize.LARGE, weight=SlipWeight.BOLD),
    _usual("{procedure}"),
    _usual(RULE),
    _usual(
        Text(vi="Quầy {counters}", en="Counter {counters}"),
        Text(vi="Phục vụ tại", en="Where"),
    ),
    _usual("{time}, {date}", Text(vi="Giờ lấy số", en="Taken at")),
    _usual("{ahead}", Text(vi="Số người chờ trước", en="People ahead")),
    _usual("{wait}", Text(vi="Dự kiến chờ", en="Wait")),
    _usual(RULE),
    _usual("{papers}", Text(vi="Giấy tờ cần mang", en="What to bring")),
    _usual("{qr}", Text(vi="Quét mã để theo dõi số", en="Scan to follow your number")),
    _usual("{notice}", size=SlipSize.SMALL),
)
