"""Drafts of the calling policy, and the branch file beside it, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server import (
    admin,
    branches,
    branchfile,
    policies,
    policy_files,
    queries,
)
from server.boards import Board
from server.domain.errors import (
    BadPolicy,
    PolicyChanged,
    PolicyOutOfRange,
    UnknownPolicy,
)
from server.settings import Settings
from tests.server.office import BRANCH, A, Office, installed
from tests.server.policy_office import TOMORROW, configured, document, in_force, publish


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url, configured()) as engine:
        yield Office(engine)


# Drafts -------------------------------------------------------------------------------------
def _save(office: Office, author: str, revision: int, **values: Any) -> dict[str, Any]:
    return policies.save(
        office.engine, BRANCH, document(**values), author=author, name=author,
        revision=revision, now=office.now,
    )  # fmt: skip


def _drafts(office: Office, author: str = "hoa") -> list[tuple[str, int, bool]]:
    view = Board(office.engine, BRANCH, lambda: office.now).view()
    found = policies.shown(office.engine, view, "vi", author=author, sees_drafts=True)
    return [(d["name"], d["revision"], d["is_mine"]) for d in found["drafts"]]


def test_an_author_has_one_draft_and_two_windows_do_not_overwrite_each_other(
    office: Office,
) -> None:
    first = _save(office, "hoa", 0, normal_per_priority=3)
    assert _save(office, "hoa", 0, normal_per_priority=3) == first, "the same again"
    with pytest.raises(PolicyChanged):
        _save(office, "hoa", 0, normal_per_priority=4)
    again = _save(office, "hoa", 1, normal_per_priority=4)
    assert again == {"draft": first["draft"], "revision": 2}
    office.now += timedelta(minutes=1)
    _save(office, "lan", 0, normal_per_priority=5)
    assert _drafts(office) == [("lan", 1, False), ("hoa", 2, True)]
    with queries.reading(office.engine) as connection:
        assert policies.draft(connection, BRANCH, first["draft"]).normal_per_priority == 4
        with pytest.raises(UnknownPolicy):
            policies.draft(connection, BRANCH, "none")
    with pytest.raises(PolicyOutOfRange):
        _save(office, "hoa", 2, normal_per_priority=101)
    for n in range(policies.MOST_DRAFTS - 2):
        _save(office, f"n{n}", 0, normal_per_priority=6)
    with pytest.raises(BadPolicy):
        _save(office, "one too many", 0, normal_per_priority=6)
    policies.discard(office.engine, BRANCH, first["draft"])
    policies.discard(office.engine, BRANCH, first["draft"])
    assert "hoa" not in [name for name, _, _ in _drafts(office)]


def test_what_is_published_is_no_draft_any_more(office: Office) -> None:
    _save(office, "hoa", 0, normal_per_priority=3)
    publish(office, "next_opening", normal_per_priority=3)
    assert _drafts(office) == []
    office.now = TOMORROW
    office.issue(A)
    assert _drafts(office) == []
    # Its author sees none and begins anew.
    assert _save(office, "hoa", 0, normal_per_priority=4)["revision"] == 2
    with pytest.raises(PolicyChanged):
        _save(office, "hoa", 0, normal_per_priority=5)
    assert _drafts(office) == [("hoa", 2, True)]


# The branch file ----------------------------------------------------------------------------
@pytest.fixture
def settings(office: Office, tmp_path: Path) -> Settings:
    url = office.engine.url.render_as_string(hide_password=False)
    return Settings(data=tmp_path, database_url=url)


def _file(path: Path, office: Office, **values: Any) -> Path:
    known = branches.require(office.engine, BRANCH)
    text = branchfile.dumps(replace(known, policy=replace(known.policy, **values)))
    path.write_text(text, encoding="utf-8")
    return path


def test_an_older_file_never_silently_replaces_a_published_policy(
    office: Office, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = _file(tmp_path / "old.toml", office)
    publish(office, normal_per_priority=5)
    assert admin.apply_file(settings, old, ask=False)
    said = capsys.readouterr().out
    assert "CHÚ Ý: quy tắc gọi số đang áp dụng (bản 2) do Hoa công bố" in said
    assert "là của bản 1, cũ hơn bản đang áp dụng" in said
    assert "Giữ quy tắc gọi số đang áp dụng" in said
    assert in_force(office).normal_per_priority == 5
    # What is exported now says what is in force, and is no older file.
    exported = _file(tmp_path / "new.toml", office)
    assert "normal_per_priority = 5" in exported.read_text("utf-8")
    assert admin.apply_file(settings, exported, ask=False)
    assert "CHÚ Ý" not in capsys.readouterr().out
    assert admin.apply_file(settings, old, ask=False, policy="file")
    assert (in_force(office).version, in_force(office).normal_per_priority) == (3, 2)
    # The one in force came from a file now: another file is the usual way.
    assert admin.apply_file(settings, exported, ask=False)
    assert "CHÚ Ý" not in capsys.readouterr().out.split("danh mục")[-1]
    assert in_force(office).normal_per_priority == 5


def test_the_rest_of_a_file_is_applied_beside_the_policy_that_stays(
    office: Office, settings: Settings, tmp_path: Path
) -> None:
    file = _file(tmp_path / "old.toml", office)
    publish(office, normal_per_priority=5)
    file.write_text(
        file.read_text("utf-8").replace("is_demo", "lock_minutes = 12\nis_demo"), "utf-8"
    )
    assert admin.apply_file(settings, file, ask=False)
    known = branches.require(office.engine, BRANCH)
    assert (known.lock_minutes, known.policy.normal_per_priority) == (12, 5)


def test_a_file_with_another_policy_withdraws_what_waits(office: Office) -> None:
    known = branches.require(office.engine, BRANCH)
    wanted = replace(known, policy=replace(known.policy, yield_places=0))
    publish(office, "next_opening", normal_per_priority=5)
    said = policy_files.clash(office.engine, known, wanted)
    assert "đang chờ áp dụng từ 07:30 ngày 25/11/2026" in said[0]
    branches.apply(office.engine, known, now=office.now, actor="test")
    with queries.reading(office.engine) as connection:
        assert policies.pending(connection, BRANCH), "the same policy again withdraws nothing"
    branches.apply(office.engine, wanted, now=office.now, actor="test")
    with queries.reading(office.engine) as connection:
        assert policies.pending(connection, BRANCH) is None
    office.now = TOMORROW + timedelta(days=2)
    office.issue(A)
    assert in_force(office) == replace(wanted.policy, version=2)


def test_a_policy_that_has_come_due_is_not_lost_when_a_file_comes_first(office: Office) -> None:
    """The file is held against what is in force at its moment."""
    known = branches.require(office.engine, BRANCH)
    publish(office, "next_opening", normal_per_priority=5)
    longer = replace(known, lock_minutes=12)
    branches.apply(office.engine, longer, now=TOMORROW, actor="test", keeps_policy=True)
    assert in_force(office) == replace(known.policy, version=2, normal_per_priority=5)
    assert branches.require(office.engine, BRANCH).lock_minutes == 12
