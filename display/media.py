"""Pictures and films for the walls: files that an administrator puts into the branch's folder."""

import re
from pathlib import Path
from typing import Final

#: What a file of this ending begins with, and how large it may be, bytes.
_PICTURE: Final = 10 * 1024 * 1024
_FILM: Final = 300 * 1024 * 1024
_KINDS: Final[dict[str, tuple[str, int, re.Pattern[bytes]]]] = {
    "jpg": ("image/jpeg", _PICTURE, re.compile(rb"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", _PICTURE, re.compile(rb"\xff\xd8\xff")),
    "png": ("image/png", _PICTURE, re.compile(rb"\x89PNG\r\n\x1a\n")),
    "webp": ("image/webp", _PICTURE, re.compile(rb"RIFF....WEBP", re.DOTALL)),
    "mp4": ("video/mp4", _FILM, re.compile(rb"....ftyp", re.DOTALL)),
    "webm": ("video/webm", _FILM, re.compile(rb"\x1a\x45\xdf\xa3")),
}


def folder(data: Path, branch: str) -> Path:
    """Where the branch's files lie."""
    return data / "media" / branch


def kind_of(file: Path) -> str | None:
    """The media type of a file that may be shown; None where it is missing, too large or another."""
    known = _KINDS.get(file.suffix.removeprefix("."))
    if known is None:
        return None
    kind, largest, beginning = known
    try:
        if not file.is_file() or file.is_symlink() or file.stat().st_size > largest:
            return None
        with file.open("rb") as content:
            return kind if beginning.match(content.read(16)) else None
    except OSError:
        return None
