"""What the small office's log teaches, and the steps that teach it."""

import dataclasses
from datetime import datetime, time, timedelta
from pathlib import Path

from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Catalogue, Hours, Window
from server.domain.ids import CounterId, ServiceId
from server.forecast.learner import Learner
from tests.domain.office import NINE, Office, catalogue

S_A, S_B = ServiceId("s-a"), ServiceId("s-b")
ONE = CounterId("thu-1")
DEMO = Path(__file__).parents[2] / "deploy" / "branches" / "long-bien.toml"


def taught(office: Office) -> Learner:
    """What the office's log teaches, once nothing of it can be undone any more."""
    learner = Learner(office.log.catalogue)
    for recorded in office.log.events:
        learner.apply(recorded)
    later = NINE + timedelta(minutes=office.minute + 30)
    learner.apply(note(later, learner.seq + 1))
    return learner


def reasons(learner: Learner) -> dict[str, int]:
    """What taught nothing. The small office is open from midnight on: its counters open late."""
    return {k: n for k, n in learner.skipped.items() if k != "late: as good as absent"}


def note(at: datetime, seq: int) -> ev.Recorded:
    """An event that changes nothing."""
    return ev.Recorded(
        branch=catalogue().branch, seq=seq, at=at, actor="", cause="",
        event=ev.NoticeWithdrawn(notice=0),
    )  # fmt: skip


def serve(office: Office, counter: CounterId, called: float, started: float, ended: float) -> None:
    office.do(cmd.CallNext, called, counter=counter)
    office.do(cmd.StartService, started, counter=counter)
    office.do(cmd.CompleteService, ended, counter=counter, outcome="xong")


def values(learner: Learner, kind: str) -> list[float]:
    return list(learner.durations.simple(kind).values)


def two_sessions() -> Catalogue:
    day = (
        Window(opens=time(8), closes=time(11, 30), doors=time(7, 30), last_ticket=time(11)),
        Window(opens=time(13, 30), closes=time(17), doors=time(13), last_ticket=time(16, 30)),
    )
    return dataclasses.replace(catalogue(), hours=Hours(weekly=(day,) * 7))
