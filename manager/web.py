"""The manager's page. Who may open it is the session's to say; what it shows comes by socket."""

from flask import Blueprint, Response

from server.pages import render_screen
from server.sessions import csrf_token, manager_required

blueprint = Blueprint(
    "manager",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/manager",
)


@blueprint.get("/manager/<branch>")
@manager_required
def manager_page(branch: str) -> Response:
    """The live page of one branch."""
    return render_screen("manager.html", screen="manager", branch=branch, csrf=csrf_token())
