"""The officer's page at a counter. Everything on it comes over the live link."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from server import sessions
from server.access import Permission
from server.api.operations import context
from server.domain.ids import BranchId
from server.pages import render_screen

blueprint = Blueprint(
    "counter",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/counter",
)


@blueprint.get("/counter/<counter>")
def terminal(counter: str) -> Response:
    """The terminal of one counter; the page itself sends whoever is not signed in to sign in."""
    # Not here: a token in the address's fragment never reaches the server.
    return render_screen("counter.html", screen="counter", counter=counter, csrf=sessions.csrf())


@blueprint.get("/counter/<counter>/rating")
def rating(counter: str) -> Response:
    """The pad at a counter; its device token stays in the address's fragment."""
    return render_screen("rating.html", screen="counter", counter=counter)


@blueprint.get("/counters/<branch>")
def choice(branch: str) -> AnyResponse:
    """The counters of a branch, for an officer who has just signed in."""
    sign_in = context().sign_in(session.get("sign_in", ""))
    if sign_in is None or not sign_in.actor.may(Permission.SERVE):
        return redirect(f"/login?{urlencode({'next': request.path})}")
    if sign_in.actor.branch != branch:
        abort(HTTPStatus.NOT_FOUND)
    snapshot = context().snapshot(BranchId(branch), "counter")
    queues = {q["id"]: q for q in snapshot["catalogue"]["queues"]}
    rows = sorted(snapshot["tables"]["counters"].values(), key=lambda row: row["number"])
    return render_screen(
        "counters.html",
        screen="counter",
        branch=snapshot["branch"],
        me=sign_in.actor,
        counters=rows,
        queues=queues,
        csrf=sessions.csrf(),
    )
