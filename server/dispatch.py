"""`execute`: the one way in. Lock the branch, look for the same press, decide, append, commit, nudge.

Commands that arrive together share a commit: the first in line takes along those behind it, because
the disk's flush and the branch's rows are the dearest part of a command.
"""

import hashlib
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from server import codec, due_policies, replies, tables
from server.domain import errors
from server.domain import events as ev
from server.domain.commands import AnyCommand
from server.domain.errors import Refused
from server.domain.ids import BranchId
from server.domain.outlook import Foresight, no_foresight
from server.handlers import HANDLERS, Decision
from server.store import BranchLog, writing_branch

_log = logging.getLogger(__name__)
_MOST_TOGETHER = 32


class Unavailable(Exception):
    """The database cannot be reached or written; nothing was done, the same id may be retried."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: the last `seq` of its branch and the answer for the caller."""

    seq: int
    result: dict[str, Any]


class _Request:
    """A command on its way: in line, then answered, or first in line and so the one to commit."""

    __slots__ = ("actor", "command", "error", "outcome", "turn")

    def __init__(self, command: AnyCommand, actor: str) -> None:
        self.command = command
        self.actor = actor
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self.turn = threading.Event()

    @property
    def is_done(self) -> bool:
        return self.outcome is not None or self.error is not None


class _Line:
    """The requests of a branch. Whoever finds nobody before them commits, for all that wait."""

    def __init__(self) -> None:
        self._waiting: deque[_Request] = deque()
        self._mutex = threading.Lock()
        self._is_led = False

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, request: _Request) -> None:
        """Returns when the request has been answered, or is the first in line."""
        with self._mutex:
            self._waiting.append(request)
            is_first, self._is_led = not self._is_led, True
        if not is_first:
            request.turn.wait()

    def take(self) -> list[_Request]:
        """The first ones, as many as may share a commit."""
        with self._mutex:
            return [self._waiting.popleft() for _ in range(min(len(self), _MOST_TOGETHER))]

    def leave(self, answered: Sequence[_Request]) -> None:
        """Tell those who were answered, and the next one that it is first now."""
        with self._mutex:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
        for request in answered:
            request.turn.set()
        if following is not None:
            following.turn.set()


