"""What staff see of the counters, of what may be undone there, and of the day's sessions."""

from typing import TYPE_CHECKING

from server import figures, replies
from server.changes import Row
from server.domain import counters as desks
from server.domain import discipline, hours
from server.domain.catalogue import Counter
from server.domain.counters import CounterState, CounterStatus
from server.domain.discipline import Choice
from server.domain.ids import CounterId, TicketId

if TYPE_CHECKING:
    from server.views import View


def staff_counters(view: "View") -> dict[str, Row]:
    """Each counter, who is there, whom it has, and whom it would call next by which rule."""
    worked = figures.by_counter(view.state, view.day)
    return {c.id: _row(view, c, worked.get(c.id, (0, None))) for c in view.catalogue.counters}


def _row(view: "View", counter: Counter, worked: tuple[int, float | None]) -> Row:
    state = view.state.counter(counter.id)
    choice = _next(view, counter, state)
    return {
        "id": counter.id,
        "number": counter.number,
        "status": state.status.value,
        "direction": counter.direction.value,
        "agency": counter.agency,
        "queues": list(counter.queues),
        "auto_call": counter.auto_call,
        "officer": state.officer,
        "account": state.account,
        "title": state.title,
        "since": replies.instant(state.since),
        "lease_until": replies.instant(desks.lease_until(state, view.catalogue.policy)),
        "pause_reason": state.pause_reason,
        "return_at": replies.instant(state.return_at),
        "ticket": state.ticket,
        "next": (
            {"ticket": choice.ticket, "number": choice.number, "rule": choice.rule}
            if choice
            else None
        ),
        "served": worked[0],
        "service_s": worked[1],
        "undo": _undo(view, state),
        "announced": (
            {"seq": state.call_seq, "shown": state.shown, "spoken": state.spoken}
            if state.call_seq
            else None
        ),
    }


def _next(view: "View", counter: Counter, state: CounterState) -> Choice | None:
    if state.status is CounterStatus.CLOSED:
        return None
    heads = [
        *view.state.heads(counter.queues),
        *view.state.directed_to(counter.id, state.officer),
    ]
    return discipline.choose(view.catalogue.policy, counter, heads, view.state.since, view.now)


def _undo(view: "View", state: CounterState) -> Row | None:
    until = desks.undo_until(state, view.catalogue.policy)
    step = state.steps[-1] if state.steps else None
    ticket = view.state.ticket(step.ticket) if step else None
    if until is None or step is None or ticket is None or until <= view.now:
        return None
    return {
        "event": step.event,
        "ticket": ticket.id,
        "number": ticket.number,
        "until": replies.instant(until),
    }


def day(view: "View") -> dict[str, Row]:
    """Today's sessions."""
    today = hours.sessions(view.catalogue.hours, view.catalogue.zone, view.day)
    sessions = [
        {
            "opens": replies.instant(s.opens),
            "closes": replies.instant(s.closes),
            "last_ticket": replies.instant(s.last_ticket),
        }
        for s in today
    ]
    return {"today": {"id": "today", "date": view.day.isoformat(), "sessions": sessions}}


def explained(view: "View", ticket_id: TicketId) -> list[Row] | None:
    """Who is expected ahead of a waiting ticket, and by which rule each is (rule F1).

    The last place is the ticket's own; None when it is not waiting in a line.
    """
    ticket = view.state.ticket(ticket_id)
    if ticket is None:
        return None
    lanes = view.state.lanes_of(ticket.queue)
    since = view.since(ticket.queue)
    places = discipline.explain(view.catalogue.policy, lanes, since, ticket_id)
    if places is None:
        return None
    return [{"ticket": p.ticket, "number": p.number, "rule": p.rule} for p in places]


def follow_ups(view: "View") -> dict[str, Row]:
    """Visits rated 1 or 2 that nobody has looked into yet; for managers."""
    return {
        one.ticket: {
            "id": one.ticket,
            "number": one.number,
            "service": one.service,
            "counter": _number(view, one.counter),
            "officer": one.officer,
            "level": one.level,
            "reasons": [r for r in one.reasons.split(",") if r],
            "opened_at": replies.instant(one.opened_at),
            "due_on": one.due_on.isoformat(),
        }
        for one in view.state.follow_ups.values()
        if one.settled_at is None
    }


def _number(view: "View", counter: CounterId | None) -> int | None:
    configured = view.catalogue.counter(counter) if counter else None
    return configured.number if configured else None
