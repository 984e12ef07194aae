"""One command backs up, one restores (rule O6)."""

import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server import accounts, archive, database, devices, logbook, passwords, tables
from server.access import Role
from server.domain.commands import IssueTicket
from server.settings import Settings, SettingsError, secret_of
from tests.server.office import BRANCH, A, Office, installed, rows

EVERY = [table.name for table in tables.metadata.sorted_tables]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[tuple[Settings, Office]]:
    """A single box with a little history."""
    settings = Settings(data=tmp_path / "data")
    settings.data.mkdir()
    with installed(settings.database) as engine:
        office = Office(engine)
        counter = office.open()
        for _ in range(12):
            office.issue(priority="CT")
        office.serve(counter)
        accounts.put_user(engine, username="q", password="mot-cua-1", name="Q", branch=BRANCH)
        yield settings, office


def test_a_backup_is_restored_into_an_empty_folder(
    box: tuple[Settings, Office], tmp_path: Path
) -> None:
    settings, office = box
    token = devices.add(office.engine, branch=BRANCH, role=Role.KIOSK, name="k")
    secret = secret_of(settings)
    (settings.data / "demo.json").write_text("{}")
    archive.backup(settings, tmp_path / "backup.tar.gz")
    office.issue()

    other = replace(settings, data=tmp_path / "other" / "data")
    archive.restore(other, tmp_path / "backup.tar.gz")
    assert secret_of(other) == secret
    assert (other.data / "demo.json").read_text() == "{}"
    engine = database.connect(other.database)
    try:
        kept = rows(engine, *EVERY)
        assert len(kept["tickets"]) == 12
        assert logbook.verify(engine, BRANCH) == []
        logbook.rebuild(engine, BRANCH)
        assert rows(engine, *EVERY) == kept
        assert devices.of_token(engine, token) is not None
        row = accounts.row_of(engine, "q")
        assert row is not None
        assert passwords.verify(row["password_hash"], "mot-cua-1")
        issued = Office(engine).execute(IssueTicket, "new", queue=A)
        assert issued.result["ticket"]["number"] == "A013"
    finally:
        engine.dispose()


def test_a_backup_equals_the_moment_it_was_made(
    box: tuple[Settings, Office], tmp_path: Path
) -> None:
    settings, office = box
    before = rows(office.engine, *EVERY)
    archive.backup(settings, tmp_path / "backup.tar.gz")
    other = replace(settings, data=tmp_path / "other")
    archive.restore(other, tmp_path / "backup.tar.gz")
    engine = database.connect(other.database)
    try:
        assert rows(engine, *EVERY) == before
    finally:
        engine.dispose()


def test_a_backup_of_a_working_office_is_whole(
    box: tuple[Settings, Office], tmp_path: Path
) -> None:
    """Rule D9: the backup waits for nobody and nobody is lost over it."""
    settings, office = box
    stopping = threading.Event()
    issued: list[str] = []

    def work() -> None:
        while not stopping.is_set() and len(issued) < 400:
            issued.append(office.issue()["number"])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for n in range(3):
            archive.backup(settings, tmp_path / f"backup{n}.tar.gz")
    finally:
        stopping.set()
        thread.join()
    assert issued
    for n in range(3):
        other = replace(settings, data=tmp_path / f"other{n}")
        archive.restore(other, tmp_path / f"backup{n}.tar.gz")
        engine = database.connect(other.database)
        try:
            assert logbook.verify(engine, BRANCH) == []
        finally:
            engine.dispose()


@pytest.mark.parametrize("left", ["motcua.db", "motcua.db-wal", "secret"])
def test_restore_refuses_a_folder_that_is_not_empty(
    box: tuple[Settings, Office], tmp_path: Path, left: str
) -> None:
    """The remains of a write-ahead log would be played into the restored database."""
    settings, _ = box
    archive.backup(settings, tmp_path / "backup.tar.gz")
    other = replace(settings, data=tmp_path / "other")
    other.data.mkdir()
    (other.data / left).write_text("mine")
    with pytest.raises(archive.NotEmpty):
        archive.restore(other, tmp_path / "backup.tar.gz")
    assert {p.name: p.read_text() for p in other.data.iterdir()} == {left: "mine"}


def test_nothing_else_comes_out_of_an_archive(box: tuple[Settings, Office], tmp_path: Path) -> None:
    settings, _ = box
    archive.backup(settings, tmp_path / "backup.tar.gz")
    with tarfile.open(tmp_path / "backup.tar.gz") as made:
        assert made.getnames() == ["motcua.db", "secret"]
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as evil:
        evil.add(tmp_path / "evil", "../evil-outside")
        evil.add(tmp_path / "evil", "cron")
    other = replace(settings, data=tmp_path / "deep" / "other")
    with pytest.raises(archive.NotAnArchive):
        archive.restore(other, tmp_path / "evil.tar.gz")
    assert not (tmp_path / "deep" / "evil-outside").exists()
    assert not other.data.exists() or list(other.data.iterdir()) == []


def test_there_must_be_something_to_back_up(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "nothing")
    with pytest.raises(SettingsError, match="no database"):
        archive.backup(settings, tmp_path / "backup.tar.gz")
    assert not (tmp_path / "backup.tar.gz").exists()
    assert not settings.data.exists()


def test_postgresql_is_backed_up_by_its_own_tools(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url="postgresql:///x")
    with pytest.raises(SettingsError, match="pg_dump"):
        archive.backup(settings, tmp_path / "backup.tar.gz")
