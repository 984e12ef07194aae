"""Settings of a process: environment over one TOML file. An unknown key stops the start."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from server import webhooks
from server.clock import Mode

PREFIX = "MOTCUA_"
#: Names outside the prefix that operators know from elsewhere.
_KNOWN_ELSEWHERE = {"DATABASE_URL": "database_url", "REDIS_URL": "redis_url"}
#: Environment names with our prefix that belong to others.
_NOT_SETTINGS = {"MOTCUA_CONFIG"}


#: What may be shown of a dossier besides its code and status, which always are.
DOSSIER_FIELDS: Final = ("procedure", "promised", "next_step")


class SettingsError(Exception):
    """The settings cannot be used; the sentence says what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process needs to know. Each key is `MOTCUA_<NAME>` or a line of the TOML file."""

    #: Folder of the database, Redis, slips and keys.
    data: Path = Path("data")
    port: int = 8000
    host: str = "127.0.0.1"
    #: SQLAlchemy URL; empty = SQLite in the data folder.
    database_url: str = ""
    #: Redis URL; empty = the embedded server.
    redis_url: str = ""
    #: Signs cookies and follow links; empty = made once and kept in the data folder.
    secret: str = ""
    #: How the clock moves: real; manual (simulation); shifted (demo).
    clock: str = "real"
    #: Where a manual or shifted clock begins (ISO 8601); empty = the machine's time.
    clock_start: str = ""
    #: `inside`: the relay runs in the web process; `outside`: in a process of its own.
    relay: str = "inside"
    #: production refuses simulation and demands https cookies.
    environment: str = "office"
    #: Address citizens reach us under, for QR codes; empty = that of the request.
    public_url: str = ""
    #: How many proxies in front set X-Forwarded-* headers.
    proxies: int = 0
    demo: bool = False
    #: Whether workers make the hall's voice where it is missing.
    voice_build: bool = True
    #: Where slips are printed: tcp://host:9100; empty = files in the data folder.
    printer: str = ""
    #: Where dossiers are looked up: http(s) address of a provincial system; empty = imported ones.
    dossiers: str = ""
    #: What that system trusts us by.
    dossiers_token: str = ""
    #: Shown besides code and status: procedure,promised,next_step; empty = strict mode.
    dossier_fields: str = ""
    #: The OpenID provider that staff may sign in by; empty = passwords only.
    oidc_issuer: str = ""
    #: What we are to that provider, and the secret that proves it.
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    #: What the sign-in page calls it; empty = its address.
    oidc_name: str = ""

    #: Where e-mails of alerts are handed in: smtps://host:465 or smtp://host:587; empty = none.
    smtp: str = ""
    #: Who signs in there; empty = nobody.
    smtp_user: str = ""
    smtp_password: str = ""
    #: Whom such e-mails come from.
    smtp_from: str = ""
    #: What webhooks are signed with (`whsec_` and base64); two with a space while one is replaced.
    webhook_secret: str = ""
    #: Whether webhooks may lead to addresses of the own network.
    webhook_private: bool = False

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'motcua.db'}"

    @property
    def shown_fields(self) -> tuple[str, ...]:
        """The parts of `dossier_fields`."""
        return tuple(part.strip() for part in self.dossier_fields.split(",") if part.strip())

    @property
    def paper_url(self) -> str:
        """Where QR codes on paper lead: `public_url`, else where we listen; "" if that is everywhere."""
        if self.public_url or self.host in ("", "0.0.0.0", "::"):  # noqa: S104 - asked, not bound
            return self.public_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_production(self) -> bool:
        """Whether this serves the public over the internet."""
        return self.environment == "production"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process.

    Raises `SettingsError` for an unknown key, a wrong value, or simulation in production.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    if config := environ.get("MOTCUA_CONFIG"):
        values.update(_file(Path(config)))
    for name, value in environ.items():
        if name in _KNOWN_ELSEWHERE:
            values[_KNOWN_ELSEWHERE[name]] = value
        elif name.startswith(PREFIX) and name not in _NOT_SETTINGS:
            values[name.removeprefix(PREFIX).lower()] = value
    known = {f.name: f.type for f in fields(Settings)}
    if unknown := sorted(values.keys() - known.keys()):
        raise SettingsError(f"unknown setting {unknown[0]}; known: {', '.join(sorted(known))}")
    return _checked({k: _typed(k, v) for k, v in values.items()})


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _typed(key: str, value: Any) -> Any:
    text = str(value)
    if key in ("port", "proxies"):
        if not text.isdigit():
            raise SettingsError(f"{key} must be a number, not {text!r}")
        return int(text)
    if key == "data":
        return Path(text).absolute()
    if key in ("demo", "voice_build", "webhook_private"):
        if text.lower() not in ("true", "false", "1", "0"):
            raise SettingsError(f"{key} must be true or false, not {text!r}")
        return text.lower() in ("true", "1")
    return text


def _checked(values: dict[str, Any]) -> Settings:
    settings = Settings(**values)
    if settings.clock not in [m.value for m in Mode]:
        raise SettingsError(f"clock must be real, manual or shifted, not {settings.clock!r}")
    if settings.relay not in ("inside", "outside"):
        raise SettingsError(f"relay must be inside or outside, not {settings.relay!r}")
    if settings.environment not in ("office", "production"):
        raise SettingsError(
            f"environment must be office or production, not {settings.environment!r}"
        )
    if settings.dossiers and not settings.dossiers.startswith(("https://", "http://")):
        raise SettingsError(f"dossiers must be an https address, not {settings.dossiers!r}")
    if settings.is_production and settings.dossiers.startswith("http://"):
        raise SettingsError("dossiers must be https in production: the token must not be read")
    if unknown := [f for f in settings.shown_fields if f not in DOSSIER_FIELDS]:
        known = ", ".join(DOSSIER_FIELDS)
        raise SettingsError(f"dossier_fields are some of {known}, not {unknown[0]!r}")
    _check_provider(settings)
    _check_messages(settings)
    if settings.is_production and settings.clock != Mode.REAL:
        raise SettingsError("a production configuration has a real clock: no simulation")
    return settings


def _check_provider(settings: Settings) -> None:
    if not settings.oidc_issuer:
        return
    if not settings.oidc_issuer.startswith(("https://", "http://")):
        raise SettingsError(f"oidc_issuer must be an https address, not {settings.oidc_issuer!r}")
    if settings.is_production and not settings.oidc_issuer.startswith("https://"):
        raise SettingsError("oidc_issuer must be https in production: who signs in must be sure")
    if not settings.oidc_client_id or not settings.oidc_client_secret:
        raise SettingsError("oidc_issuer needs oidc_client_id and oidc_client_secret")


def _check_messages(settings: Settings) -> None:
    if settings.smtp and not settings.smtp.startswith(("smtps://", "smtp://")):
        raise SettingsError(f"smtp must be smtps://host or smtp://host, not {settings.smtp!r}")
    if settings.smtp and "@" not in settings.smtp_from:
        raise SettingsError("smtp needs smtp_from: whom the e-mails come from")
    try:
        webhooks.keys_of(settings.webhook_secret)
    except ValueError as error:
        raise SettingsError(f"webhook_secret: {error}") from error


def secret_of(settings: Settings) -> str:
    """The signing key: configured, or made once and kept in the data folder (mode 600)."""
    if settings.secret:
        return settings.secret
    path = settings.data / "secret"
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text(encoding="ascii")
