"""What the voice of the hall has to be able to say here: the words of every branch of this server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DatabaseError

from server import branches, database
from server.domain.announcements import templates
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId
from server.domain.text import Text
from server.settings import Settings


def root(settings: Settings) -> Path:
    """The folder of the packs and models."""
    return settings.data / "voice"


def with_data(settings: Settings, data: Path | None) -> Settings:
    """The settings for another data folder; the same for None."""
    return replace(settings, data=data) if data else settings


def said(settings: Settings) -> tuple[Text, ...]:
    """The sentences of all branches and the usual ones, each once; those alone before a set-up."""
    with _engine(settings) as engine:
        return sentences(engine) if engine else templates()


def sentences(engine: Engine) -> tuple[Text, ...]:
    """The sentences of all branches and the usual ones, each once."""
    try:
        found = [branches.current(engine, branch) for branch in branches.ids(engine)]
    except DatabaseError:
        # The tables are not made yet.
        found = []
    said_anywhere = [*templates(), *(text for c in found if c for text in templates(c))]
    return tuple(dict.fromkeys(said_anywhere))


def catalogue(settings: Settings, branch: str) -> Catalogue | None:
    """A branch by its id; None for the empty id. Raises LookupError for an unknown one."""
    if not branch:
        return None
    with _engine(settings) as engine:
        found = branches.current(engine, BranchId(branch)) if engine else None
    if found is None:
        raise LookupError(f"không có chi nhánh “{branch}”")
    return found


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine | None]:
    """None where there is no database yet: asking must not make one."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield None
        return
    engine = database.connect(settings.database)
    try:
        yield engine
    finally:
        engine.dispose()
