"""A branch in a real database, with a clock set by hand: what the tests of the server share."""

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine, select

from server import branches, database, queries, tables
from server.dispatch import Dispatcher, Outcome
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.catalogue import Catalogue, Counter, Hours, Source, Window
from server.domain.errors import Refused
from server.domain.ids import BranchId, CounterId, QueueId, TicketId
from tests.domain import office as small

BRANCH, NINE, A, B = small.BRANCH, small.NINE, small.A, small.B

#: The rows that follow from the log.
FOLDED = (
    "tickets",
    "counters",
    "stages",
    "series",
    "waiting",
    "tallies",
    "notices",
    "blocks",
    "printers",
    "follow_ups",
    "alerts",
    "absences",
)
#: The log, and what is kept beside it.
LOG = ("event_log", "expiring_facts", "catalogues", "policies", "branches")


def catalogue(counters: int = 3, last_number: int = 999, branch: str = BRANCH) -> Catalogue:
    """Two queues that every counter serves; open all day, every day, to the last second."""
    made = small.catalogue()
    day = (Window(opens=time(0), closes=time.max, doors=time(0), last_ticket=time.max),)
    return replace(
        made,
        branch=BranchId(branch),
        hours=Hours(weekly=(day,) * 7),
        queues=tuple(replace(q, last_number=last_number, offline_numbers=10) for q in made.queues),
        counters=tuple(
            Counter(id=CounterId(f"{branch}-{n}"), number=n, sources=(Source(queues=(A, B)),))
            for n in range(1, counters + 1)
        ),
    )


class Office:
    """Commands against a database; `now` is what the clock says."""

    def __init__(self, engine: Engine, now: datetime = NINE, branch: BranchId = BRANCH) -> None:
        self.engine = engine
        self.now = now
        self.branch = branch
        self._ids = itertools.count(1)
        self.nudged: list[BranchId] = []
        self.dispatcher = Dispatcher(
            engine, now=lambda: self.now, nudge=self.nudged.append, secret="s"
        )

    def execute(self, kind: type[cmd.AnyCommand], key: str = "", **content: Any) -> Outcome:
        """Run a command under its own id, or under `key`."""
        command = kind(branch=self.branch, command_id=key or f"c{next(self._ids)}", **content)
        return self.dispatcher.execute(command, actor="test")

    def do(self, kind: type[cmd.AnyCommand], **content: Any) -> Any:
        """Run a command; the ticket of its answer."""
        return self.execute(kind, **content).result["ticket"]

    def issue(self, queue: QueueId = A, **content: Any) -> Any:
        """Take a number."""
        return self.do(cmd.IssueTicket, queue=queue, **content)

    def open(self, number: int = 1, officer: str = "") -> CounterId:
        """Open a counter."""
        counter = CounterId(f"{self.branch}-{number}")
        self.do(cmd.OpenCounter, counter=counter, officer=officer or f"Cán bộ {number}")
        return counter

    def serve(self, counter: CounterId) -> Any:
        """Call the next ticket, serve it and complete it."""
        ticket = self.do(cmd.CallNext, counter=counter)
        self.do(cmd.StartService, counter=counter)
        self.do(cmd.CompleteService, counter=counter, outcome="xong")
        return ticket

    def events(self) -> list[ev.Recorded]:
        """The whole log."""
        with queries.reading(self.engine) as connection:
            return queries.events_after(connection, self.branch, 0, 100_000)


@contextmanager
def installed(url: str, configured: Catalogue | None = None) -> Iterator[Engine]:
    """A database with the schema and one configured branch."""
    engine = database.connect(url)
    try:
        database.migrate(engine)
        branches.apply(engine, configured or catalogue(), now=NINE, actor="test")
        yield engine
    finally:
        engine.dispose()


def rows(engine: Engine, *names: str) -> dict[str, list[str]]:
    """Every row of these tables, in an order of its own; lines without people count as absent."""
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for name in names:
            table = tables.metadata.tables[name]
            query = select(table)
            if name == "waiting":
                query = query.where(tables.waiting.c.people > 0)
            found[name] = sorted(repr(tuple(row)) for row in connection.execute(query))
    return found


_PRESSES = (
    *("issue",) * 5, *("next",) * 4, "finish", "start", "start", "complete", "complete", "no_show",
    "recall", "park", "resume", "transfer", "add", "undo", "cancel", "reinstate", "priority",
    "confirm", "pause", "back", "release", "open", "close", "rate", "chosen", "print", "shown",
    "roll", "undo", "undo", "hand_over", "settle", *("notice",) * 2, "withdraw", "unprinted", "reprint", "waive", "yield", "grant", *("hand_in",) * 2, "printer", *("alert",) * 2, "acknowledge", "over", *("absent",) * 2, "there",
)  # fmt: skip


def handed_in(serial: int, slip: str = "printed") -> dict[str, Any]:
    """A ticket that kiosk k1 gave from its first block of queue A at nine."""
    return {
        "device": "k1",
        "block": "A990-20261124",
        "serial": serial,
        "ticket": TicketId(f"own{serial}"),
        "issued_at": NINE,
        "service": "s-a",
        "job": f"slip-own{serial}",
        "printer": "p",
        "slip": slip,
    }


