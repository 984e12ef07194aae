"""The agent installs without the server: its folder and its own requirements are enough."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live_office import ROOT

#: Modules that only the server needs; the agent must start where they are missing.
_SERVERS = (
    "flask",
    "flask_socketio",
    "sqlalchemy",
    "gevent",
    "msgspec",
    "numpy",
    "babel",
    "server",
)
_RUN = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from kiosk.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The kiosk folder as it is copied to a mini-PC."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "kiosk", tmp_path / "kiosk", ignore=ignored)
    return tmp_path


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    script = _RUN.format(missing=_SERVERS)
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_starts_without_the_servers_code_and_packages(alone: Path) -> None:
    config = alone / "kiosk.toml"
    config.write_text(
        f'server = "http://127.0.0.1:1"\ntoken = "t"\nbranch = "b"\nstate = "{alone}/state"\n'
        "port = 0\nunknown = 1"
    )
    refused = run(alone, "agent", "--config", str(config))
    assert refused.returncode == 2, refused.stderr
    assert "unknown key unknown" in refused.stderr
    started = alone / "started.py"
    started.write_text(
        "from kiosk.agent.config import load; from kiosk.agent.run import Agent\n"
        "import sys, threading; from pathlib import Path\n"
        "agent = Agent(load(Path(sys.argv[1]))); threading.Timer(1, agent.stop).start()\n"
        "agent.run(); print('ran')"
    )
    config.write_text(config.read_text().replace("unknown = 1", ""))
    blocked = _RUN.format(missing=_SERVERS).split("from kiosk")[0]
    ran = subprocess.run(
        [sys.executable, "-c", f"{blocked}\nexec(open('started.py').read())", str(config)],
        cwd=alone,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.strip().endswith("ran"), ran.stderr


def test_the_preview_of_a_slip_needs_no_server(alone: Path) -> None:
    done = run(alone, "printer", "preview", "--width", "384", "--out", "slip.png")
    assert done.returncode == 0, done.stderr
    assert (alone / "slip.png").stat().st_size > 1_000


def test_its_requirements_are_those_of_the_server_at_the_same_versions() -> None:
    def pins(*names: str) -> dict[str, str]:
        lines = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)
        return dict(re.findall(r"(?m)^([A-Za-z_-]+)(?:\[\w+\])?==([\w.]+)", lines))

    own = pins("kiosk/requirements.txt")
    others = pins("requirements.txt", "tests/requirements.txt", "deploy/constraints.txt")
    assert own
    assert {name: others.get(name) for name in own} == own
