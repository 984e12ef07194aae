"""The calls about reports: ask for one, how far it is, its files. None is a command of the log."""

from typing import Any

from flask import Response, request, send_file

from server import audit, report_asking
from server.access import Permission
from server.api import figure_schemas, schemas
from server.api.operations import (
    Call,
    authenticated,
    blueprint,
    context,
    operation,
    own_branch,
    problem,
)
from server.clock import Clock
from server.domain.errors import BadValue
from server.domain.ids import BranchId
from server.domain.report_periods import Format
from server.problems import WireError, language_of
from server.report import files
from server.report_store import State, Store


@operation(
    "POST",
    "/branches/<branch>/reports",
    "Ask for a report",
    body=schemas.ReportBody,
    answer=figure_schemas.ReportAnswer,
    status=202,
    refusals=(404, 409, 422, 503),
    tag="figures",
)
def ask_report(call: Call, branch: str) -> tuple[Any, int]:
    """A report is made by the workers; asked for again, the same one answers.

    It changes nothing in the branch's log. The same Idempotency-Key always gets the same report.
    """
    body: schemas.ReportBody = call.body
    own_branch(call, branch)
    if not call.actor.may(Permission.EXPORT):
        raise WireError("not_allowed", 403)
    asked = report_asking.wanted(body.kind, body.day, body.language, body.formats)
    state = report_asking.ask(call.context, call.actor, asked, call.command_id)
    audit.note(
        call.context.engine,
        at=Clock().now(),
        actor=str(call.actor),
        action="reports.ask",
        branch=call.actor.branch,
        address=request.remote_addr or "",
        report=state.id,
    )
    return report_asking.told(state, _name(call, state)), 202


@operation(
    "GET",
    "/branches/<branch>/reports/<report>",
    "How far a report is",
    answer=figure_schemas.ReportAnswer,
    refusals=(404,),
    tag="figures",
)
def report_state(call: Call, branch: str, report: str) -> tuple[Any, int]:
    """Queued, working with how many steps are done, ready, or failed with the reason."""
    own_branch(call, branch)
    if not call.actor.may(Permission.EXPORT):
        raise WireError("not_allowed", 403)
    store = Store(call.context.settings.data, BranchId(branch))
    state = store.state(report)
    return report_asking.told(state, _name(call, state)), 200


@blueprint.get("/branches/<branch>/reports/<report>/files/<kind>")
def report_file(branch: str, report: str, kind: str) -> Response:
    """A finished file under its own name; each download is on record."""
    language = language_of(request.headers.get("Accept-Language"))
    try:
        return _file(branch, report, kind, language)
    except Exception as error:
        return problem(error, language)


def _file(branch: str, report: str, kind: str, language: str) -> Response:
    call = Call(context=context(), actor=authenticated(), language=language)

    def record(outcome: str) -> None:
        audit.note(
            call.context.engine,
            at=Clock().now(),
            actor=str(call.actor),
            action="reports.download",
            outcome=outcome,
            branch=call.actor.branch,
            address=request.remote_addr or "",
            report=report[:60],
            format=kind[:10],
        )

    if branch != call.actor.branch or not call.actor.may(Permission.EXPORT):
        record("not_allowed")
    own_branch(call, branch)
    if not call.actor.may(Permission.EXPORT):
        raise WireError("not_allowed", 403)
    if kind not in list(Format):
        raise BadValue(field="format", problem=", ".join(Format))
    chosen = Format(kind)
    store = Store(call.context.settings.data, BranchId(branch))
    path, state = store.file(report, chosen), store.state(report)
    record(audit.OK)
    response = send_file(path, mimetype=files.MEDIA[chosen], conditional=False, etag=False)
    called = files.name_of(_name(call, state), state.period.slug, state.language, chosen)
    response.headers["Content-Disposition"] = files.disposition(called)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _name(call: Call, state: State) -> str:
    return call.context.view(call.actor.branch).catalogue.name.in_language(state.language)
