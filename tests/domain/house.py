"""The small office, looked at by the rules of alerts."""

from datetime import timedelta
from typing import Any

from server.domain import alerts
from server.domain import commands as cmd
from server.domain.alert_situation import Finding, Situation
from server.domain.estimate import Learned
from tests.domain.office import NINE, A, Office


class House(Office):
    """The small office, looked at; alerts are raised and cleared as the watcher does."""

    seen: alerts.Seen = {}  # noqa: RUF012 - replaced, never changed

    def at(self, minute: float, **more: Any) -> Situation:
        self.minute = max(self.minute, minute)
        state = self.log.state
        return Situation(
            state=state,
            catalogue=self.log.catalogue,
            learned=more.pop("learned", Learned()),
            now=NINE + timedelta(minutes=self.minute),
            standing=frozenset(a.cause for a in state.alerts.values() if a.is_open),
            **more,
        )

    def found(self, minute: float, **more: Any) -> dict[tuple[str, str], Finding]:
        return {f.cause: f for f in alerts.findings(self.at(minute, **more))}

    def watch(self, minute: float, **more: Any) -> tuple[list[str], list[str]]:
        """The rules raised and the rules cleared (with their outcome) now."""
        decided = alerts.decide(self.at(minute, **more), self.seen)
        self.seen = decided.seen
        for f in decided.raised:
            self.do(cmd.RaiseAlert, rule=f.rule, subject=f.subject, level=f.level, since=f.since, figures=f.figures)  # fmt: skip
        for alert, outcome in decided.cleared:
            self.do(cmd.ClearAlert, alert=alert.seq, outcome=outcome)
        ended = [f"{a.rule}:{o}" if o else a.rule for a, o in decided.cleared]
        return [f.rule for f in decided.raised], ended

    def issue(self, at: float = 0, queue: Any = A, **more: Any) -> Any:
        return self.do(cmd.IssueTicket, at, queue=queue, **more)
