"""Alerts: raised and cleared by the watcher, acknowledged by people. Told twice, they count once."""

from datetime import timedelta

from server.domain import commands as cmd
from server.domain import errors
from server.domain import events as ev
from server.handlers.shared import REASON_MAX, Decision, Log


def raise_alert(command: cmd.RaiseAlert, log: Log) -> Decision:
    """One alert for a cause at a time, and none again within the dead time after the last one."""
    last = log.last_alert(command.rule, command.subject)
    dead = timedelta(minutes=log.catalogue.alerts.dead_minutes)
    if last is not None and (last.is_open or log.now < last.raised_at + dead):
        return Decision([])
    event = ev.AlertRaised(
        rule=command.rule,
        subject=command.subject,
        level=command.level,
        since=command.since,
        figures=command.figures,
    )
    return Decision([(None, event)])


def acknowledge(command: cmd.AcknowledgeAlert, log: Log) -> Decision:
    """The first who sees to an alert is the one on record; also after its cause has gone."""
    known = log.alert(command.alert)
    if known is None:
        raise errors.UnknownAlert(alert=command.alert)
    if known.acknowledged_at is not None:
        return Decision([])
    word = command.word.strip()[:REASON_MAX]
    return Decision([(None, ev.AlertAcknowledged(alert=known.seq, by=command.by, word=word))])


def clear(command: cmd.ClearAlert, log: Log) -> Decision:
    """The cause of an alert is gone."""
    known = log.alert(command.alert)
    if known is None or not known.is_open:
        return Decision([])
    return Decision([(None, ev.AlertCleared(alert=known.seq, outcome=command.outcome))])
