"""An office that is foreseen."""

from datetime import datetime, timedelta

from sqlalchemy import Engine

from server import outlooks
from server.domain import commands as cmd
from server.domain.outlook import Outlook
from server.forecast_run import Foreseer
from tests.server.office import BRANCH, NINE, A, B, Office


def served(engine: Engine, people: int = 6) -> Office:
    """An office in which some were served and some wait."""
    office = Office(engine)
    counter = office.open()
    for n in range(people):
        office.issue(A if n % 2 else B)
        office.now += timedelta(minutes=1)
    for _ in range(2):
        office.do(cmd.CallNext, counter=counter)
        office.now += timedelta(seconds=40)
        office.do(cmd.StartService, counter=counter)
        office.now += timedelta(minutes=7)
        office.do(cmd.CompleteService, counter=counter, outcome="xong")
    office.do(cmd.CallNext, counter=counter)
    return office


def bytes_of(outlook: Outlook | None) -> bytes:
    assert outlook is not None
    return outlooks.pack(outlook, NINE)


def foreseer(engine: Engine, now: datetime = NINE) -> Foreseer:
    return Foreseer(engine, BRANCH, lambda: now)
