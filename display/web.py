"""The wall display's page. Everything on it comes over the live link."""

from flask import Blueprint, Response

from server.pages import render_screen

blueprint = Blueprint(
    "display",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/display",
)


@blueprint.get("/display/<branch>")
def wall(branch: str) -> Response:
    """The wall display of a branch; the device token stays in the address's fragment."""
    return render_screen("display.html", screen="display", branch=branch)
