"""When a counter is planned to be open: the roster's windows, without the hours of those absent."""

from collections.abc import Collection
from datetime import date, datetime

from server.domain import hours
from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId

#: A stretch of planned opening.
Window = tuple[datetime, datetime]


def windows(
    catalogue: Catalogue, absent: Collection[CounterId], counter: CounterId, day: date
) -> tuple[Window, ...]:
    """The planned windows of a counter on a local day, in order.

    A counter that the roster does not name is planned for every session of its queues. `absent` are
    the counters that somebody declared absent for the day.
    """
    configured = catalogue.counter(counter)
    if configured is None or counter in absent:
        return ()
    return tuple(
        (session.opens, session.closes)
        for session in hours.sessions(catalogue.hours, catalogue.zone, day)
        if any(map(session.takes, configured.queues))
    )
