"""`execute`: the one way in. Lock the branch, look for the same press, decide, append, commit, nudge.

Commands that arrive together share a commit: whoever gets the lock first takes along those who
wait for it, because on a mini-PC the disk's flush is the dearest part of a command.
"""

import hashlib
import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from server import codec, replies, tables
from server.domain import errors
from server.domain import events as ev
from server.domain.commands import AnyCommand
from server.domain.errors import Refused
from server.domain.ids import BranchId
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
    """A command on its way through the branch's lock."""

    __slots__ = ("actor", "command", "error", "outcome")

    def __init__(self, command: AnyCommand, actor: str) -> None:
        self.command = command
        self.actor = actor
        self.outcome: Outcome | None = None
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome is not None or self.error is not None


class Dispatcher:
    """Executes commands against the database of `engine`."""

    def __init__(
        self,
        engine: Engine,
        *,
        now: Callable[[], datetime],
        nudge: Callable[[BranchId], None],
        secret: str,
    ) -> None:
        self._engine = engine
        self._now = now
        self._nudge = nudge
        self._secret = secret
        self._waiting: dict[BranchId, deque[_Request]] = defaultdict(deque)
        # SQLite has one writer per database: waiting for it here, in order, beats its own retries.
        self._shared = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._locks: dict[BranchId, threading.Lock] = defaultdict(threading.Lock)

    def execute(self, command: AnyCommand, *, actor: str) -> Outcome:
        """Run `command` for `actor`; the same command id gives the first answer again.

        Raises a `Refused` when the rules say no (nothing is written) and `Unavailable` when the
        database does.
        """
        branch = command.branch
        request = _Request(command, actor)
        self._waiting[branch].append(request)
        with self._shared or self._locks[branch]:
            while not request.is_done:
                self._run_together(branch)
        if request.outcome is None:
            raise request.error or Unavailable
        self._nudge(branch)
        return request.outcome

    def _run_together(self, branch: BranchId) -> None:
        waiting = self._waiting[branch]
        requests = [waiting.popleft() for _ in range(min(len(waiting), _MOST_TOGETHER))]
        try:
            self._commit(branch, requests)
        except IntegrityError as error:
            if len(requests) == 1:
                _log.exception("a constraint refused %s", type(requests[0].command).__name__)
                requests[0].error = Unavailable(str(error.orig))
                return
            self._one_by_one(branch, requests)
        except DBAPIError as error:
            _log.warning("database unavailable: %s", error.orig)
            _fail(requests, Unavailable(str(error.orig)))
        except Refused as error:
            _fail(requests, error)
        except Exception as error:
            _log.exception("command failed")
            if len(requests) == 1:
                requests[0].error = error
            else:
                self._one_by_one(branch, requests)

    def _one_by_one(self, branch: BranchId, requests: list[_Request]) -> None:
        """After a common failure each request stands on its own."""
        for request in requests:
            request.outcome = request.error = None
            self._waiting[branch].appendleft(request)
            self._run_single(branch)

    def _run_single(self, branch: BranchId) -> None:
        request = self._waiting[branch].popleft()
        try:
            self._commit(branch, [request])
        except DBAPIError as error:
            request.error = Unavailable(str(error.orig))
        except Exception as error:
            request.error = error

    def _commit(self, branch: BranchId, requests: list[_Request]) -> None:
        done: list[tuple[_Request, Outcome | Exception]] = []
        with writing_branch(self._engine, branch, self._now()) as log:
            done.extend((request, self._answer(log, request)) for request in requests)
        # Only after the commit is anything true.
        for request, result in done:
            if isinstance(result, Outcome):
                request.outcome = result
            else:
                request.error = result

    def _answer(self, log: BranchLog, request: _Request) -> Outcome | Refused:
        """The stored answer of a repeated press, else a new one.

        Only a decision can refuse: an error while appending is a fault and undoes the transaction.
        """
        command = request.command
        fingerprint = fingerprint_of(command)
        if previous := _previous(log, command.command_id):
            if previous.fingerprint != fingerprint:
                return errors.IdempotencyConflict(command_id=command.command_id)
            return Outcome(previous.seq, codec.from_json(previous.result))
        try:
            decision = HANDLERS[type(command)](command, log)
        except Refused as refusal:
            return refusal
        log.append(decision.facts, actor=request.actor, cause=command.command_id)
        log.flush()
        outcome = Outcome(log.seq, self._reply(log, decision))
        row = {
            "branch_id": log.branch,
            "command_id": command.command_id,
            "fingerprint": fingerprint,
            "seq": outcome.seq,
            "at": log.now,
            "result": codec.to_json(outcome.result),
        }
        log.connection.execute(tables.answers.insert(), row)
        return outcome

    def _reply(self, log: BranchLog, decision: Decision) -> dict[str, Any]:
        ticket = log.ticket(decision.ticket) if decision.ticket else None
        for _, event in decision.facts:
            if isinstance(event, ev.TicketIssued) and ticket is not None:
                return replies.issued_reply(
                    event,
                    ticket,
                    log.catalogue,
                    is_initial=log.learned().is_initial,
                    secret=self._secret,
                )
        return {"ticket": replies.ticket_row(ticket) if ticket else None}


def _fail(requests: list[_Request], error: Exception) -> None:
    for request in requests:
        request.outcome, request.error = None, error


def fingerprint_of(command: AnyCommand) -> str:
    """What the command asks, as a hash: the same id with another content is a conflict."""
    content = type(command).__name__ + codec.to_json(command)
    return hashlib.sha256(content.encode()).hexdigest()


def _previous(log: BranchLog, command_id: str) -> Any:
    a = tables.answers
    query = select(a.c.fingerprint, a.c.seq, a.c.result).where(
        a.c.branch_id == log.branch, a.c.command_id == command_id
    )
    return log.connection.execute(query).first()