def press(
    chance: random.Random, tickets: list[TicketId], seq: int
) -> tuple[type[cmd.AnyCommand], dict[str, Any]]:
    """Something that somebody might press; often nothing that the rules allow."""
    counter = {"counter": CounterId(f"{BRANCH}-{chance.randint(1, 3)}")}
    ticket = {"ticket": chance.choice(tickets[-12:]) if tickets else TicketId("none")}
    why = {"reason": "lý do"}
    classes = (None, None, "CT", "KT")
    at: dict[str, tuple[type[cmd.AnyCommand], dict[str, Any]]] = {
        "issue": (cmd.IssueTicket, {"queue": chance.choice((A, B)), "priority": chance.choice(classes)}),
        "next": (cmd.CallNext, counter),
        "finish": (cmd.CallNext, {**counter, "outcome": "xong"}),
        "start": (cmd.StartService, counter),
        "complete": (cmd.CompleteService, {**counter, "outcome": "xong"}),
        "no_show": (cmd.RecordNoShow, counter),
        "recall": (cmd.RecallTicket, counter),
        "park": (cmd.ParkTicket, {**counter, **why}),
        "resume": (cmd.ResumeTicket, {**counter, **ticket, "to_counter": chance.random() < 0.5}),
        "transfer": (cmd.TransferTicket, {**counter, **why, "note": "ghi chú", **chance.choice(
            ({"to_queue": B}, {"to_counter": CounterId(f"{BRANCH}-2")}, {"to_officer": "Lan"}))}),
        "add": (cmd.AddService, {**counter, "service": "s-b", "outcome": "xong"}),
        "undo": (cmd.UndoLast, counter),
        "cancel": (cmd.CancelTicket, ticket | chance.choice(({}, counter))),
        "reinstate": (cmd.ReinstateTicket, {**ticket, **why, **chance.choice(({}, counter))}),
        "priority": (cmd.ChangePriority, {**ticket, **why, **chance.choice(({}, counter)), "priority": chance.choice((None, "CT", "KC"))}),
        "roll": (cmd.IssueTicket, {**counter, "queue": A, "roll": chance.randint(1, 60), "call": chance.random() < 0.5}),
        "hand_over": (cmd.HandOverCounter, {**counter, "to": "lan", "officer": "Lan"}),
        "settle": (cmd.SettleFollowUp, {**ticket, "note": "xong"}),
        "confirm": (cmd.ConfirmPriority, {**counter, **ticket}),
        "pause": (cmd.PauseCounter, {**counter, **why}),
        "back": (cmd.ResumeCounter, counter),
        "release": (cmd.ReleaseCounter, {**counter, **why}),
        "open": (cmd.OpenCounter, {**counter, "officer": chance.choice(("Lan", "Minh"))}),
        "close": (cmd.CloseCounter, counter),
        "rate": (cmd.RateTicket, {**ticket, "level": chance.randint(1, 5), "comment": "tốt"}),
        "chosen": (cmd.CallTicket, {**counter, **ticket, **why}),
        "print": (cmd.RecordPrint, {**ticket, "job": "j", "printer": "p"}),
        "unprinted": (cmd.RecordPrint, {**ticket, "job": "j", "printer": "p", "code": "nothing_sent"}),
        "yield": (cmd.YieldPlace, ticket),
        "reprint": (cmd.ReprintSlip, ticket),
        "waive": (cmd.WaiveSlip, ticket),
        "shown": (cmd.RecordAnnouncement, {"display": "d", "call_seq": seq, "how": "shown"}),
        "grant": (cmd.GrantBlock, {"device": "k1", "queue": A}),
        "hand_in": (cmd.HandInTicket, handed_in(chance.randint(985, 999), chance.choice(("", "printed", "unconfirmed")))),
        "printer": (cmd.ReportPrinter, {"device": "k1", "state": chance.choice(("ok", "paper_out"))}),
        "notice": (cmd.PostNotice, {"text_vi": "Thông báo", "emergency": chance.random() < 0.3, "aloud": True}),
        "alert": (cmd.RaiseAlert, {"rule": "breach", "subject": chance.choice((A, B)), "level": "red", "since": NINE, "figures": {"number": "A001", "n": seq}}),
        "acknowledge": (cmd.AcknowledgeAlert, {"alert": seq, "by": "Lan"}),
        "over": (cmd.ClearAlert, {"alert": seq, "outcome": "hit"}),
        "absent": (cmd.DeclareAbsence, {**counter, "reason": chance.choice(("", "leave")), "until": chance.choice((None, time(23)))}),
        "there": (cmd.WithdrawAbsence, counter),
        "withdraw": (cmd.WithdrawNotice, {"notice": seq}),
    }  # fmt: skip
    return at[chance.choice(_PRESSES)]


def lived(office: Office, seed: int, steps: int = 130) -> list[TicketId]:
    """Whatever people press, over a night, with a closed day in between; the tickets that came of it."""
    chance, known = random.Random(seed), list[TicketId]()
    office.open(1)
    for step in range(steps):
        office.now += timedelta(seconds=chance.uniform(0, 120))
        if step == steps // 2:
            office.do(cmd.CloseDay)
            office.now += timedelta(hours=20)
            office.open(1)
        kind, content = press(chance, known, len(known))
        try:
            ticket = office.do(kind, **content)
        except Refused:
            continue
        if ticket and ticket["id"] not in known:
            known.append(ticket["id"])
    return known
