"""The script of a recording session: every word of a language, in the order it is said."""

from collections.abc import Sequence
from typing import Final

from display.announce import number_vocabulary, phrases, plain
from server.domain.text import Text

_HEAD: Final = """\
# Kịch bản ghi âm của Motcua, ngôn ngữ {language}: {count} mục, mỗi mục một dòng.
# Đọc lần lượt từ trên xuống, sau mỗi mục im lặng ít nhất một giây rưỡi; xem deploy/VOICE.md.
# Mục có dấu chấm đọc hạ giọng như cuối câu; mục không có dấu đọc đều giọng như khi liệt kê.
# Nếu đọc sai: im lặng, rồi đọc lại; trước khi cắt, xóa lần đọc sai trong tệp ghi âm.
"""


def script(language: str, wanted: Sequence[str], said: Sequence[Text]) -> str:
    """The script as text; what follows `#` is for the speaker."""
    sentences = set(phrases(language, said))
    numbers = set(number_vocabulary(language))
    parts = {
        "Chữ cái và số, đọc đều giọng": [w for w in wanted if w in numbers],
        "Số ở cuối câu, đọc hạ giọng": [
            w for w in wanted if w not in numbers and w not in sentences and plain(w) in numbers
        ],
        "Các đoạn câu": [w for w in wanted if w in sentences],
    }
    lines = [_HEAD.format(language=language, count=len(wanted))]
    for title, words in parts.items():
        lines += [f"\n# {title}: {len(words)} mục", *words]
    return "\n".join(lines) + "\n"
