"""What each audience sees: pure projections of a branch's state into rows.

A snapshot is all rows; a change is the rows that differ from those last sent. Both come from the
same functions, which is why they meet. A view never carries what its audience may not see.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from server import alert_words, desk_view, figures, pad_view, replies, wall_view
from server.changes import Row, Tables
from server.domain import blocks, discipline, estimate, hours, quoting, telling
from server.domain.alert import Alert
from server.domain.catalogue import Catalogue, Queue
from server.domain.discipline import Lanes, Place
from server.domain.estimate import Learned
from server.domain.ids import CounterId, QueueId, TicketId
from server.domain.outlook import Outlook
from server.domain.quoting import Basis
from server.domain.state import BranchState
from server.domain.ticket import AT_COUNTER, Status, Ticket

AUDIENCES: Final = ("display", "counter", "kiosk", "agent", "rating", "manager", "ticket")

#: Longest stretch of a line that is sent; nobody reads place 301.
_LINE_MAX = 300
#: A wall shows a dozen, and gives each of a burst its turn as long as its row is there.
_CALLS_KEPT = 64
_NOTICES_KEPT = 5
#: A printer's last word comes well within this.
_SLIPS_SHOWN: Final = timedelta(seconds=90)
#: More tickets than all kiosks of an office give in that time.
_SLIPS_LOOKED_AT: Final = 400
#: What is told where no minutes can be.
_NO_WAIT: Final[Row] = {"text": None, "as_of": None, "grew": None}
_LIVE: Final = frozenset({Status.WAITING, Status.CALLED, Status.SERVING, Status.PARKED})


class View:
    """One moment of a branch, ready to be projected. Parts are computed once, when asked for."""

    def __init__(
        self,
        state: BranchState,
        catalogue: Catalogue,
        learned: Learned,
        now: datetime,
        rows: "TicketRows | None" = None,
        outlook: Outlook | None = None,
    ) -> None:
        self.state = state
        self.outlook = outlook
        self._rows = TicketRows() if rows is None else rows
        self.catalogue = catalogue
        self.learned = learned
        self.now = now
        self.day = now.astimezone(catalogue.zone).date()
        self.load = estimate.load_of(catalogue, state.counters.values())
        self.counts = state.waiting_counts()
        #: What every wait on every screen is told from.
        self.basis = Basis(
            catalogue=catalogue,
            load=self.load,
            learned=learned,
            outlook=outlook,
            counts=self.counts,
            now=now,
        )

    def tables(self, audience: str) -> Tables:
        """Every table of an audience."""
        return {name: project(self) for name, project in _TABLES[audience].items()}

    # Queues --------------------------------------------------------------------------------
    def kiosk_queues(self) -> dict[str, Row]:
        """How many wait, whether numbers are given, and the wait a newcomer would be told."""
        return {q.id: self._kiosk_queue(q) for q in self.catalogue.queues}

    def _kiosk_queue(self, queue: Queue) -> Row:
        state, reason, opens_at = self._opening(queue)
        quote = quoting.quote_for(self.basis, queue.id) if state == "open" else None
        return {
            "id": queue.id,
            "waiting": self.counts.get(queue.id, 0),
            "state": state,
            "reason": reason,
            "opens_at": replies.instant(opens_at),
            "open_counters": len(self.load.able(queue.id)),
            "quote": replies.quote_row(
                self.catalogue, queue.id, quote, self.now, is_initial=self.basis.is_initial
            ),
        }

    def _opening(self, queue: Queue) -> tuple[str, str | None, datetime | None]:
        rules, zone = self.catalogue.hours, self.catalogue.zone
        held = (b for b in self.state.blocks.values() if b.business_date == self.day)
        last = self.state.serials.get((queue.id, self.day), 0)
        if last >= blocks.lowest_held(queue, held) - 1:
            return "full", "series_full", None
        day_closed = self.state.closed_date == self.day
        if hours.takes_tickets(rules, zone, queue.id, self.now) and not day_closed:
            return "open", None, None
        doors = hours.next_doors(rules, zone, queue.id, self.now)
        today = any(s.takes(queue.id) for s in hours.sessions(rules, zone, self.day))
        return "closed", "outside_hours" if today else "not_today", doors

    def staff_queues(self) -> dict[str, Row]:
        """The kiosk's row with the expected order of the line."""
        rows = self.kiosk_queues()
        for queue, row in rows.items():
            lanes = self.state.lanes_of(QueueId(queue))
            heads = [lane[0].arrival_at for lane in lanes.values() if lane]
            row["line"] = [p.ticket for p in islice(self._line(QueueId(queue), lanes), _LINE_MAX)]
            row["oldest_at"] = replies.instant(min(heads)) if heads else None
        return rows

    def _line(self, queue: QueueId, lanes: Lanes) -> Any:
        return discipline.line(self.catalogue.policy, lanes, self.since(queue))

    def since(self, queue: QueueId) -> int:
        """Where the queue's line stands between normal and priority calls (`discipline.line`)."""
        policy, counters = self.catalogue.policy, self.catalogue.counters
        return discipline.line_since(policy, counters, queue, self.state.normal_since)

    def display_queues(self) -> dict[str, Row]:
        """How many wait, and the wait a newcomer would be told, as the kiosk's tile has it."""
        return {
            queue: {
                "id": queue,
                "waiting": row["waiting"],
                "wait": row["quote"]["short"] if row["quote"] else None,
            }
            for queue, row in self.kiosk_queues().items()
        }

    def phone_queues(self) -> dict[str, Row]:
        """The line by number with the waits along it, and who is being called."""
        rows: dict[str, Row] = {}
        for queue in self.catalogue.queues:
            lanes = self.state.lanes_of(queue.id)
            line = list(islice(self._line(queue.id, lanes), _LINE_MAX))
            rows[queue.id] = {
                "id": queue.id,
                "waiting": self.counts.get(queue.id, 0),
                "line": [place.number for place in line],
                "waits": self._waits(queue.id, line),
                "serving": [
                    {"number": t.number, "counter": self._number_of(t.counter)}
                    for t in self._tickets_at_desk()
                    if t.queue == queue.id and t.status is Status.CALLED
                ],
            }
        return rows

    def _waits(self, queue: QueueId, line: list[Place]) -> list[Row]:
        """The sentence for each place, told only where it differs from that of the place before."""
        waits: list[Row] = []
        for ahead, place in enumerate(line):
            told = self.wait_row(queue, ahead, place.ticket) or _NO_WAIT
            if not waits or any(waits[-1][key] != told[key] for key in told):
                waits.append({"ahead": ahead, **told})
        return waits

    def wait_row(self, queue: QueueId, ahead: int, ticket: TicketId) -> Row | None:
        """What the holder of a ticket with `ahead` people before it in `queue` reads.

        The sentence, when it was reckoned, and why it grew, where it did and somebody knows.
        """
        known = self.state.ticket(ticket)
        told = quoting.told_for(
            self.basis,
            ticket,
            queue,
            priority=known.priority if known else None,
            ahead=ahead,
            slip=telling.slip_of(known) if known else None,
        )
        return replies.told_row(self.catalogue, queue, told, is_initial=self.basis.is_initial)

    # Tickets -------------------------------------------------------------------------------
    def staff_tickets(self) -> dict[str, Row]:
        """Live tickets, and today's no-shows, who may come back."""
        return {t.id: self._rows.of(t) for t in self.state.tickets.values() if self._is_live(t)}

    def _is_live(self, ticket: Ticket) -> bool:
        absent_today = ticket.status is Status.NO_SHOW and ticket.business_date == self.day
        return ticket.status in _LIVE or absent_today

    def _tickets_at_desk(self) -> list[Ticket]:
        held = (self.state.ticket(c.ticket) for c in self.state.counters.values() if c.ticket)
        # In one order, whichever counter was read or opened first.
        return sorted((t for t in held if t is not None), key=lambda t: t.call_seq or 0)

    def calls(self) -> dict[str, Row]:
        """The last calls of today for the walls: number and counter, never a reason."""
        called = [
            t
            for t in self.state.tickets.values()
            if t.call_seq is not None
            and t.business_date == self.day
            and t.status in (*AT_COUNTER, Status.SERVED)
            and t.counter is not None
        ]
        called.sort(key=lambda t: -(t.call_seq or 0))
        return {t.id: self._call(t) for t in called[:_CALLS_KEPT]}

    def _call(self, ticket: Ticket) -> Row:
        service = self.catalogue.service(ticket.service)
        counter = self.catalogue.counter(ticket.counter) if ticket.counter else None
        return {
            "id": ticket.id,
            "seq": ticket.call_seq,
            "number": ticket.number,
            "queue": ticket.queue,
            "service": replies.text(service.name) if service else {"vi": "", "en": ""},
            "counter": counter.number if counter else 0,
            "counter_id": ticket.counter,
            "direction": counter.direction.value if counter else "ahead",
            "at": replies.instant(ticket.called_at),
            "times": ticket.calls,
            "status": ticket.status.value,
        }

    def _number_of(self, counter: CounterId | None) -> int | None:
        configured = self.catalogue.counter(counter) if counter else None
        return configured.number if configured else None

    def phone_ticket(self, ticket: Ticket) -> Row:
        """A ticket as its holder sees it."""
        service = self.catalogue.service(ticket.service)
        procedure = self.catalogue.procedure(ticket.procedure) if ticket.procedure else None
        counter = self.catalogue.counter(ticket.counter) if ticket.counter else None
        served = ticket.status is Status.SERVED
        return {
            "id": "mine",
            "number": ticket.number,
            "queue": ticket.queue,
            "service": replies.text(service.name) if service else {"vi": "", "en": ""},
            "procedure": replies.text(procedure.name) if procedure else None,
            "status": "unprinted" if ticket.is_unprinted else ticket.status.value,
            "issued_at": replies.instant(ticket.issued_at),
            "called_at": replies.instant(ticket.called_at),
            "counter": counter.number if counter else None,
            "direction": counter.direction.value if counter else None,
            "yield_places": (
                self.catalogue.policy.yield_places if ticket.yielded < discipline.YIELDS else 0
            ),
            "rated": ticket.level is not None,
            "can_rate": served and ticket.level is None,
            "outcome": ticket.outcome,
            "result_on": ticket.result_on.isoformat() if served and ticket.result_on else None,
        }

    def slips(self) -> dict[str, Row]:
        """What became of the paper of the last kiosk tickets: empty while it is on its way."""
        rows: dict[str, Row] = {}
        # Not stopped at the first old one: a ticket that was handed in is new here and old itself.
        for ticket in islice(reversed(self.state.tickets.values()), _SLIPS_LOOKED_AT):
            is_recent = self.now - ticket.issued_at <= _SLIPS_SHOWN
            if ticket.channel == "kiosk" and is_recent:
                rows[ticket.id] = {"id": ticket.id, "slip": ticket.slip, "device": ticket.device}
        return rows

    def printers(self) -> dict[str, Row]:
        """How the printer of each kiosk with an agent is."""
        return {device: {"id": device, "state": how} for device, how in self.state.printers.items()}

    # Notices -------------------------------------------------------------------------------
    def notices(self) -> dict[str, Row]:
        """What managers have posted and is still to be read: emergencies, then the newest, five."""
        standing = [
            (seq, posted)
            for seq, posted in self.state.notices.items()
            if posted.until is None or posted.until > self.now
        ]
        standing.sort(key=lambda pair: (pair[1].emergency, pair[0]), reverse=True)
        return {
            str(seq): {
                "id": str(seq),
                "seq": seq,
                "text": {"vi": posted.text_vi, "en": posted.text_en or posted.text_vi},
                "until": replies.instant(posted.until),
                "emergency": posted.emergency,
            }
            for seq, posted in standing[:_NOTICES_KEPT]
        }

    def alerts(self) -> dict[str, Row]:
        """What needs a person's eye, and what did so today."""
        today = (
            alert
            for alert in self.state.alerts.values()
            if alert.is_open or alert.raised_at.astimezone(self.catalogue.zone).date() == self.day
        )
        return {str(a.seq): self._rows.of_alert(a, self.catalogue) for a in today}

    def absences(self) -> dict[str, Row]:
        """Who is absent, from today on."""
        return {
            f"{a.counter}/{a.business_date}": {
                "id": f"{a.counter}/{a.business_date}",
                "counter": a.counter,
                "date": a.business_date.isoformat(),
                "officer": a.officer,
                "since": None if a.since is None else f"{a.since:%H:%M}",
                "until": None if a.until is None else f"{a.until:%H:%M}",
                "reason": a.reason,
            }
            for a in self.state.absences.values()
            if a.stands and a.business_date >= self.day
        }

    # Counters ------------------------------------------------------------------------------
    def today(self) -> dict[str, Row]:
        """The day's figures so far."""
        return {"today": figures.today(self.state, self.catalogue, self.day, self.now)}

    def by_hour(self) -> dict[str, Row]:
        """Waits by hour of issue."""
        return figures.by_hour(self.state, self.catalogue, self.day)

    def passing(self, tickets: Iterable[TicketId]) -> dict[str, set[str]]:
        """Keys of figures that calls of these tickets, taken back again, may have made and unmade."""
        known = [t for t in map(self.state.ticket, tickets) if t is not None]
        hours_ = {f"{t.issued_at.astimezone(self.catalogue.zone).hour:02d}" for t in known}
        cells = {f"{q.id}-{hour}" for q in self.catalogue.queues for hour in hours_}
        return {"hours": hours_, "cells": cells}

    def cells(self) -> dict[str, Row]:
        """Waits by queue and hour of issue."""
        return figures.cells(self.state, self.catalogue, self.day)