class Dispatcher:
    """Executes commands against the database of `engine`."""

    def __init__(
        self,
        engine: Engine,
        *,
        now: Callable[[], datetime],
        nudge: Callable[[BranchId], None],
        secret: str,
        foresight: Foresight = no_foresight,
    ) -> None:
        self._engine = engine
        self._foresight = foresight
        self._now = now
        self._nudge = nudge
        self._secret = secret
        self._lines: dict[BranchId, _Line] = defaultdict(_Line)
        # SQLite has one writer per database: waiting for it here beats its own retries.
        self._writer: AbstractContextManager[object] = (
            threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )

    def execute(self, command: AnyCommand, *, actor: str) -> Outcome:
        """Run `command` for `actor`; the same command id gives the first answer again.

        Raises a `Refused` when the rules say no (nothing is written) and `Unavailable` when the
        database does.
        """
        branch = command.branch
        request = _Request(command, actor)
        line = self._lines[branch]
        line.join(request)
        if not request.is_done:
            self._lead(branch, line)
        if request.outcome is None:
            raise request.error or Unavailable
        return request.outcome

    def _lead(self, branch: BranchId, line: _Line) -> None:
        requests: list[_Request] = []
        try:
            _let_others_arrive(line)
            with self._writer:
                requests = line.take()
                self._run_together(branch, requests)
        finally:
            line.leave(requests)
        if any(request.outcome is not None for request in requests):
            self._nudge(branch)

    def _run_together(self, branch: BranchId, requests: list[_Request]) -> None:
        try:
            self._commit(branch, requests)
        except Refused as error:
            _fail(requests, error)
        except DBAPIError as error:
            if isinstance(error, IntegrityError) and len(requests) > 1:
                self._one_by_one(branch, requests)
                return
            _log.warning("the database did not take a command: %s", error.orig)
            _fail(requests, Unavailable(str(error.orig)))
        except Exception as error:
            if len(requests) > 1:
                self._one_by_one(branch, requests)
                return
            _log.exception("command failed")
            _fail(requests, error)

    def _one_by_one(self, branch: BranchId, requests: list[_Request]) -> None:
        """After a common failure each request stands on its own."""
        for request in requests:
            request.outcome = request.error = None
            self._run_together(branch, [request])

    def _commit(self, branch: BranchId, requests: list[_Request]) -> None:
        done: list[tuple[_Request, Outcome | Refused]] = []
        with writing_branch(self._engine, branch, self._now(), self._foresight) as log:
            due_policies.enact(log)
            answers = _Answers(log, [request.command.command_id for request in requests])
            done.extend((request, self._answer(log, answers, request)) for request in requests)
            log.flush()
            answers.flush()
        # Only after the commit is anything true.
        for request, result in done:
            if isinstance(result, Outcome):
                request.outcome = result
            else:
                request.error = result

    def _answer(self, log: BranchLog, answers: "_Answers", request: _Request) -> Outcome | Refused:
        """The stored answer of a repeated press, else a new one.

        Only a decision can refuse: an error while appending is a fault and undoes the transaction.
        """
        command = request.command
        fingerprint = fingerprint_of(command)
        if previous := answers.of(command.command_id):
            if previous["fingerprint"] != fingerprint:
                return errors.IdempotencyConflict(command_id=command.command_id)
            return Outcome(previous["seq"], codec.from_json(previous["result"]))
        try:
            decision = HANDLERS[type(command)](command, log)
        except Refused as refusal:
            return refusal
        log.append(decision.facts, actor=request.actor, cause=command.command_id)
        outcome = Outcome(log.seq, self._reply(log, decision))
        answers.keep(command.command_id, fingerprint, outcome)
        return outcome

    def _reply(self, log: BranchLog, decision: Decision) -> dict[str, Any]:
        ticket = log.ticket(decision.ticket) if decision.ticket else None
        for _, event in decision.facts:
            if isinstance(event, ev.TicketIssued) and ticket is not None:
                return replies.issued_reply(
                    event,
                    ticket,
                    log.catalogue,
                    is_initial=(log.outlook() or log.learned()).is_initial,
                    secret=self._secret,
                )
        return {"ticket": replies.ticket_row(ticket) if ticket else None}


def _let_others_arrive(line: _Line) -> None:
    """In a web process of green threads nobody else runs during a commit.

    Those whose requests lie in the socket get their turn to stand in line, and share it.
    """
    seen = 0
    while seen < len(line) < _MOST_TOGETHER:
        seen = len(line)
        # Not zero: that would return before the sockets have been looked at.
        time.sleep(0.000_001)


def _fail(requests: list[_Request], error: Exception) -> None:
    for request in requests:
        request.outcome, request.error = None, error


def fingerprint_of(command: AnyCommand) -> str:
    """What the command asks, as a hash: the same id with another content is a conflict."""
    content = type(command).__name__ + codec.to_json(command)
    return hashlib.sha256(content.encode()).hexdigest()


class _Answers:
    """The stored answers of a batch's command ids, and those it adds."""

    def __init__(self, log: BranchLog, command_ids: Sequence[str]) -> None:
        self._log = log
        found = log.connection.execute(
            _ANSWERS, {"branch": log.branch, "command_ids": command_ids}
        ).mappings()
        self._known: dict[str, Mapping[Any, Any]] = {row["command_id"]: row for row in found}
        self._new: list[dict[str, Any]] = []

    def of(self, command_id: str) -> Mapping[Any, Any] | None:
        return self._known.get(command_id)

    def keep(self, command_id: str, fingerprint: str, outcome: Outcome) -> None:
        row = {
            "branch_id": self._log.branch,
            "command_id": command_id,
            "fingerprint": fingerprint,
            "seq": outcome.seq,
            "at": self._log.now,
            "result": codec.to_json(outcome.result),
        }
        self._known[command_id] = row
        self._new.append(row)

    def flush(self) -> None:
        if self._new:
            self._log.connection.execute(tables.answers.insert(), self._new)


_ANSWERS = select(tables.answers).where(
    tables.answers.c.branch_id == bindparam("branch"),
    tables.answers.c.command_id.in_(bindparam("command_ids", expanding=True)),
)
