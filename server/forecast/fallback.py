"""What the fallback would have known at each moment of a log: its lessons, as the product learns them."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from server.domain import lessons
from server.domain.catalogue import Catalogue
from server.domain.estimate import Learned
from server.domain.ids import QueueId, TicketId
from server.domain.state import BranchState
from server.domain.ticket import Status

#: A stay in a queue: a step that is taken back takes its lesson back.
_Stay = tuple[TicketId, int]


class FallbackLearner:
    """Lives a log through beside `BranchState`; `at` says what was known at a moment."""

    def __init__(self) -> None:
        self._services: dict[QueueId, dict[_Stay, float]] = defaultdict(dict)
        self._called: dict[TicketId, bool] = {}
        self._said: dict[TicketId, float] = {}
        self._errors: dict[TicketId, tuple[float, float]] = {}
        self._kept: tuple[datetime, Learned] | None = None

    def said(self, ticket: TicketId, predicted_s: float) -> None:
        """What it would have said of a ticket at its issue."""
        self._said[ticket] = predicted_s

    def follow(self, state: BranchState, catalogue: Catalogue, ticket: TicketId) -> None:
        """An event of this ticket has been applied to `state`."""
        row = state.ticket(ticket)
        if row is None:
            return
        if row.first_called_at is None:
            self._called.pop(ticket, None)
            self._errors.pop(ticket, None)
        else:
            self._called[ticket] = row.status is Status.NO_SHOW
            if ticket in self._said:
                waited_s = (row.first_called_at - row.arrival_at).total_seconds()
                self._errors[ticket] = self._said[ticket], waited_s
        for stage in state.stages.get(ticket, ())[-2:]:
            service = catalogue.service(stage.service)
            if service is None:
                continue
            known = self._services[service.queue]
            if stage.service_s is None:
                known.pop((ticket, stage.ordinal), None)
            else:
                known[ticket, stage.ordinal] = stage.service_s
            _keep(known, lessons.DURATIONS)
        _keep(self._called, lessons.CALLS)
        _keep(self._errors, lessons.CALLS)

    def at(self, catalogue: Catalogue, now: datetime) -> Learned:
        """What was known, at most as old as the product lets it be."""
        if self._kept is None or not timedelta(0) <= now - self._kept[0] < lessons.FRESH:
            self._kept = now, self._learned(catalogue)
        return self._kept[1]

    def _learned(self, catalogue: Catalogue) -> Learned:
        minutes: dict[QueueId, float] = {}
        for queue in catalogue.queues:
            configured = [s.mean_minutes for s in catalogue.services if s.queue == queue.id]
            if configured:
                known = self._services[queue.id].values()
                mean_s = sum(known) / len(known) if known else 0.0
                minutes[queue.id] = lessons.service_minutes(mean_s, len(known), configured)
        return Learned(
            service_minutes=minutes,
            no_show_share=lessons.no_show_share(len(self._called), sum(self._called.values())),
            ratios=lessons.ratios(self._errors.values()),
            first_calls=len(self._errors),
        )


def _keep(known: dict[Any, Any], most: int) -> None:
    while len(known) > most:
        del known[next(iter(known))]