class TicketRows:
    """Rows of tickets and alerts that have not changed are not made again, and compare at once."""

    def __init__(self) -> None:
        self._made: dict[TicketId, tuple[Ticket, Row]] = {}
        self._alerts: dict[int, tuple[Alert, Catalogue, Row]] = {}

    def of(self, ticket: Ticket) -> Row:
        """The ticket's row for staff; not to be changed."""
        made = self._made.get(ticket.id)
        if made is None or made[0] is not ticket:
            made = self._made[ticket.id] = (ticket, replies.ticket_row(ticket))
        return made[1]

    def of_alert(self, alert: Alert, catalogue: Catalogue) -> Row:
        """The alert's row, whose sentences cost a dozen look-ups; not to be changed."""
        made = self._alerts.get(alert.seq)
        if made is None or made[0] is not alert or made[1] is not catalogue:
            made = (alert, catalogue, alert_words.row(alert, catalogue))
            self._alerts[alert.seq] = made
        return made[2]


_TABLES: Final[Mapping[str, Mapping[str, Callable[[View], dict[str, Row]]]]] = {
    "kiosk": {"queues": View.kiosk_queues, "slips": View.slips},
    "agent": {"queues": View.kiosk_queues, "slips": View.slips},
    "rating": {"pads": pad_view.pads},
    "display": {
        "calls": View.calls,
        "queues": View.display_queues,
        "counters": wall_view.counters,
        "notices": View.notices,
        "hall": wall_view.hall,
    },
    "counter": {
        "printers": View.printers,
        "tickets": View.staff_tickets,
        "queues": View.staff_queues,
        "counters": desk_view.staff_counters,
        "day": desk_view.day,
    },
    "manager": {
        "printers": View.printers,
        "tickets": View.staff_tickets,
        "queues": View.staff_queues,
        "counters": desk_view.staff_counters,
        "notices": View.notices,
        "follow_ups": desk_view.follow_ups,
        "alerts": View.alerts,
        "absences": View.absences,
        "today": View.today,
        "hours": View.by_hour,
        "cells": View.cells,
    },
    "ticket": {"queues": View.phone_queues},
}
