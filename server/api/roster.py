"""The calls about the roster: read it, put it in force, say who is absent."""

from datetime import date
from typing import Any, Final

from flask import request

from server import roster_view
from server.access import Permission
from server.api import roster_schemas as schemas
from server.api.operations import Call, Parameter, integer, operation, own_branch
from server.domain.commands import DeclareAbsence, PublishRoster, WithdrawAbsence
from server.domain.errors import BadValue
from server.domain.ids import BranchId, CounterId
from server.problems import WireError

_MOST_DAYS: Final = 62
#: A roster of thirty counters for a quarter.
_LARGEST: Final = 1_048_576


@operation(
    "GET",
    "/branches/<branch>/roster",
    "Who is planned to open which counter, and who is absent",
    answer=schemas.Roster,
    refusals=(404, 422),
    parameters=(
        Parameter(
            name="from",
            schema={"type": "string", "format": "date"},
            description="The first day of `planned`; today when left out",
        ),
        Parameter(
            name="days",
            schema={"type": "integer", "minimum": 1, "maximum": _MOST_DAYS, "default": 7},
            description="So many days of `planned`",
        ),
    ),
    tag="roster",
)
def roster(call: Call, branch: str) -> tuple[Any, int]:
    """Shifts as they are kept, and the plan that follows from them with the opening hours."""
    own_branch(call, branch)
    if not call.actor.may(Permission.SEE_OFFICE):
        raise WireError("not_allowed", 403)
    view = call.context.view(BranchId(branch))
    first, days = _first(view.day), integer("days", 7, 1, _MOST_DAYS)
    c = view.catalogue
    return {
        "version": c.version,
        "shifts": [roster_view.shift_row(shift, c) for shift in c.roster],
        "planned": roster_view.planned_rows(c, first, days),
        "absences": [
            roster_view.absence_row(absence, c)
            for absence in view.state.absences.values()
            if absence.stands and absence.business_date >= view.day
        ],
    }, 200


def _first(today: date) -> date:
    text = request.args.get("from")
    try:
        first = date.fromisoformat(text) if text else today
    except ValueError as error:
        raise BadValue(field="from", problem="YYYY-MM-DD") from error
    if abs(first.year - today.year) > 1:
        raise BadValue(field="from", problem=f"{today.year - 1} - {today.year + 1}")
    return first


@operation(
    "PUT",
    "/branches/<branch>/roster",
    "Put a roster in force",
    body=schemas.RosterBody,
    answer=schemas.RosterDone,
    refusals=(404, 409, 422),
    tag="roster",
    largest_body=_LARGEST,
)
def put_roster(call: Call, branch: str) -> tuple[Any, int]:
    """In the place of the whole one. The same roster again changes nothing."""
    body: schemas.RosterBody = call.body
    own_branch(call, branch)
    command = PublishRoster(
        branch=BranchId(branch),
        command_id=call.command_id,
        shifts=tuple(map(schemas.shift_of, body.shifts)),
        base=body.base,
    )
    return {"seq": call.context.execute(command, call.actor).seq}, 200


@operation(
    "POST",
    "/branches/<branch>/roster/absences",
    "Say that a counter will not be opened",
    body=schemas.AbsenceBody,
    answer=schemas.RosterDone,
    refusals=(404, 409, 422),
    tag="roster",
)
def declare_absence(call: Call, branch: str) -> tuple[Any, int]:
    """Today, or at most 60 days ahead; it replaces what was said of that counter and day."""
    body: schemas.AbsenceBody = call.body
    own_branch(call, branch)
    values = schemas.values_of(body, "since", "until")
    command = DeclareAbsence(branch=BranchId(branch), command_id=call.command_id, **values)
    return {"seq": call.context.execute(command, call.actor).seq}, 200


@operation(
    "POST",
    "/branches/<branch>/roster/absences/withdraw",
    "Say that the counter is there after all",
    body=schemas.NoAbsenceBody,
    answer=schemas.RosterDone,
    refusals=(404, 409, 422),
    tag="roster",
)
def withdraw_absence(call: Call, branch: str) -> tuple[Any, int]:
    """Opening the counter says so too."""
    body: schemas.NoAbsenceBody = call.body
    own_branch(call, branch)
    command = WithdrawAbsence(
        branch=BranchId(branch),
        command_id=call.command_id,
        counter=CounterId(body.counter),
        business_date=body.business_date,
    )
    return {"seq": call.context.execute(command, call.actor).seq}, 200
