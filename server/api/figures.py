"""The calls about figures: the measures of a period, the visits behind one, a visit's story."""

from datetime import date
from typing import Any

from flask import request

from server import (
    devices,
    forecast_report,
    indicator_form,
    oversight,
    people,
    queries,
    reports,
    satisfaction_report,
    stories,
)
from server.access import Permission
from server.api import figure_schemas as schemas
from server.api.operations import Call, Parameter, integer, operation, own_branch
from server.domain.errors import BadValue
from server.domain.ids import BranchId, TicketId
from server.problems import WireError

_DATE = {"type": "string", "format": "date"}
_KEY = {"type": "string", "maxLength": 120}
_PERIOD = (
    Parameter(name="from", schema=_DATE, description="First business date; default: `to`"),
    Parameter(name="to", schema=_DATE, description="Last business date; default: today"),
)
#: Satisfaction is asked for by neither.
_PERSONAL = frozenset({"officer", "counter"})
_FILTERS = tuple(
    Parameter(name=name, schema=_KEY, description=f"Only this {name}") for name in reports.FILTERS
)


@operation(
    "GET",
    "/branches/<branch>/figures",
    "The measures of a period",
    answer=schemas.FiguresAnswer,
    refusals=(404, 422),
    parameters=(
        *_PERIOD,
        Parameter(
            name="by",
            schema={"type": "string", "enum": list(reports.GROUPS), "default": "day"},
            description="How to group",
        ),
        *_FILTERS,
    ),
    tag="figures",
)
def figures(call: Call, branch: str) -> tuple[Any, int]:
    """Waits, service times, ratings and the counters' time, in total and by group.

    Officers' figures need the permission to see them, and at least ten visits each.
    """
    question = _question(call, branch, by=request.args.get("by", "day"))
    return reports.answer(call.context.engine, question, call.context.clock.now()), 200


@operation(
    "GET",
    "/oversight/figures",
    "The measures of several branches side by side",
    answer=schemas.OversightAnswer,
    refusals=(404, 422),
    parameters=(
        *_PERIOD,
        Parameter(
            name="branch",
            schema={"type": "array", "items": _KEY},
            description="Only these; default: every branch that the caller oversees",
        ),
    ),
    tag="figures",
)
def side_by_side(call: Call) -> tuple[Any, int]:
    """One group a branch, for accounts that oversee more than their own."""
    if not call.actor.may(Permission.SEE_FIGURES):
        raise WireError("not_allowed", 403)
    some = [BranchId(branch) for branch in request.args.getlist("branch")]
    answer = oversight.side_by_side(
        call.context.engine,
        call.actor,
        some,
        _day("from"),
        _day("to"),
        call.context.clock.now(),
    )
    return answer, 200


@operation(
    "GET",
    "/branches/<branch>/satisfaction",
    "What people think of the service",
    answer=schemas.SatisfactionAnswer,
    refusals=(404, 422),
    parameters=(*_PERIOD, *(p for p in _FILTERS if p.name not in _PERSONAL)),
    tag="figures",
)
def satisfaction(call: Call, branch: str) -> tuple[Any, int]:
    """Shares with their intervals, the index, and what drives it; never by person."""
    question = _question(call, branch, by="none")
    if _PERSONAL & question.where.keys():
        raise BadValue(field="officer", problem="satisfaction is never by person")
    now = call.context.clock.now()
    return satisfaction_report.satisfaction(call.context.engine, question, now), 200


@operation(
    "GET",
    "/branches/<branch>/forecast",
    "How right the told waits were",
    answer=schemas.ForecastAnswer,
    refusals=(404, 422),
    parameters=(
        *_PERIOD,
        Parameter(
            name="by",
            schema={"type": "string", "enum": list(forecast_report.GROUPS), "default": "none"},
            description="How to group",
        ),
    ),
    tag="figures",
)
def forecast(call: Call, branch: str) -> tuple[Any, int]:
    """What was printed on tickets that had to queue, against when they were first called.

    A group of fewer than `least` tickets has counts and no shares.
    """
    by = request.args.get("by", "none")
    if by not in forecast_report.GROUPS:
        raise BadValue(field="by", problem=", ".join(forecast_report.GROUPS))
    asked = _question(call, branch, by="none")
    now = call.context.clock.now()
    found = forecast_report.answer(
        call.context.engine, BranchId(branch), asked.start, asked.end, by, now
    )
    return found, 200


