"""A policy that was put down for later comes into force: once, before anything else is decided.

Whoever writes to the branch at or after its moment brings it in, under the branch's lock; the
relay's beat does where nobody writes. So no call after the moment is made by the old policy, also
when the relay was down at that time, and two who come at once bring it in once.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select

from server import codec, tables
from server.domain import events as ev
from server.domain import policies
from server.domain.catalogue import Catalogue
from server.domain.errors import Refused
from server.domain.ids import BranchId
from server.store import BranchLog, writing_branch

_log = logging.getLogger(__name__)

ACTOR: Final = "job:policy"
_LOOK_S: Final = 5.0


def enact(log: BranchLog) -> None:
    """Publish what has come due at the log's time; nothing when nothing has."""
    if log.policy_due_at is None or log.now < log.policy_due_at:
        return
    if pending := log.scheduled_policy():
        event = come_due(pending, log.catalogue)
        log.append([(None, event)], actor=ACTOR, cause=cause_of(pending))


def come_due(pending: tuple[int, ev.PolicyScheduled], catalogue: Catalogue) -> ev.BranchEvent:
    """What brings into force the policy that was put down for now; or takes it back, if unusable."""
    seq, scheduled = pending
    version = catalogue.policy.version + 1
    try:
        policy = codec.policy({**scheduled.policy, "version": version})
        policies.check(policy)
    except Refused:
        # Only a log that was brought in from elsewhere can hold one. It must not stop the office.
        _log.exception("policy %d of %s cannot be used and is withdrawn", seq, catalogue.branch)
        return ev.PolicyScheduleWithdrawn(scheduled=seq, by="", note="unusable")
    return ev.PolicyPublished(
        version=version,
        policy=codec.policy_document(policy),
        by=scheduled.by,
        note=scheduled.note,
        scheduled=seq,
        restores=scheduled.restores,
    )


def cause_of(pending: tuple[int, ev.PolicyScheduled]) -> str:
    """The cause of that event: the place of what was put down."""
    return f"policy-{pending[0]}"


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
