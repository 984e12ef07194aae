"""The branch files we ship and the page that documents their keys."""

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from server.branchfile import dumps, load
from server.branchfile.schema import KEYS, LIMITS, icon_names
from server.domain.catalogue import Catalogue, DayClose, Direction, Mode, SourceRule

DEPLOY = Path(__file__).parents[2] / "deploy"
DEMO = DEPLOY / "branches" / "long-bien.toml"
EMPTY = DEPLOY / "branches" / "empty.toml"


def _texts(catalogue: Catalogue) -> list[str]:
    return re.findall(r'"((?:[^"\\]|\\.)*)"', dumps(catalogue))


def test_the_demo_is_the_branch_of_the_reference() -> None:
    demo = load(DEMO)
    assert (demo.branch, demo.is_demo, demo.time_zone) == ("long-bien", True, "Asia/Ho_Chi_Minh")
    assert demo.name.vi == "Điểm tiếp nhận và trả kết quả phường Long Biên"
    assert "".join(queue.prefix for queue in demo.queues) == "ABCDEHKLMR"
    assert [s.queue for s in demo.services] == [q.id for q in demo.queues]
    assert [(s.mean_minutes, s.sd_minutes) for s in demo.services] == [
        *((9, 5), (5, 3.5), (15, 9), (12, 6), (14, 8)),
        *((10, 6), (9, 5), (8, 4), (11, 7), (3, 2)),
    ]
    assert [c.code for c in demo.policy.classes] == ["KC", "KT", "TN", "CT", "NC"]
    assert [c.code for c in demo.policy.classes if c.urgent] == ["KC"]
    assert demo.policy.mode is Mode.INTERLEAVE
    assert (demo.policy.normal_per_priority, demo.policy.overtaking_cap_minutes) == (2, 20)
    policy = demo.policy
    assert (policy.recalls_before_no_show, policy.follow_up_days) == (1, 3)
    assert policy.day_close is DayClose.ASK
    assert not any(counter.auto_call for counter in demo.counters)
    assert demo.voice.languages == ("vi", "en")
    outcomes = ["tiep-nhan", "tra-ngay", "tra-ket-qua", "huong-dan", "bo-sung", "tu-choi"]
    assert [outcome.code for outcome in demo.outcomes] == outcomes
    assert len(demo.officers) == len(demo.counters) == 16
    assert date(2027, 2, 6) in demo.hours.holidays
    saturday, sunday = demo.hours.weekly[5:]
    assert (saturday[0].queues, sunday) == (("A", "B", "R"), ())


def test_the_demo_counters_are_pooled() -> None:
    demo = load(DEMO)
    own = {c.number: "".join(c.sources[0].queues) for c in demo.counters}
    pools = {"AB": 5, "C": 3, "DEHK": 4, "L": 2, "M": 1, "R": 1}
    assert list(own.values()) == [pool for pool, size in pools.items() for _ in range(size)]
    ways = [c.direction for c in demo.counters]
    assert ways == [Direction.LEFT] * 5 + [Direction.AHEAD] * 7 + [Direction.RIGHT] * 4
    rules = {source.when for c in demo.counters for source in c.sources}
    assert rules == set(SourceRule)


def test_each_procedure_of_the_demo_has_a_complete_sheet() -> None:
    demo = load(DEMO)
    assert {p.service for p in demo.procedures} == {s.id for s in demo.services}
    for procedure in demo.procedures:
        assert 3 <= len(procedure.papers) <= 5, procedure.id
        assert 3 <= len(procedure.steps) <= 4, procedure.id
        assert procedure.fee, procedure.id
        assert procedure.statutory_time, procedure.id
        assert procedure.name.en, procedure.id


def test_the_tiles_of_the_demo_fit() -> None:
    for service in load(DEMO).services:
        for text in (service.name.vi, service.name.en, service.hint.vi, service.hint.en):
            assert 0 < len(text) <= 24, text


@pytest.mark.parametrize("path", [DEMO, EMPTY, DEPLOY / "BRANCH_FILE.md"])
def test_shipped_texts_are_composed(path: Path) -> None:
    assert unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [DEMO, EMPTY])
def test_no_capital_of_a_shipped_text_carries_two_marks(path: Path) -> None:
    # Such capitals lose a mark where a screen clips the line, and then read as another letter.
    for text in _texts(load(path)):
        for char in text:
            marks = [m for m in unicodedata.normalize("NFD", char)[1:] if unicodedata.combining(m)]
            assert not (char.isupper() and len(marks) > 1), text


@pytest.mark.parametrize("path", [DEMO, EMPTY])
def test_shipped_texts_cite_no_decree_and_claim_no_smart_kiosk(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\d/20\d\d/|NĐ|Nghị định|Thông tư|ki-ốt thông minh", text)


@pytest.mark.parametrize("path", [DEMO, EMPTY])
def test_icons_exist(path: Path) -> None:
    assert {service.icon for service in load(path).services} <= icon_names()


def test_the_starting_branch_is_small_and_not_a_demo() -> None:
    branch = load(EMPTY)
    assert (branch.branch, branch.is_demo) == ("mau", False)
    assert (len(branch.queues), len(branch.counters)) == (3, 3)
    assert [counter.id for counter in branch.counters] == ["mau-1", "mau-2", "mau-3"]


SECTIONS = {
    "public": "## `[public]`",
    "": "## Top of the file",
    "reports": "## `[[reports]]`",
    "roster": "## `[[roster]]`",
    "queues": "## `[[queues]]`",
    "services": "## `[[services]]`",
    "procedures": "## `[[procedures]]`",
    "counters": "## `[[counters]]`",
    "counters.sources": "### `counters.sources`",
    "hours": "## `[hours]`",
    "hours.weekly": "### `[[hours.weekly]]`",
    "hours.special": "### `[[hours.special]]`",
    "hours.special.windows": "### `hours.special.windows`",
    "policy": "## `[policy]`",
    "policy.classes": "### `[[policy.classes]]`",
    "outcomes": "## `[[outcomes]]`",
    "slip": "## `[slip]`",
    "slip.lines": "### `[[slip.lines]]`",
    "displays": "## `[[displays]]`",
    "displays.hours": "### `displays.hours`",
    "media": "## `[[media]]`",
    "voice": "## `[voice]`",
    "alerts": "## `[alerts]`",
    "text": "## The two languages of a text",
}


def test_every_key_is_documented_in_its_section_and_no_other() -> None:
    page = (DEPLOY / "BRANCH_FILE.md").read_text(encoding="utf-8")
    assert SECTIONS.keys() == KEYS.keys()
    for section, heading in SECTIONS.items():
        assert page.count(f"\n{heading}") == 1, heading
        body = page.split(f"\n{heading}")[1].split("\n#")[0]
        rows = re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)
        assert sorted(rows) == sorted(KEYS[section]), section


def test_documented_limits_are_the_loader_s() -> None:
    page = (DEPLOY / "BRANCH_FILE.md").read_text(encoding="utf-8")
    for key, (lowest, highest) in LIMITS.items():
        rows = [line for line in page.splitlines() if line.startswith(f"| `{key}` |")]
        wanted = "over 0" if key in {"mean_minutes", "sd_minutes"} else f"{lowest} to {highest}"
        assert rows, key
        assert all(wanted in row for row in rows), key
