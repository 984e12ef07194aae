"""The manager's page: one branch, for those signed in to it. What it shows comes by socket."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, session
from werkzeug.wrappers import Response

from server import sessions
from server.access import Permission
from server.api.operations import context
from server.pages import render_screen

blueprint = Blueprint(
    "manager",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/manager",
)


@blueprint.get("/manager/<branch>")
def manager_page(branch: str) -> Response:
    """The live page of a branch; whoever is not signed in signs in first."""
    sign_in = context().sign_in(session.get("sign_in", ""))
    actor = sign_in.actor if sign_in else None
    if actor is None or not actor.may(Permission.SEE_OFFICE):
        return redirect(f"/login?{urlencode({'next': request.full_path.rstrip('?')})}")
    if actor.branch != branch:
        abort(HTTPStatus.NOT_FOUND)
    return render_screen("manager.html", screen="manager", csrf=sessions.csrf())
