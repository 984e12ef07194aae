"""The browser code's own tests, run by node."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_the_pure_parts_of_the_screens() -> None:
    bundled = ROOT / ".venv" / "bin" / "node"
    node = str(bundled) if bundled.exists() else shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    files = sorted(str(f) for f in (ROOT / "tests" / "js").glob("*.test.js"))
    assert files
    run = subprocess.run(
        [node, "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
