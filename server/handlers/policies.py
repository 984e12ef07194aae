"""The calling policy: published at once, put down for a day, or taken back before that day."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from server import codec
from server.domain import commands as cmd
from server.domain import errors, hours, policies
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.handlers.shared import REASON_MAX, Decision, Log, require_reason

#: So far ahead a policy can be put down.
FARTHEST: Final = timedelta(days=366)


def publish(command: cmd.PublishPolicy, log: Log) -> Decision:
    """The policy is checked whole, against the version that the caller knew to be in force.

    One at a time waits for its day: nobody is surprised by a second one over it.
    """
    require_reason(command.note)
    before = log.catalogue.policy
    policy = policies.tidy(codec.policy({**command.policy, "version": before.version}))
    policies.check(policy)
    if command.base != before.version:
        raise errors.PolicyChanged(version=before.version)
    if pending := log.scheduled_policy():
        raise errors.PolicyPending(scheduled=pending[0])
    if policy == before:
        raise errors.PolicySame(version=before.version)
    if command.restores is not None and not 1 <= command.restores < before.version:
        raise errors.UnknownPolicy(version=command.restores)
    note = command.note.strip()[:REASON_MAX]
    effective_at = _effective_at(command.effective, log)
    if effective_at is None:
        version = before.version + 1
        document = codec.policy_document(policy) | {"version": version}
        published = ev.PolicyPublished(
            version=version,
            policy=document,
            by=command.by,
            note=note,
            restores=command.restores,
        )
        return Decision([(None, published)])
    scheduled = ev.PolicyScheduled(
        policy=codec.policy_document(policy),
        base=before.version,
        effective_at=effective_at.astimezone(UTC),
        by=command.by,
        note=note,
        restores=command.restores,
    )
    return Decision([(None, scheduled)])


def withdraw(command: cmd.WithdrawPolicy, log: Log) -> Decision:
    """What was put down for later will not be published."""
    pending = log.scheduled_policy()
    if pending is None or pending[0] != command.scheduled:
        raise errors.UnknownPolicy(scheduled=command.scheduled)
    note = command.note.strip()[:REASON_MAX]
    event = ev.PolicyScheduleWithdrawn(scheduled=command.scheduled, by=command.by, note=note)
    return Decision([(None, event)])


def _effective_at(wanted: str, log: Log) -> datetime | None:
    """The moment that was asked for; None = now. Raises `BadValue`."""
    if wanted == "now":
        return None
    if wanted == "next_opening":
        at = next_opening(log.catalogue, log.now)
        if at is None:
            raise errors.BadValue(field="effective", problem="closed")
        return at
    try:
        day = date.fromisoformat(wanted)
    except ValueError as error:
        raise errors.BadValue(
            field="effective", problem=f"now, next_opening, {log.business_date}"
        ) from error
    at = opening_of(log.catalogue, day)
    if not log.now < at <= log.now + FARTHEST:
        latest = (log.now + FARTHEST).astimezone(log.zone).date()
        raise errors.BadValue(field="effective", problem=f"{log.business_date} – {latest}")  # noqa: RUF001
    return at


def next_opening(catalogue: Catalogue, now: datetime) -> datetime | None:
    """The first opening of doors on a day that has not begun to give numbers.

    None when there is none within the days that opening hours look ahead.
    """
    day = now.astimezone(catalogue.zone).date()
    for n in range(hours.DAYS_AHEAD):
        at = day + timedelta(days=n)
        if hours.windows_of(catalogue.hours, at) and (opening := opening_of(catalogue, at)) > now:
            return opening
    return None


def opening_of(catalogue: Catalogue, day: date) -> datetime:
    """When a day begins to give numbers; its midnight when it is closed."""
    zone = catalogue.zone
    found = hours.sessions(catalogue.hours, zone, day)
    midnight = datetime.combine(day, datetime.min.time(), zone)
    return min((session.doors for session in found), default=midnight)
