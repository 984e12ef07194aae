"""What is said in the hall: the kinds of sentence, their variables, and what a branch says of itself.

A template is plain text with `{variables}`. It holds no digits: a voice of clips says words only.
"""

import re
from enum import StrEnum
from typing import Final

from server.domain.catalogue import Catalogue
from server.domain.text import Text

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")


class Sentence(StrEnum):
    """What an announcement is for."""

    CALL = "call"
    RECALL = "recall"
    LAST_CALL = "last_call"
    FORWARD = "forward"
    PAUSE = "pause"
    PAUSE_MINUTES = "pause_minutes"
    CLOSING = "closing"
    OUTAGE = "outage"
    EMERGENCY = "emergency"


#: Variable -> what it stands for, as the branch file's guide tells it.
VARIABLES: Final[dict[str, str]] = {
    "number": "số thứ tự, đọc từng chữ số",
    "counter": "số quầy",
    "times": "lần gọi thứ mấy",
    "minutes": "bao nhiêu phút",
}

#: Sentence -> the variables it cannot do without, and those it may have.
REQUIRED: Final[dict[Sentence, tuple[str, ...]]] = {
    Sentence.CALL: ("number", "counter"),
    Sentence.RECALL: ("number", "counter"),
    Sentence.LAST_CALL: (),
    Sentence.FORWARD: ("number", "counter"),
    Sentence.PAUSE: ("counter",),
    Sentence.PAUSE_MINUTES: ("counter", "minutes"),
    Sentence.CLOSING: (),
    Sentence.OUTAGE: (),
    Sentence.EMERGENCY: (),
}
OPTIONAL: Final[dict[Sentence, tuple[str, ...]]] = {
    Sentence.RECALL: ("times",),
    Sentence.LAST_CALL: ("number",),
    Sentence.CLOSING: ("minutes",),
}
#: What a branch may want to hear or not; a free notice is its own sentence.
SPOKEN: Final = (
    *("call", "recall", "last_call", "forward", "pause", "closing", "outage", "notice"),
    "emergency",
)
#: Without these nobody would know whose turn it is, or that there is danger.
ALWAYS_SPOKEN: Final = ("call", "recall", "emergency")
#: Before a counter, so that "năm" (5) is not heard as "year" (domain: reading rules).
BEFORE_COUNTER: Final = "quầy số"

USUAL: Final[dict[Sentence, Text]] = {
    Sentence.CALL: Text(
        vi="Kính mời công dân có số thứ tự {number}, đến quầy số {counter}.",
        en="Number {number}, please proceed to counter {counter}.",
    ),
    Sentence.RECALL: Text(
        vi="Nhắc lại lần {times}. Kính mời công dân có số thứ tự {number}, đến quầy số {counter}.",
        en="Repeating. Number {number}, please proceed to counter {counter}.",
    ),
    Sentence.LAST_CALL: Text(
        vi="Đây là lần gọi cuối. Nếu vắng mặt, số của Quý công dân sẽ được tạm giữ."
        " Vui lòng liên hệ bàn hướng dẫn.",
        en="This is the last call. If you are absent, your number will be kept aside."
        " Please contact the guide desk.",
    ),
    Sentence.FORWARD: Text(
        vi="Số thứ tự {number}, kính mời Quý công dân chuyển đến quầy số {counter} để tiếp tục."
        " Quý công dân không cần lấy lại số.",
        en="Number {number}, please go on to counter {counter} to continue."
        " You do not need a new number.",
    ),
    Sentence.PAUSE: Text(
        vi="Quầy số {counter} tạm dừng phục vụ. Quý công dân vui lòng chờ trong giây lát.",
        en="Counter {counter} is pausing. Please wait a moment.",
    ),
    Sentence.PAUSE_MINUTES: Text(
        vi="Quầy số {counter} tạm dừng phục vụ khoảng {minutes} phút."
        " Mong Quý công dân thông cảm và vui lòng chờ.",
        en="Counter {counter} is pausing for about {minutes} minutes. Thank you for waiting.",
    ),
    Sentence.CLOSING: Text(
        vi="Còn {minutes} phút nữa hết giờ nhận số."
        " Quý công dân đang chờ vẫn được phục vụ theo thứ tự.",
        en="Numbers are given for another {minutes} minutes."
        " Everyone who is waiting will still be served in order.",
    ),
    Sentence.OUTAGE: Text(
        vi="Hệ thống gọi số đang gián đoạn."
        " Quý công dân vui lòng theo dõi thông báo của cán bộ hướng dẫn.",
        en="The calling system is interrupted. Please follow the guide staff.",
    ),
    Sentence.EMERGENCY: Text(
        vi="Xin chú ý, có thông báo khẩn cấp."
        " Đề nghị Quý công dân giữ bình tĩnh và làm theo hướng dẫn của cán bộ.",
        en="Attention please, this is an emergency announcement."
        " Please stay calm and follow the staff.",
    ),
}


def variables_of(text: str) -> list[str]:
    """The names between braces, in order."""
    return _VARIABLE.findall(text)


def template(kind: Sentence, catalogue: Catalogue | None = None) -> Text:
    """The branch's own words for a sentence, or the usual ones."""
    own = dict(catalogue.voice.sentences) if catalogue else {}
    return own.get(kind.value, USUAL[kind])


def templates(catalogue: Catalogue | None = None) -> tuple[Text, ...]:
    """The words of every sentence a branch may say."""
    return tuple(template(kind, catalogue) for kind in Sentence)
