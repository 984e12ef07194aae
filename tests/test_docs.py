"""What the documents say of the product is so."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from server.cli import parser
from server.domain.events import EVENT_TYPES
from server.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
RUNBOOK = (ROOT / "deploy" / "RUNBOOK.md").read_text("utf-8")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "deploy").glob("*.md"), *(ROOT / "tests").rglob("*.md")]
)


def test_the_settings_table_lists_every_setting_and_no_other() -> None:
    told = set(re.findall(r"`(MOTCUA_[A-Z_]+|DATABASE_URL|REDIS_URL)`", README))
    elsewhere = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}
    known = {elsewhere.get(f.name, f"MOTCUA_{f.name.upper()}") for f in fields(Settings)}
    assert told == known | {"MOTCUA_CONFIG"}


def test_every_verb_of_the_command_line_is_named() -> None:
    verbs = next(a.choices for a in parser()._actions if a.choices)
    assert verbs
    line = README[README.index("## Command line") :]
    assert not [verb for verb in verbs if f"`{verb}" not in line]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert not [t for t in targets if "://" not in t and not (document.parent / t).exists()]
    code = re.findall(r"`((?:server|kiosk|counter|display|manager|tests|deploy)/[^`*<> ]*)`", text)
    assert not [path for path in code if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_make_targets_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b`?", _code(document))) <= targets


def _code(document: Path) -> str:
    """What stands in code marks: prose may make something else."""
    text = document.read_text("utf-8")
    return "\n".join(re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL))


def test_the_log_format_lists_every_event_with_its_payload() -> None:
    page = (ROOT / "deploy" / "LOG_FORMAT.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", page[page.index("## Events") :], re.MULTILINE)
    told = {name: re.findall(r"`(\w+)`", payload) for name, payload in rows}
    assert told == {name: [f.name for f in fields(kind)] for name, kind in EVENT_TYPES.items()}


def test_requirements_are_pinned_with_a_reason() -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        lines = (ROOT / name).read_text("utf-8").splitlines()
        packages = [line for line in lines if line and not line.startswith(("#", "-"))]
        assert packages
        bare = [line for line in packages if not re.match(r"[\w.\[\]-]+==\S+ +(#|;).+", line)]
        assert not bare
