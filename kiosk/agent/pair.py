"""`python -m kiosk agent pair`: shows a code, waits to be approved, writes the token down.

For a kiosk that has no token yet, or whose token was revoked: an administrator types the code into
the manager's page. Nothing secret is printed.
"""

import http.client
import json
import os
import ssl
import sys
import time
import tomllib
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

_LOOK_S: Final = 2.0
_TIMEOUT_S: Final = 10.0
_UNKNOWN: Final = 404


class PairingError(Exception):
    """It cannot be paired; the sentence says why."""


def pair(path: Path, server: str, branch: str = "") -> int:
    """Pair this kiosk and write its configuration. Raises `PairingError` or OSError."""
    values = _values(path)
    server = server or str(values.get("server", ""))
    if not server.startswith(("http://", "https://")):
        raise PairingError("--server is missing: the address of the Motcua server")
    wish = {"kind": "agent", "branch": branch or str(values.get("branch", ""))}
    paired = None
    while paired is None:
        status, asked = _post(server, "/pairings", wish)
        if status != http.client.CREATED:
            raise PairingError(f"{server}: {status} {asked.get('detail', '')}")
        code = str(asked["code"])
        print(f"\n    {code[:3]} {code[3:]}\n", flush=True)
        print("Quản trị viên mở mục Thiết bị và nhập mã này.", flush=True)
        paired = _wait(server, asked)
    values |= {"server": server, "token": paired["token"], "branch": paired["branch"]}
    _write(path, values)
    print(f"{paired['branch']}: {paired['name']} → {path}")
    return 0


def _wait(server: str, asked: dict[str, Any]) -> dict[str, Any] | None:
    """What the server said when it was approved; None when the code ran out."""
    until = time.monotonic() + float(asked["expires_in_s"]) + _LOOK_S
    while time.monotonic() < until:
        time.sleep(_LOOK_S)
        try:
            status, answer = _post(server, f"/pairings/{asked['id']}", {"secret": asked["secret"]})
        except OSError as error:
            print(f"{server}: {error}", file=sys.stderr)
            continue
        if answer.get("state") == "paired":
            return answer
        if status == _UNKNOWN:
            return None
    return None


def _post(server: str, path: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
    parts = urlsplit(server)
    make = (
        http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
        if parts.scheme == "http"
        else http.client.HTTPSConnection(
            parts.netloc, timeout=_TIMEOUT_S, context=ssl.create_default_context()
        )
    )
    try:
        make.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = make.getresponse()
        content = json.loads(answer.read())
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"no answer: {error!r}") from error
    finally:
        make.close()
    return answer.status, content if isinstance(content, dict) else {}


def _values(path: Path) -> dict[str, Any]:
    """What the file says already; nothing where there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise PairingError(f"{path}: {error}") from error


def _write(path: Path, values: dict[str, Any]) -> None:
    """Whole or not at all, for nobody else to read; whose file it was, it stays."""
    # JSON writes strings and numbers as TOML reads them.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join([*lines, ""]))
    if path.exists():
        known = path.stat()
        os.chown(fresh, known.st_uid, known.st_gid)
        fresh.chmod(known.st_mode & 0o640)
    fresh.replace(path)
