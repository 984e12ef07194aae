"""What a wall's machine is told of itself: a TOML file. An unknown key stops the start."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

_ANGLES: Final = (0, 90, 180, 270)
_LOUDEST: Final = 100
_KEYS: Final[dict[str, type]] = {
    "server": str, "branch": str, "token": str, "rotate": int, "sound": str, "volume": int,
}  # fmt: skip


class ConfigError(Exception):
    """The file cannot be used; the sentence says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The keys of the file; see deploy/RUNBOOK.md. The folders are systemd's."""

    server: str
    branch: str
    #: Empty: the page asks to be paired, and keeps what it is given.
    token: str = ""
    #: Degrees clockwise.
    rotate: int = 0
    #: Part of an output's name, or an ALSA name; empty: chosen by itself.
    sound: str = ""
    #: Of the output at the start, percent.
    volume: int = 80
    #: What must outlive a restart: the browser's profile, with the wall's token.
    state: Path = Path("/var/lib/motcua-display")
    #: What need not.
    runtime: Path = Path("/run/motcua-display")

    @property
    def page(self) -> str:
        """The wall's address, without the token."""
        return f"{self.server}/display/{quote(self.branch)}"

    @property
    def home(self) -> str:
        """Where the browser is sent; the token is in the fragment, which no server sees."""
        return f"{self.page}#token={quote(self.token)}" if self.token else self.page


def load(path: Path) -> Config:
    """The configuration of a file. Raises `ConfigError`."""
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if wrong := _wrong(values):
        raise ConfigError(f"{path}: {wrong}")
    values["server"] = values["server"].rstrip("/")
    for key, name in (("state", "STATE_DIRECTORY"), ("runtime", "RUNTIME_DIRECTORY")):
        if name in os.environ:
            values[key] = Path(os.environ[name])
    return Config(**values)


def _wrong(values: dict[str, Any]) -> str:
    """What to mend; empty when nothing is."""
    for key, value in values.items():
        if key not in _KEYS:
            return f"unknown key {key}; known: {', '.join(_KEYS)}"
        if type(value) is not _KEYS[key]:
            return f"{key} must be {_KEYS[key].__name__}, not {value!r}"
    address = urlsplit(values.get("server", ""))
    if address.scheme not in ("http", "https") or not address.hostname:
        return "server must be an http or https address"
    if not values.get("branch"):
        return "branch is missing"
    if values.get("rotate", 0) not in _ANGLES:
        return "rotate must be 0, 90, 180 or 270"
    if not 0 <= values.get("volume", 0) <= _LOUDEST:
        return "volume must be from 0 to 100"
    return ""
