"""What needs a person's eye: which findings are raised, and which alerts are over.

Pure: the state, what devices report and what history says come in; decisions go out. A cause is
raised once while it stands and, after its end, not again within the dead time; a prediction must
hold for a minute. What a prediction came to is put down, so that each rule's precision is known.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from server.domain import alert_house, alert_roster, alert_waits
from server.domain.alert import Alert
from server.domain.alert_situation import Finding, Situation
from server.domain.counters import CounterStatus
from server.domain.ids import QueueId
from server.domain.state import BranchState
from server.domain.ticket import Status, Ticket

#: The gravest first: the order in which the page shows those of one level.
CODES: Final = (
    "no_counter", "breach", "series_full", "device_lost", "printer", "predicted_breach",
    "longest_wait", "left_over", "idle_counter", "late_open", "unanswered", "paper_low", "voice",
    "slow_service", "no_shows", "forecast_off", "no_rating", "clock_jump",
)  # fmt: skip
RULES: Final[tuple[Callable[[Situation], Iterator[Finding]], ...]] = (
    alert_waits.waits,
    alert_waits.unserved,
    alert_waits.counters,
    alert_roster.late,
    alert_house.devices,
    alert_house.unrated,
    alert_house.slow_services,
    alert_house.absences,
    alert_house.forecasts,
)
#: A cause must have stood so long before it is raised: twice running, as measures.md §5 says.
HOLD: Final = {
    "predicted_breach": timedelta(seconds=60),
    "device_lost": timedelta(seconds=60),
    "voice": timedelta(seconds=60),
}
HIT, MISS, AVERTED = "hit", "miss", "averted"
#: A rule is doubtful when fewer than half of so many predictions came (measures.md §5).
JUDGED_BY: Final = 20
#: Since when each cause has been found without a gap.
Seen = Mapping[tuple[str, str], datetime]


@dataclass(frozen=True, slots=True)
class Decided:
    """What to raise, what is over and with which outcome, and the memory for the next time."""

    raised: list[Finding]
    cleared: list[tuple[Alert, str]]
    seen: Seen


def is_in_the_house(state: BranchState) -> bool:
    """Whether anybody is there: an officer at a counter, or somebody who waits."""
    manned = any(c.status is not CounterStatus.CLOSED for c in state.counters.values())
    return manned or bool(state.waiting_counts())


def findings(at: Situation) -> list[Finding]:
    """Every rule that holds, but for those that the branch has put to rest."""
    if not is_in_the_house(at.state):
        return []
    quiet = at.catalogue.alerts.quiet
    return [found for rule in RULES for found in rule(at) if found.rule not in quiet]


def decide(at: Situation, seen: Seen) -> Decided:
    """What is to be raised and cleared now; `seen` is that of the last time."""
    found = {finding.cause: finding for finding in findings(at)}
    dead = timedelta(minutes=at.catalogue.alerts.dead_minutes)
    known: dict[tuple[str, str], Alert] = {}
    for alert in sorted(at.state.alerts.values(), key=lambda a: a.seq):
        known[alert.cause] = alert
    now_seen = {cause: seen.get(cause, at.now) for cause in found}
    raised = [
        _judged(at, finding)
        for cause, finding in found.items()
        if at.now - now_seen[cause] >= HOLD.get(finding.rule, timedelta())
        and not ((last := known.get(cause)) and (last.is_open or at.now < last.raised_at + dead))
    ]
    over = [a for a in at.state.alerts.values() if a.is_open and a.cause not in found]
    return Decided(raised, [(alert, outcome(at, alert)) for alert in over], now_seen)


def _judged(at: Situation, finding: Finding) -> Finding:
    """The finding, with what its rule's predictions came to where that is fewer than half."""
    hits, misses = at.history.outcomes.get(finding.rule, (0, 0))
    if hits + misses < JUDGED_BY or hits >= misses:
        return finding
    return replace(finding, figures=finding.figures | {"hits": hits, "predictions": hits + misses})


def outcome(at: Situation, alert: Alert) -> str:
    """What a prediction came to: it came, it did not, or counters were opened against it."""
    if alert.rule != "predicted_breach":
        return ""
    target = timedelta(minutes=at.catalogue.policy.wait_targets_minutes[1])
    if any(_passed(at, ticket, alert, target) for ticket in at.state.tickets.values()):
        return HIT
    now_open = len(at.load.able(QueueId(alert.subject)))
    return AVERTED if now_open > int(alert.figures.get("open", 0)) else MISS


def _passed(at: Situation, ticket: Ticket, alert: Alert, target: timedelta) -> bool:
    """Whether an ordinary ticket that waited when the alert was raised waited past the target."""
    if ticket.queue != alert.subject or ticket.priority is not None:
        return False
    until = ticket.first_called_at or (at.now if ticket.status is Status.WAITING else None)
    if ticket.arrival_at > alert.raised_at or until is None or until < alert.raised_at:
        return False
    return until - at.waiting_since(ticket) > target
