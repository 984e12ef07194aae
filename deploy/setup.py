"""Set up a fresh machine: `python3 deploy/setup.py run`, or `test` for the tests' needs as well.

Called by the Makefile. It needs nothing but Python's standard library, does each step once (a stamp
remembers what was installed) and says in one sentence what is missing where it cannot go on.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = ROOT / "deploy" / "constraints.txt"
OLDEST_PYTHON = (3, 11)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TESSERACT_PACKAGES = ("tesseract-ocr", "tesseract-ocr-vie")


def say(sentence: str) -> None:
    print(f"setup: {sentence}", flush=True)


def stop(sentence: str) -> None:
    raise SystemExit(f"setup: {sentence}")


def run(*argv: str) -> bool:
    """Run a step with no standard input: nothing here may wait for an answer."""
    return subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0


def make_environment() -> None:
    """Make `.venv` with the Python that runs this file."""
    if PYTHON.exists() and run(str(PYTHON), "-c", "import pip"):
        return
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        stop(
            "this machine's python3 comes without its venv module. Install it first; on Debian"
            " and Ubuntu: apt-get install python3-venv"
        )
    say("making .venv")
    if not run(sys.executable, "-m", "venv", "--clear", str(VENV)):
        stop("the virtual environment .venv could not be made; the lines above say why.")


def install(requirements: str) -> None:
    """Install a requirements file, unless exactly that was installed before."""
    source = ROOT / requirements
    wanted = hashlib.sha256(source.read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
    stamp = VENV / f".installed-{requirements.replace('/', '-')}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    say(f"installing {requirements}")
    pip = (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if not run(*pip, "-r", requirements):
        stop(
            f"{requirements} could not be installed; the lines above say why."
            " This step needs the internet, or a folder of wheels named by PIP_FIND_LINKS."
        )
    stamp.write_text(wanted, encoding="utf-8")


def install_browser_files(*, dev: bool) -> bool:
    command = [str(PYTHON), "-m", "server.browser_files"]
    return run(*command, *(["--dev"] if dev else []))


def install_test_programs() -> None:
    """Get Debian's Chromium and its reader of letters for the tests, where we may; else say so."""
    if not any(shutil.which(name) for name in CHROMIUM_NAMES):
        install_packages("the browser tests need Chromium", "chromium")
    if not shutil.which("systemd-analyze"):
        install_packages("the tests of the kiosk's units need systemd-analyze", "systemd")
    if not (shutil.which("cage") and shutil.which("Xwayland")):
        install_packages("the test of the kiosk's screen needs cage", "cage", "xwayland")
    if not reads_vietnamese():
        install_packages("the tests that read paper need Tesseract", *TESSERACT_PACKAGES)


def reads_vietnamese() -> bool:
    if not shutil.which("tesseract"):
        return False
    asked = subprocess.run(
        ("tesseract", "--list-langs"), capture_output=True, text=True, check=False
    )
    return "vie" in asked.stdout.split()


def install_packages(need: str, *packages: str) -> None:
    """Install Debian packages without asking anything."""
    missing = f"{need}, which is missing, and will be skipped"
    if not shutil.which("apt-get"):
        say(f"{missing}: install it with this machine's package manager.")
        return
    as_root = () if os.geteuid() == 0 else ("sudo", "-n")
    if as_root and not (shutil.which("sudo") and run(*as_root, "true")):
        say(f"{missing}: ask an administrator to run: apt-get install {' '.join(packages)}")
        return
    say(f"{need}: installing {' '.join(packages)}")
    apt = (*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
    run(*apt, "-q", "update")
    if not run(*apt, "-q", "install", "-y", "--no-install-recommends", *packages):
        say(f"{missing}: apt-get could not install it; the lines above say why.")


def main(arguments: list[str]) -> None:
    if sys.version_info < OLDEST_PYTHON:
        stop(f"Motcua needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.")
    for_tests = arguments == ["test"]
    make_environment()
    install("requirements.txt")
    if for_tests:
        install("tests/requirements.txt")
    if not install_browser_files(dev=for_tests):
        # The server still starts, and its pages say what to do: better than no queue at all.
        say("the browser files are missing; the screens will say so until this is repeated.")
    if for_tests:
        install_test_programs()


if __name__ == "__main__":
    main(sys.argv[1:])
