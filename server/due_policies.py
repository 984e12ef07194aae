"""A policy that was put down for later comes into force: once, before anything else is decided.

Whoever writes to the branch at or after its moment brings it in, under the branch's lock; the
relay's beat does where nobody writes. So no call after the moment is made by the old policy, also
when the relay was down at that time, and two who come at once bring it in once.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select

from server import tables
from server.domain.ids import BranchId
from server.handlers import policies
from server.store import BranchLog, writing_branch

_LOOK_S: Final = 5.0


def enact(log: BranchLog) -> None:
    """Publish what has come due at the log's time; nothing when nothing has."""
    if log.policy_due_at is None or log.now < log.policy_due_at:
        return
    if facts := policies.enacted(log, log.policy_due_at).facts:
        log.append(facts, actor=policies.ACTOR, cause=policies.cause_of(facts))


class Keeper:
    """Called by the relay's beat: brings in what is due in branches where nobody writes."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now
        self._next_look = 0.0

    def beat(self) -> None:
        """Called every second; looks now and then."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_S
            self.look()

    def look(self) -> None:
        """Bring in what is due. Public for tests."""
        b = tables.branches
        query = select(b.c.id).where(b.c.policy_due_at <= self._now())
        with self._engine.connect() as connection:
            due = [BranchId(branch) for branch in connection.scalars(query)]
        for branch in due:
            with writing_branch(self._engine, branch, self._now()) as log:
                enact(log)