@operation(
    "GET",
    "/branches/<branch>/indicators",
    "The form of the nine indicators",
    answer=schemas.IndicatorsAnswer,
    refusals=(404, 422),
    parameters=(
        *_PERIOD,
        *(Parameter(name=n, schema=s, description=d) for n, s, d in indicator_form.FIELDS),
    ),
    tag="figures",
)
def indicator_scores(call: Call, branch: str) -> tuple[Any, int]:
    """What is entered by hand, scored and graded, beside what our own visits say."""
    question = _question(call, branch, by="none")
    if question.where:
        raise BadValue(field="from", problem="the form is of the whole unit")
    entered = {name: request.args.get(name, "") for name, _, _ in indicator_form.FIELDS}
    now = call.context.clock.now()
    return indicator_form.form(call.context.engine, question, entered, now), 200


@operation(
    "GET",
    "/branches/<branch>/visits",
    "The visits behind a figure",
    answer=schemas.VisitsAnswer,
    refusals=(404, 422),
    parameters=(
        *_PERIOD,
        *_FILTERS,
        Parameter(name="after", schema=_KEY, description="The `next` of the page before"),
        Parameter(
            name="limit",
            schema={"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
            description="How many at most",
        ),
    ),
    tag="figures",
)
def visits(call: Call, branch: str) -> tuple[Any, int]:
    """One page of visits in order of their issue; `next` continues."""
    question = _question(call, branch, by="none")
    limit = integer("limit", 100, 1, 500)
    try:
        answer = stories.visits_behind(
            call.context.engine,
            question,
            call.context.clock.now(),
            after=request.args.get("after", ""),
            limit=limit,
            with_officer=call.actor.may(Permission.SEE_OFFICERS),
        )
    except ValueError as error:
        raise BadValue(field="after", problem="the `next` of a page") from error
    return answer, 200


@operation(
    "GET",
    "/branches/<branch>/tickets/<ticket>/story",
    "Everything that happened to a ticket",
    answer=schemas.StoryAnswer,
    refusals=(404,),
    tag="figures",
)
def story(call: Call, branch: str, ticket: str) -> tuple[Any, int]:
    """Every event in order, and who of its queue was called before it."""
    own_branch(call, branch)
    if not call.actor.may(Permission.SEE_FIGURES):
        raise WireError("not_allowed", 403)
    told = stories.story(call.context.engine, BranchId(branch), TicketId(ticket))
    return told | {"names": _names(call, branch, [one["actor"] for one in told["events"]])}, 200


def _names(call: Call, branch: str, actors: list[str]) -> dict[str, dict[str, str]]:
    """What the accounts and devices among `actors` are called."""
    ids = {actor.partition(":")[2] for actor in actors}
    found = people.names(call.context.engine, BranchId(branch))
    known = devices.of_branch(call.context.engine, BranchId(branch))
    return {
        "people": {name: told for name, told in found.items() if name in ids},
        "devices": {one["id"]: one["name"] for one in known if ids & {one["id"], one["name"]}},
    }


def _question(call: Call, branch: str, by: str) -> reports.Question:
    """What the request asks for. Raises `BadValue`, and 403 for what the caller may not see."""
    own_branch(call, branch)
    where = {name: request.args[name] for name in reports.FILTERS if name in request.args}
    if not call.actor.may(Permission.SEE_FIGURES):
        raise WireError("not_allowed", 403)
    if (by == "officer" or "officer" in where) and not call.actor.may(Permission.SEE_OFFICERS):
        raise WireError("not_allowed", 403)
    if by not in reports.GROUPS:
        raise BadValue(field="by", problem=", ".join(reports.GROUPS))
    for name, key in where.items():
        if "\0" in key:
            raise BadValue(field=name, problem="NUL")
    if "hour" in where:
        where["hour"] = f"{integer('hour', 0, 0, 23):02d}"
    with queries.reading(call.context.engine) as connection:
        zone = queries.zone_of(connection, BranchId(branch))
    end = _day("to") or call.context.clock.now().astimezone(zone).date()
    return reports.Question(
        branches=(BranchId(branch),), start=_day("from") or end, end=end, by=by, where=where
    )


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadValue(field=name, problem="YYYY-MM-DD") from error
