"""The officer's page at a counter. Everything on it comes over the live link."""

from flask import Blueprint, Response

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
    """The terminal of one counter; the device token stays in the address's fragment."""
    return render_screen("counter.html", screen="counter", counter=counter)
