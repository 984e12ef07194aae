"""`python -m display check`: is this machine a wall that is seen and heard?"""

import json
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from display.box import panel, sound
from display.box.config import Config
from display.box.wall import STATE

_TIMEOUT_S: Final = 5.0
#: The wall tells of itself every few seconds.
_OLD_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in words for whoever stands before the wall."""

    is_well: bool
    text: str


def check(config: Config) -> list[Finding]:
    """Play a chime and look at everything; takes a few seconds."""
    return [_sound(config), _panel(), _server(config), _page(config.runtime / STATE)]


def _sound(config: Config) -> Finding:
    output = sound.choose(sound.outputs(), config.sound)
    if output is None:
        return Finding(is_well=False, text="Âm thanh: không tìm thấy ngõ ra nào.")
    where = f"{output.label} ({output.name}), {config.volume} %"
    # A folder of its own: the wall that runs keeps its files for itself.
    with tempfile.TemporaryDirectory() as folder:
        env = sound.prepare(output, config.volume, Path(folder))
        wrong = sound.play_chime(output, Path(folder), env)
    if wrong:
        return Finding(is_well=False, text=f"Âm thanh: không phát được qua {where}: {wrong}")
    if output.is_plugged is False:
        return Finding(is_well=False, text=f"Âm thanh: không có gì cắm vào {where}.")
    return Finding(is_well=True, text=f"Âm thanh: đã phát chuông qua {where}. Có nghe thấy không?")


def _panel() -> Finding:
    found = panel.plugged()
    if not found:
        return Finding(
            is_well=False, text="Màn hình: không có màn hình nào được cắm hoặc đang bật."
        )
    return Finding(is_well=True, text=f"Màn hình: {', '.join(found)}")


def _server(config: Config) -> Finding:
    try:
        with urllib.request.urlopen(f"{config.server}/healthz", timeout=_TIMEOUT_S) as answer:  # noqa: S310
            version = json.loads(answer.read())["version"]
        with urllib.request.urlopen(config.page, timeout=_TIMEOUT_S):  # noqa: S310
            pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Finding(is_well=False, text=f"Máy chủ: {config.page}: {error}")
    return Finding(is_well=True, text=f"Máy chủ: {config.server}, phiên bản {version}")


def _page(file: Path) -> Finding:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        state, age_s = str(told["page"]), time.monotonic() - float(told["at"])
    except (OSError, ValueError, KeyError, TypeError):
        state, age_s = "", _OLD_S
    # Of an earlier start of the machine where it lies in the future.
    if not 0 <= age_s < _OLD_S:
        return Finding(is_well=False, text="Trang: màn hình gọi số không chạy trên máy này.")
    words = {
        "pairing": "Trang: đang hiện mã ghép nối; quản trị viên nhập mã này ở mục Thiết bị.",
        "wall": "Trang: màn hình gọi số đang hiện.",
        "waiting": "Trang: đang chờ máy chủ.",
    }
    return Finding(is_well=state == "wall", text=words.get(state, "Trang: không trả lời."))
