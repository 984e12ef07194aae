"""Calls of the manager's page: questions about how counters worked, for managers alone."""

import time
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Engine, select

from server import branches, queries, tables
from server.access import Actor, Permission
from server.context import Context
from server.domain import numbering
from server.domain.errors import BadValue
from server.domain.ids import BranchId, TicketId
from server.domain.measures import Stage
from server.domain.questions import Period, questions
from server.domain.ticket import Ticket
from server.office.calls import Arguments, OfficeCall
from server.rows import stage_of, ticket_of

_LONGEST: Final = timedelta(days=31)


def period_of(engine: Engine, branch: BranchId, start: date, end: date) -> Period:
    """The tickets of business dates `start`…`end`, and their stages."""
    tickets: dict[TicketId, Ticket] = {}
    stages: list[Stage] = []
    t, s = tables.tickets, tables.stages
    for n in range((end - start).days + 1):
        of_day = (t.c.branch_id == branch) & (t.c.business_date == start + timedelta(days=n))
        with queries.reading(engine) as connection:
            found = connection.execute(select(t).where(of_day)).mappings()
            tickets |= {ticket.id: ticket for ticket in map(ticket_of, found)}
            mine = select(s).where(s.c.ticket.in_(select(t.c.id).where(of_day)))
            stages += map(stage_of, connection.execute(mine).mappings())
        # The web process serves others between two days.
        time.sleep(0)
    stages.sort(key=lambda stage: (stage.entered_at, stage.ordinal))
    return Period(stages=stages, tickets=tickets)


def _asked(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    catalogue = branches.require(context.engine, actor.branch)
    today = numbering.business_date(context.clock.now(), catalogue.time_zone)
    start, end = _day(arguments, "from", today), _day(arguments, "to", today)
    if not timedelta(0) <= end - start <= _LONGEST:
        raise BadValue(field="from", problem=f"{start} - {end}")
    period = period_of(context.engine, actor.branch, start, end)
    numbers = {counter.id: counter.number for counter in catalogue.counters}
    return {
        "questions": [
            {
                "kind": question.kind,
                "counter": numbers.get(question.counter),
                "figures": question.figures,
                "tickets": [
                    {
                        "id": ticket,
                        "number": period.tickets[ticket].number,
                        "date": period.tickets[ticket].business_date.isoformat(),
                    }
                    for ticket in sorted(question.tickets, key=lambda t: _order(period, t))
                ],
            }
            for question in questions(period)
        ]
    }


def _order(period: Period, ticket: TicketId) -> tuple[date, str]:
    found = period.tickets[ticket]
    return found.business_date, found.number


def _day(arguments: Arguments, name: str, usual: date) -> date:
    value = str(arguments.get(name) or "")
    try:
        return date.fromisoformat(value) if value else usual
    except ValueError as error:
        raise BadValue(field=name, problem=value[:20]) from error


CALLS: Final[dict[str, OfficeCall]] = {
    "counter_questions": OfficeCall(Permission.SEE_QUESTIONS, _asked),
}
