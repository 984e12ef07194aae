"""Alerts about the roster: who was to open a counter and has not, while somebody waits for it."""

from collections.abc import Iterator

from server.domain import roster
from server.domain.alert_situation import AMBER, Finding, Situation
from server.domain.counters import CounterStatus


def late(at: Situation) -> Iterator[Finding]:
    """Counters that the roster names, closed ten minutes after their planned opening.

    A counter without shifts is planned by nobody, so nobody is late there. Once told it stands until
    the counter opens, its stretch is over or an absence is declared, whoever waits meanwhile.
    """
    day = at.now.astimezone(at.catalogue.zone).date()
    absent = at.state.absent(day)
    for counter in at.catalogue.counters:
        state = at.state.counter(counter.id)
        if state.status is not CounterStatus.CLOSED:
            continue
        if not roster.is_named(at.catalogue, counter.id, day):
            continue
        is_missed = any(map(at.state.waiting, counter.queues))
        if not (is_missed or at.stands("late_open", counter.id)):
            continue
        for opens, closes in roster.windows(at.catalogue, absent, counter.id, day):
            was_there = state.since is not None and state.since >= opens
            if opens + roster.LATE <= at.now < closes and not was_there:
                yield Finding(
                    rule="late_open",
                    subject=counter.id,
                    level=AMBER,
                    since=opens,
                    figures={
                        "counter": counter.number,
                        "from": opens.isoformat(timespec="seconds"),
                        "waiting": sum(map(at.state.waiting, counter.queues)),
                    },
                )
