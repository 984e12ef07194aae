"""The wall display's page. Everything on it comes over the live link."""

from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, abort, current_app, jsonify, request, send_file

from display.voice.pack import LANGUAGES
from display.voice.sentences import file_of, for_browser
from display.voice.shelf import Shelf
from server.hall_voice import root
from server.pages import A_YEAR, render_screen

_OGG: Final = "audio/ogg; codecs=opus"

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


@blueprint.get("/display/voice/<language>/manifest.json")
def voice_manifest(language: str) -> Response:
    """Every word that can be said, with its clip. No words while the packs are being made."""
    told: dict[str, Any] = for_browser(_shelf(language))
    answer = jsonify(told)
    answer.set_etag(f"{language}-{told['checksum']}")
    answer.cache_control.no_cache = True
    answer.make_conditional(request)
    return answer


@blueprint.get("/display/voice/<language>/<checksum>.ogg")
def voice_clip(language: str, checksum: str) -> Response:
    """A clip, for good: its address follows from its content."""
    file = file_of(_shelf(language), checksum)
    if file is None:
        abort(404)
    answer = send_file(Path(file).absolute(), mimetype=_OGG, max_age=A_YEAR, etag=checksum)
    answer.cache_control.immutable = True
    answer.cache_control.public = True
    return answer


def _shelf(language: str) -> Shelf:
    if language not in LANGUAGES:
        abort(404)
    return Shelf(root(current_app.extensions["motcua"].settings), language)
