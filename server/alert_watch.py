"""Looks at every branch four times a minute and puts down what needs a person's eye.

What stands, and what was raised lately, it reads from the branch's own rows: after a restart, or
beside a second watcher, nothing is raised twice.
"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Engine

from server import branches, device_wall, devices
from server.alert_history import history_of, with_lately
from server.clock import Clock
from server.contacts import Contacts
from server.domain import alerts
from server.domain.alert_situation import DeviceReport, History, Situation
from server.domain.commands import AnyCommand, ClearAlert, RaiseAlert
from server.domain.ids import BranchId
from server.views import View

_log = logging.getLogger(__name__)

EVERY_S: Final = 15.0
#: How long it holds what changes within a day.
_LATELY_S: Final = 300.0
ACTOR: Final = "job:alerts"


class Watcher:
    """One for an installation; two do no harm."""

    def __init__(
        self,
        engine: Engine,
        *,
        view: Callable[[BranchId], View],
        execute: Callable[[AnyCommand], object],
        contacts: Contacts,
        is_real_time: bool,
    ) -> None:
        """`view` gives a branch as of now; `is_real_time` is false under a simulated clock."""
        self._engine = engine
        self._view = view
        self._execute = execute
        self._contacts = contacts
        self._is_real_time = is_real_time
        self._seen: dict[BranchId, alerts.Seen] = {}
        self._histories: dict[BranchId, tuple[date, float, History]] = {}
        self._looked: tuple[datetime, float] | None = None

    def run(self) -> None:
        """Look for ever."""
        while True:
            time.sleep(EVERY_S)
            self.look()

    def look(self) -> None:
        """Every branch once. What goes wrong in one is no other's trouble."""
        jump_s = self._clock_jump_s()
        try:
            known = branches.ids(self._engine)
        except Exception:
            _log.warning("alerts: the branches cannot be read", exc_info=True)
            return
        for branch in known:
            try:
                self._look_at(branch, jump_s)
            except Exception:
                _log.exception("alerts: %s could not be looked at", branch)

    def _look_at(self, branch: BranchId, jump_s: float) -> None:
        view = self._view(branch)
        if not (_standing(view) or alerts.is_in_the_house(view.state)):
            self._seen.pop(branch, None)
            return
        reports, history = self._devices(view), self._history(view)
        # Reading those took a moment: the state may have gone on, and is looked at as it is now.
        view = self._view(branch)
        situation = Situation(
            state=view.state,
            catalogue=view.catalogue,
            learned=view.learned,
            now=view.now,
            history=history,
            devices=reports,
            clock_jump_s=jump_s,
            outlook=view.outlook,
            standing=_standing(view),
        )
        decided = alerts.decide(situation, self._seen.get(branch, {}))
        self._seen[branch] = decided.seen
        for command in self._commands(branch, decided):
            self._execute(command)

    def _commands(self, branch: BranchId, decided: alerts.Decided) -> list[AnyCommand]:
        def named() -> dict[str, Any]:
            return {"branch": branch, "command_id": f"alert-{uuid.uuid4()}"}

        cleared = [
            ClearAlert(alert=alert.seq, outcome=outcome, **named())
            for alert, outcome in decided.cleared
        ]
        raised = [
            RaiseAlert(
                rule=f.rule,
                subject=f.subject,
                level=f.level,
                since=f.since,
                figures=f.figures,
                **named(),
            )
            for f in decided.raised
        ]
        return [*cleared, *raised]

    def _clock_jump_s(self) -> float:
        """By how much the clock moved against the time that passed since the last look."""
        now, passed = Clock().now(), time.monotonic()
        before, self._looked = self._looked, (now, passed)
        if before is None or not self._is_real_time:
            return 0.0
        return (now - before[0]).total_seconds() - (passed - before[1])

    def _history(self, view: View) -> History:
        branch = view.catalogue.branch
        kept, passed = self._histories.get(branch), time.monotonic()
        if kept and kept[0] == view.day and passed - kept[1] < _LATELY_S:
            return kept[2]
        with self._engine.connect() as connection:
            history = kept[2] if kept and kept[0] == view.day else None
            history = history or history_of(connection, view.catalogue, view.day)
            history = with_lately(history, connection, branch, view.now)
        self._histories[branch] = (view.day, passed, history)
        return history

    def _devices(self, view: View) -> tuple[DeviceReport, ...]:
        """Who was paired and has been heard: what nobody knows of raises nothing."""
        branch, now = view.catalogue.branch, Clock().now()
        rows = devices.of_branch(self._engine, branch)
        shown = device_wall.shown(rows, self._contacts.of_branch(branch), now)
        found: list[DeviceReport] = []
        for device in shown["devices"]:
            contact = device["contact"]
            if device["state"] not in ("here", "lost") or contact is None:
                continue
            is_lost = device["state"] == "lost"
            # Contacts are dated by the machine; the branch's clock may be a simulated one.
            since = view.now - (now - datetime.fromisoformat(contact["at"]))
            found.append(
                DeviceReport(
                    id=device["id"],
                    kind=device["kind"],
                    name=device["name"],
                    lost_since=since if is_lost else None,
                    problems=() if is_lost else tuple(contact["problems"]),
                    sound="" if is_lost else contact["sound"],
                )
            )
        return tuple(found)


def _standing(view: View) -> frozenset[tuple[str, str]]:
    """The causes of the alerts that are not over."""
    return frozenset(alert.cause for alert in view.state.alerts.values() if alert.is_open)
