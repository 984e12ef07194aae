"""Backup and restore of a single box: the database as one consistent copy, and its keys.

With PostgreSQL its own tools do this; see deploy/RUNBOOK.md.
"""

import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from server.settings import Settings, SettingsError, secret_of

_DATABASE = "motcua.db"
_KEPT = ("secret", "demo.json")


#: What SQLite keeps beside a database, and would play into another one of the same name.
_REMAINS = tuple(f"{_DATABASE}{end}" for end in ("-wal", "-shm", "-journal"))


class NotEmpty(Exception):
    """The data folder is in use already, or an archive cannot be used; nothing was overwritten."""


class NotAnArchive(NotEmpty):
    """The file is no backup of Motcua."""


def backup(settings: Settings, file: Path) -> None:
    """Write the archive; the system may go on working meanwhile."""
    if settings.database_url:
        raise SettingsError("backup copies the SQLite database; use pg_dump for PostgreSQL")
    if not (settings.data / _DATABASE).exists():
        raise SettingsError(f"there is no database in {settings.data}")
    secret_of(settings)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / _DATABASE
        with (
            closing(sqlite3.connect(settings.data / _DATABASE)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        with tarfile.open(file, "w:gz") as archive:
            archive.add(copy, _DATABASE)
            for name in _KEPT:
                if (settings.data / name).exists():
                    archive.add(settings.data / name, name)


def restore(settings: Settings, file: Path) -> None:
    """Unpack an archive into a data folder without a database. Raises `NotEmpty`."""
    for name in (_DATABASE, *_REMAINS, *_KEPT):
        if (settings.data / name).exists():
            raise NotEmpty(f"{settings.data / name} exists: nothing was changed")
    try:
        with tarfile.open(file) as archive:
            if _DATABASE not in archive.getnames():
                raise NotAnArchive(f"{file} holds no {_DATABASE}: nothing was changed")
            settings.data.mkdir(parents=True, exist_ok=True)
            for name in (*_KEPT, _DATABASE):
                if name in archive.getnames():
                    archive.extract(name, settings.data, filter="data")
    except tarfile.ReadError as error:
        raise NotAnArchive(f"{file}: {error}") from error
