"""An application with accounts, and browsers without a window that sign in to it."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from server import branches, database, passwords, sessions, tables
from server.app import create_app
from server.context import Context
from server.settings import Settings
from tests.live_office import BRANCH, EARLIER, PASSWORD, prepare

_ADDRESSES = itertools.count(1)
#: Good enough for a new password.
GOOD = "sen nở đầu hạ 2026"


class Browser:
    """Cookies of its own, and an address of its own: the tries of one do not count for another."""

    def __init__(self, app: Flask) -> None:
        n = next(_ADDRESSES)
        self.client = app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = f"10.9.{n // 250}.{n % 250 + 1}"

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Fill in the form of a page and send it."""
        return self.client.post(path, data={"csrf": self.csrf(path), **fields})

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        return found[1] if found else ""

    def sign_in(self, username: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
        return self.send("/login", username=username, password=password, **fields)

    @property
    def is_in(self) -> bool:
        """Whether the pages of one's own account open."""
        return self.get("/password").status_code == 200

    def session(self) -> dict[str, Any]:
        with self.client.session_transaction() as kept:
            return dict(kept)


@contextmanager
def quick_hashes() -> Iterator[None]:
    """argon2id as ever, but weak: each hash of the real ones takes a tenth of a second."""
    real = passwords._hasher
    passwords._nobody.cache_clear()
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    yield
    passwords._hasher = real
    passwords._nobody.cache_clear()


@contextmanager
def application(data: Path, **settings: Any) -> Iterator[Flask]:
    """The whole application, with the accounts of `tests.live_office`."""
    with quick_hashes(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "_WRONG_S", 0.02)
        prepare(data)
        made = Settings(data=data, redis_url="redis://127.0.0.1:1/0", secret="s", **settings)
        app, _ = create_app(made)
        yield app
        app.extensions["motcua"].relay.stop()
        app.extensions["motcua"].engine.dispose()


def context_of(app: Flask) -> Context:
    found: Context = app.extensions["motcua"]
    return found


def set_user(engine: Engine, username: str, **values: Any) -> None:
    """Change an account's row behind everybody's back."""
    with database.writing(engine) as connection:
        u = tables.users
        assert connection.execute(
            u.update().where(u.c.username == username).values(**values)
        ).rowcount


def ask_administrators_for_codes(engine: Engine, *, is_asked: bool) -> None:
    """Whether the branch asks its administrators for a second factor."""
    from dataclasses import replace

    catalogue = branches.require(engine, BRANCH)
    wanted = replace(catalogue, admin_second_factor=is_asked)
    branches.apply(engine, wanted, now=EARLIER, actor="test")


def audited(engine: Engine, action: str, actor: str = "") -> list[str]:
    """The outcomes on record, the oldest first."""
    a = tables.audit
    query = a.select().where(a.c.action == action).order_by(a.c.id)
    with engine.connect() as connection:
        found = connection.execute(query).mappings().all()
    return [row["outcome"] for row in found if actor in row["actor"]]
