"""The calls of the API. Each is a few lines: build the command, execute, answer."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from server import codec, queries, replies, tables
from server.access import Permission
from server.api import schemas
from server.api.operations import Call, Parameter, integer, operation, own_branch
from server.clock import Mode
from server.domain import discipline
from server.domain.errors import BadValue, UnknownCounter, UnknownTicket
from server.domain.ids import BranchId, CounterId, TicketId
from server.domain.ticket import Status, Ticket
from server.problems import WireError
from server.rows import ticket_of

_DESK_REFUSALS = (404, 409)


# Branches ------------------------------------------------------------------------------------
@operation(
    "POST",
    "/branches/<branch>/tickets",
    "Issue a ticket",
    body=schemas.IssueBody,
    answer=schemas.Issued,
    status=201,
    refusals=(404, 409),
    tag="tickets",
)
def issue_ticket(call: Call, branch: str) -> tuple[Any, int]:
    """Take a number in the queue of a service."""
    body: schemas.IssueBody = call.body
    outcome = _execute(call, BranchId(branch), "IssueTicket", _fields(body))
    return {**outcome["result"], "seq": outcome["seq"]}, 201


@operation(
    "GET",
    "/branches/<branch>/board",
    "The branch as its staff see it, with the seq it is true for",
    answer=schemas.Board,
    refusals=(404,),
    tag="branches",
)
def board(call: Call, branch: str) -> tuple[Any, int]:
    """A snapshot, for integrations and for tests."""
    own_branch(call, branch)
    audience = call.actor.role.value
    if call.actor.may(Permission.SEE_OFFICE):
        return call.context.office_snapshot(call.actor), 200
    if call.actor.may(Permission.SERVE):
        audience = "counter"
    return call.context.snapshot(BranchId(branch), audience), 200


@operation(
    "GET",
    "/branches/<branch>/events",
    "The log after a seq, in order",
    answer=schemas.LogPage,
    refusals=(404, 422),
    parameters=(
        Parameter(
            name="after",
            schema={"type": "integer", "minimum": 0, "default": 0},
            description="The last seq you have",
        ),
        Parameter(
            name="limit",
            schema={"type": "integer", "minimum": 1, "maximum": 1000, "default": 200},
            description="How many at most",
        ),
    ),
    tag="branches",
)
def events(call: Call, branch: str) -> tuple[Any, int]:
    """Page through the log; `next` is the `after` of the following page."""
    own_branch(call, branch)
    if not call.actor.may(Permission.READ_LOG):
        raise WireError("not_allowed", 403)
    after, limit = integer("after", 0, 0, 2**53), integer("limit", 200, 1, 1000)
    with queries.reading(call.context.engine) as connection:
        last = queries.last_seq(connection, BranchId(branch))
        found = queries.events_after(connection, BranchId(branch), after, limit)
    rows = [
        {
            "seq": r.seq,
            "type": r.type,
            "at": replies.instant(r.at),
            "actor": r.actor,
            "cause": r.cause,
            "ticket": r.ticket,
            "version": r.version,
            # Expiring values stay at home: an integration must not keep what we forget.
            "payload": codec.split(r.event)[0],
        }
        for r in found
    ]
    return {"events": rows, "next": found[-1].seq if found else after, "last_seq": last}, 200


@operation(
    "POST",
    "/branches/<branch>/close-day",
    "End the business day",
    body=schemas.CloseDayBody,
    answer=schemas.Done,
    refusals=(404, 409, 422),
    tag="branches",
)
def close_day(call: Call, branch: str) -> tuple[Any, int]:
    """Counters are freed; the policy says what becomes of those who still wait."""
    return _done(_execute(call, BranchId(branch), "CloseDay", _fields(call.body))), 200


# Counters ------------------------------------------------------------------------------------
def _desk(verb: str, name: str, summary: str, body: type[schemas.Body]) -> None:
    """Declare one verb of the counter."""

    def act(call: Call, counter: str) -> tuple[Any, int]:
        return _at_counter(call, counter, name, _fields(call.body)), 200

    act.__name__ = name
    act.__doc__ = summary
    operation(
        "POST",
        f"/counters/<counter>/{verb}",
        summary,
        body=body,
        answer=schemas.Done,
        refusals=_DESK_REFUSALS,
        tag="counters",
    )(act)


for _verb, _name, _summary, _body in (
    ("open", "OpenCounter", "An officer takes the counter", schemas.OpenBody),
    ("call-next", "CallNext", "Call whom the policy chooses", schemas.CallNextBody),
    ("call", "CallTicket", "Call a chosen ticket", schemas.CallBody),
    ("recall", "RecallTicket", "Summon the same ticket again", schemas.NoBody),
    ("start", "StartService", "The person is at the desk", schemas.NoBody),
    ("complete", "CompleteService", "The service ends", schemas.CompleteBody),
    ("no-show", "RecordNoShow", "Called, did not come", schemas.NoBody),
    ("park", "ParkTicket", "Hold the ticket aside", schemas.ParkBody),
    ("transfer", "TransferTicket", "Send the ticket elsewhere", schemas.TransferBody),
    ("add-service", "AddService", "Another service, same visit", schemas.AddServiceBody),
    ("undo", "UndoLast", "Take back the last step", schemas.NoBody),
    ("roll", "IssueTicket", "Record, and call, a number of the paper roll", schemas.RollBody),
    ("hand-over", "HandOverCounter", "The next officer has the counter", schemas.HandOverBody),
    ("pause", "PauseCounter", "Stop calling for a while", schemas.PauseBody),
    ("close", "CloseCounter", "The officer leaves", schemas.NoBody),
    ("release", "ReleaseCounter", "A supervisor frees a stuck counter", schemas.ReasonBody),
):
    _desk(_verb, _name, _summary, _body)


@operation(
    "POST",
    "/counters/<counter>/resume",
    "Resume a parked ticket, or the paused counter",
    body=schemas.ResumeBody,
    answer=schemas.Done,
    refusals=_DESK_REFUSALS,
    tag="counters",
)
def resume(call: Call, counter: str) -> tuple[Any, int]:
    """With `ticket`, that ticket; without, the counter itself."""
    body: schemas.ResumeBody = call.body
    if body.ticket is None:
        return _at_counter(call, counter, "ResumeCounter", {}), 200
    return _at_counter(call, counter, "ResumeTicket", _fields(body)), 200


# Tickets -------------------------------------------------------------------------------------
@operation(
    "GET",
    "/tickets/<ticket>",
    "A ticket and who is ahead of it",
    answer=schemas.Followed,
    refusals=(404,),
    tag="tickets",
)
def ticket(call: Call, ticket: str) -> tuple[Any, int]:
    """Where the ticket is, how many are ahead and by which rule each is."""
    found = _ticket(call, ticket)
    view = call.context.view(call.actor.branch)
    places = None
    if found.status is Status.WAITING:
        since = view.since(found.queue)
        lanes = view.state.lanes_of(found.queue)
        places = discipline.explain(view.catalogue.policy, lanes, since, found.id)
    ahead = len(places) - 1 if places else None
    told = view.wait_row(found.queue, ahead, found.id) if ahead is not None else None
    return {
        "ticket": replies.ticket_row(found),
        "ahead": ahead,
        "estimate": told["text"] if told else None,
        "estimate_as_of": told["as_of"] if told else None,
        "estimate_grew": told["grew"] if told else None,
        "why": [f"{p.number}: {p.rule}" for p in places[:-1]] if places else [],
    }, 200


@operation(
    "POST",
    "/tickets/<ticket>/rating",
    "Rate a finished visit",
    body=schemas.RatingBody,
    answer=schemas.Done,
    refusals=(404, 409),
    tag="tickets",
)
def rate_ticket(call: Call, ticket: str) -> tuple[Any, int]:
    """Once per visit, within the rating time."""
    content = {**_fields(call.body), "ticket": ticket, "channel": "api"}
    return _done(_execute(call, call.actor.branch, "RateTicket", content)), 200


@operation(
    "POST",
    "/tickets/<ticket>/cancel",
    "Give up the place",
    body=schemas.CancelBody,
    answer=schemas.Done,
    refusals=(404, 409),
    tag="tickets",
)
def cancel_ticket(call: Call, ticket: str) -> tuple[Any, int]:
    """The ticket ends, with the code of who gave it up."""
    content = {**_fields(call.body), "ticket": ticket}
    return _done(_execute(call, call.actor.branch, "CancelTicket", content)), 200


@operation(
    "POST",
    "/tickets/<ticket>/reprint",
    "Print the slip again",
    body=schemas.NoBody,
    answer=schemas.Done,
    refusals=(404, 409),
    tag="tickets",
)
def reprint_slip(call: Call, ticket: str) -> tuple[Any, int]:
    """A live ticket of today; the new slip says that it is a reprint."""
    return _done(_execute(call, call.actor.branch, "ReprintSlip", {"ticket": ticket})), 200


@operation(
    "POST",
    "/tickets/<ticket>/waive-slip",
    "Let a ticket wait without paper",
    body=schemas.NoBody,
    answer=schemas.Done,
    refusals=(404, 409),
    tag="tickets",
)
def waive_slip(call: Call, ticket: str) -> tuple[Any, int]:
    """A ticket that was set aside because its slip failed goes back to its place."""
    return _done(_execute(call, call.actor.branch, "WaiveSlip", {"ticket": ticket})), 200


# Simulation ----------------------------------------------------------------------------------
@operation(
    "PUT",
    "/simulation/clock",
    "Set the server's clock (simulation only)",
    body=schemas.ClockBody,
    answer=schemas.ClockAnswer,
    refusals=(409,),
    tag="simulation",
)
def set_clock(call: Call) -> tuple[Any, int]:
    """Everything follows the new time at once; a real clock refuses."""
    clock = call.context.clock
    if clock.mode is Mode.REAL:
        raise WireError("clock_is_real", 409)
    body: schemas.ClockBody = call.body
    try:
        now = datetime.fromisoformat(body.now)
    except ValueError as error:
        raise BadValue(field="now", problem="ISO 8601") from error
    if now.tzinfo is None or not datetime(2000, 1, 2, tzinfo=UTC) < now.astimezone(UTC):
        raise BadValue(field="now", problem="ISO 8601 with a time zone")
    clock.set(now)
    return {"now": replies.instant(clock.now()), "mode": clock.mode.value}, 200


# What the calls share ------------------------------------------------------------------------
def _fields(body: schemas.Body) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__}


def _execute(call: Call, branch: BranchId, name: str, content: dict[str, Any]) -> dict[str, Any]:
    command = codec.command(name, {**content, "branch": branch, "command_id": call.command_id})
    outcome = call.context.execute(command, call.actor)
    return {"seq": outcome.seq, "result": outcome.result}


def _done(outcome: dict[str, Any]) -> dict[str, Any]:
    return {"ticket": outcome["result"].get("ticket"), "seq": outcome["seq"]}


def _at_counter(call: Call, counter: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
    branch = call.context.branch_of_counter(CounterId(counter))
    if branch is None or branch != call.actor.branch:
        raise UnknownCounter(counter=counter)
    return _done(_execute(call, branch, name, {**content, "counter": counter}))


def _ticket(call: Call, ticket_id: str) -> Ticket:
    t = tables.tickets
    query = select(t).where(t.c.id == TicketId(ticket_id), t.c.branch_id == call.actor.branch)
    with call.context.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownTicket(ticket=ticket_id)
    return ticket_of(row)
