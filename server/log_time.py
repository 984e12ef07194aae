"""The time in processes beside the web's.

A simulated clock runs in the web process alone; to the others the log says how far it has come.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from server import queries
from server.clock import Clock, Mode
from server.settings import Settings


def time_of(settings: Settings, engine: Engine) -> Callable[[], datetime]:
    """What tells the time: the machine's clock, or the log's last instant under a simulated one."""
    real = Clock().now
    if Mode(settings.clock) is Mode.REAL:
        return real

    def simulated() -> datetime:
        with queries.reading(engine) as connection:
            return queries.last_at(connection) or real()

    return simulated
