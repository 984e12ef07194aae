"""The browser's libraries and fonts: which files are served, and how they are installed.

They come from `package-lock.json` through npm at set-up; nothing is bundled and nothing is
fetched while running. Only the files listed here are ever served: `node_modules` is not.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
STAMP = NODE_MODULES / ".motcua-stamp"
SETUP_REQUIREMENTS = ROOT / "deploy" / "requirements-setup.txt"
OLDEST_NPM = 10
HOW_TO_INSTALL = (
    "The browser files are not installed. Run `make run` (or"
    " `npm ci --omit=dev --ignore-scripts` in the project's folder), then reload this page."
)

#: What a page may import by a bare name, and the file that answers to it.
MODULES = {
    "preact": "preact.mjs",
    "preact/hooks": "hooks.mjs",
    "htm": "htm.mjs",
    "@preact/signals": "signals.mjs",
    "@preact/signals-core": "signals-core.mjs",
    "socket.io-client": "socket.io.esm.min.js",
    "echarts": "echarts.esm.min.mjs",
}

_SUBSETS = ("latin", "latin-ext", "vietnamese")
_VIETNAM_PRO = [
    f"be-vietnam-pro-{subset}-{weight}-normal.woff2"
    for weight in (400, 500, 600, 700, 800)
    for subset in _SUBSETS
]
_INTER = [f"inter-{subset}-wght-normal.woff2" for subset in _SUBSETS]

#: Served name -> path inside `node_modules`. Each file stands alone or imports only `MODULES`.
VENDOR_FILES: dict[str, str] = {
    "preact.mjs": "preact/dist/preact.mjs",
    "hooks.mjs": "preact/hooks/dist/hooks.mjs",
    "htm.mjs": "htm/dist/htm.mjs",
    "signals.mjs": "@preact/signals/dist/signals.mjs",
    "signals-core.mjs": "@preact/signals-core/dist/signals-core.mjs",
    "socket.io.esm.min.js": "socket.io-client/dist/socket.io.esm.min.js",
    "echarts.esm.min.mjs": "echarts/dist/echarts.esm.min.mjs",
    **{name: f"@fontsource/be-vietnam-pro/files/{name}" for name in _VIETNAM_PRO},
    **{name: f"@fontsource-variable/inter/files/{name}" for name in _INTER},
}


class BrowserFilesMissing(RuntimeError):
    """The browser's libraries could not be installed."""


def import_map(prefix: str) -> dict[str, dict[str, str]]:
    """The import map of a page whose vendor files are served under `prefix`."""
    base = prefix.rstrip("/")
    return {"imports": {name: f"{base}/{served}" for name, served in MODULES.items()}}


def vendor_path(name: str) -> Path | None:
    """The file behind a served name; None for everything that is not on the list."""
    inside = VENDOR_FILES.get(name)
    return None if inside is None else NODE_MODULES / inside


def lock_hash() -> str:
    """Changes whenever any library does: fit for the address of files cached for ever."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]


def missing() -> list[str]:
    """The served names whose file is not there."""
    return [name for name, inside in VENDOR_FILES.items() if not (NODE_MODULES / inside).is_file()]


def is_current(*, dev: bool = False) -> bool:
    """Was what `package-lock.json` says installed, with the development tools if asked for?"""
    if not STAMP.is_file():
        return False
    stamped = STAMP.read_text(encoding="utf-8").split()
    return stamped[:1] == [lock_hash()] and (not dev or "dev" in stamped) and not missing()


def ensure(*, dev: bool = False) -> None:
    """Install the browser's files unless they are there already; a second call does nothing."""
    if is_current(dev=dev):
        return
    npm = find_npm()
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # npm starts `node` by name: where both came from the wheel they stand side by side.
    path = os.pathsep.join((str(Path(npm).parent), os.environ.get("PATH", os.defpath)))
    finished = subprocess.run(
        command if dev else [*command, "--omit=dev"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if finished.returncode != 0 or missing():
        raise BrowserFilesMissing(HOW_TO_INSTALL)
    STAMP.write_text(f"{lock_hash()} {'dev' if dev else 'run'}\n", encoding="utf-8")


def find_npm() -> str:
    """A usable npm: the machine's, else the wheel's in this environment, installed if need be."""
    own = Path(sys.prefix, "bin", "npm")
    for candidate in (shutil.which("npm"), str(own)):
        if candidate and Path(candidate).exists() and _npm_major(candidate) >= OLDEST_NPM:
            return candidate
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "-r", str(SETUP_REQUIREMENTS)],
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if own.exists():
        return str(own)
    raise BrowserFilesMissing(
        "npm was not found and could not be installed. Install Node.js 20 or newer with npm 10"
        " or newer, then run this again."
    )


def _npm_major(npm: str) -> int:
    path = os.pathsep.join((str(Path(npm).parent), os.environ.get("PATH", os.defpath)))
    try:
        answer = subprocess.run(
            [npm, "--version"],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"\d+", answer.stdout.strip())
    return int(found.group()) if found else 0


def main(arguments: list[str]) -> int:
    """`python -m server.browser_files [--dev]`: the set-up step of `make run` and `make test`."""
    try:
        ensure(dev="--dev" in arguments)
    except BrowserFilesMissing as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
