"""What an agent is told of itself: a TOML file. An unknown key stops the start."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kiosk.printer import AddressError, Printer


class ConfigError(Exception):
    """The file cannot be used; the sentence says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The keys of the file; see deploy/RUNBOOK.md."""

    #: Address of the Motcua server, such as http://10.0.0.2:8000.
    server: str
    #: The kiosk's device token, as `python -m server device add` showed it.
    token: str
    branch: str
    #: The printer's address, as in README.md; empty = slips as files in the state folder.
    printer: str = ""
    #: Folder of the ledger and of the pages kept for when the server is away.
    state: Path = Path("/var/lib/motcua-kiosk")
    #: Redis to take print jobs from; empty = ask the server over its socket.
    redis: str = ""
    #: Where the kiosk's browser finds the page, on this machine only.
    port: int = 8765


def load(path: Path) -> Config:
    """The agent's configuration. Raises `ConfigError`."""
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return checked(values)


def checked(values: dict[str, Any]) -> Config:
    """The configuration of a table of values. Raises `ConfigError`."""
    known = {f.name: f for f in fields(Config)}
    if unknown := sorted(values.keys() - known.keys()):
        raise ConfigError(f"unknown key {unknown[0]}; known: {', '.join(known)}")
    for name in ("server", "token", "branch"):
        if not values.get(name):
            raise ConfigError(f"{name} is missing")
    for name, value in values.items():
        wanted: type = int if name == "port" else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ConfigError(f"{name} must be {wanted.__name__}, not {value!r}")
    typed: dict[str, Any] = {k: Path(v) if k == "state" else v for k, v in values.items()}
    config = Config(**typed)
    address = urlsplit(config.server)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ConfigError(f"server must be an http or https address, not {config.server!r}")
    if config.redis and not config.redis.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigError("redis must begin with redis://, rediss:// or unix://")
    try:
        Printer(config.printer, config.state)
    except AddressError as error:
        raise ConfigError(f"printer: {error}") from error
    return config
