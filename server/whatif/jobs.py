"""Comparisons computed by an RQ worker, beside the slips: days learned from, then lived again.

Progress is in the row; whoever cancels or deletes it ends the work within a day of the trace.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Engine

from server import catalogues, database, queries, reports, settings
from server.breath import Breath
from server.domain.ids import BranchId
from server.domain.wait_curve import fit_curve
from server.log_time import time_of
from server.tally import Tally
from server.whatif import (
    applying,
    compare,
    facts,
    history,
    learning,
    outcome,
    patience,
    proposing,
    replay,
    store,
)
from server.whatif.outcome import DayResult
from server.whatif.plans import BadPlan
from server.whatif.trace import Known, Trace

_log = logging.getLogger(__name__)

#: What a result was computed by; a change of the model that moves figures is another one.
MODEL: Final = "replay.1"
#: Of what wait is told how many would have gone: within what offices see, unlike the median.
_TOLD_MINUTES: Final = (30, 60)


class _Cancelled(Exception):
    """Somebody does not want it any more."""


def compute(branch: str, trial: str) -> str:
    """Compute a comparison; run by a worker. Returns the state it ends in."""
    loaded = settings.load()
    engine = database.connect(loaded.database)
    try:
        result, versions = _Run(engine, BranchId(branch), trial, time_of(loaded, engine)()).result()
        values = {"state": "ready", "result": result, "versions": versions}
    except _Cancelled:
        return "cancelled"
    except BadPlan as error:
        _log.warning("plan %s of %s: %s %s", trial, branch, error.code, error.facts)
        values = {"state": "failed", "reason": error.code}
    except store.UnknownTrial:
        return "gone"
    except Exception:
        _log.exception("plan %s of %s", trial, branch)
        values = {"state": "failed", "reason": "internal"}
    try:
        store.move(engine, BranchId(branch), trial, **values)
    finally:
        engine.dispose()
    return values["state"]


def _patience_told(known: Known) -> dict[str, Any]:
    """How patient people were taken to be, and whether their own days say so."""
    p0, mu, sigma = known.patience
    return {
        "p0": p0,
        "mu": mu,
        "sigma": sigma,
        "gone_by": {str(w): patience.Patience(p0, mu, sigma).gone_by(w) for w in _TOLD_MINUTES},
        "absent": known.absent,
        "waited_long": known.waited_long,
        "long_minutes": patience.LONG_MINUTES,
        "is_usual": known.absent < patience.ENOUGH_ABSENT
        or known.waited_long < patience.ENOUGH_CALLS,
    }


class _Run:
    """One comparison under way."""

    def __init__(self, engine: Engine, branch: BranchId, trial: str, now: datetime) -> None:
        self._engine, self._branch, self._id, self._now = engine, branch, trial, now
        self._trial, _ = store.find(engine, branch, trial)
        self._breathe = Breath()
        self._done = 0

    def result(self) -> tuple[str, str]:
        """The result and what it was computed with, as JSON. Raises `_Cancelled`."""
        days = self._trial.days
        with queries.reading(self._engine) as connection:
            self._planned = catalogues.in_force(connection, self._branch, self._now)
        read = [self._read(day) for day in days]
        known = self._learn(read)
        demand = proposing.Demand()
        lived: list[DayResult] = []
        for facts_of_day in read:
            trace = history.Reader(facts_of_day, known.speed, known.overrun).trace()
            demand.take(trace)
            lived.append(self._live(trace, known))
            self._step()
        catalogue = read[-1].catalogue
        limits = sorted({*catalogue.policy.wait_targets_minutes})
        answer = compare.compare(lived, limits, self._curve(days))
        answer["patience"] = _patience_told(known)
        answer["proposal"] = proposing.proposal(demand, catalogue)
        answer["proposals"] = [
            proposing.proposal(demand, applying.changed(plan, catalogue))
            for plan in self._trial.plans
        ]
        versions = {
            "model": MODEL,
            "catalogue": catalogue.version,
            "policy": catalogue.policy.version,
            "roster": self._planned.version,
            "last_seq": self._last_seq(),
        }
        return msgspec.json.encode(answer).decode(), msgspec.json.encode(versions).decode()

    def _read(self, day: date) -> facts.Facts:
        with queries.reading(self._engine) as connection:
            found = facts.load(connection, self._branch, day)
        for plan in self._trial.plans:
            applying.check_on(plan, found.catalogue)
        return found

    def _learn(self, read: Sequence[facts.Facts]) -> Known:
        learner = learning.Learner()
        for one in read:
            learner.take(one)
            self._step()
        return learner.known()

    def _live(self, trace: Trace, known: Known) -> DayResult:
        runs = []
        for setting in (
            replay.present(trace),
            *(applying.setting(plan, trace, known, self._planned) for plan in self._trial.plans),
        ):
            runs.append(outcome.of_lived(replay.run(trace, known, setting)))
            self._breathe()
        return DayResult(
            day=trace.day.isoformat(),
            observed=outcome.of_visits(replay.observed(trace)),
            present=runs[0],
            plans=runs[1:],
        )

    def _step(self) -> None:
        self._done += 1
        if not store.move(self._engine, self._branch, self._id, state="working", done=self._done):
            raise _Cancelled
        self._breathe()

    def _curve(self, days: Sequence[date]) -> compare.Curve | None:
        """How satisfaction went with waits in these days; None where ratings are too few."""
        question = reports.Question(branches=(self._branch,), start=min(days), end=max(days))
        total = Tally()
        with queries.reading(self._engine) as connection:
            for tally in reports.gather(connection, question, self._now).values():
                total.merge(tally)
        curve = fit_curve(total.table).curve
        return compare.Curve(curve.b0, curve.b1) if curve else None

    def _last_seq(self) -> int:
        with queries.reading(self._engine) as connection:
            return queries.last_seq(connection, self._branch)
