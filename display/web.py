"""The wall display's page. Everything on it comes over the live link."""

from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, abort, current_app, jsonify, request, send_file

from display import media
from display.voice.pack import LANGUAGES
from display.voice.sentences import file_of, for_browser
from display.voice.shelf import Shelf
from server.domain.errors import UnknownBranch
from server.domain.ids import BranchId
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


@blueprint.get("/display/media/<branch>/<file>")
def media_file(branch: str, file: str) -> Response:
    """A picture or film that the branch file names; nothing else of the folder."""
    context = current_app.extensions["motcua"]
    try:
        catalogue = context.view(BranchId(branch)).catalogue
    except UnknownBranch:
        abort(404)
    if file not in {item.file for item in catalogue.media}:
        abort(404)
    path = media.folder(context.settings.data, branch) / file
    kind = media.kind_of(path)
    if kind is None:
        abort(404)
    # Conditional: the walls look again, and films are asked for in pieces.
    return send_file(path.absolute(), mimetype=kind, conditional=True, max_age=60)


def _shelf(language: str) -> Shelf:
    if language not in LANGUAGES:
        abort(404)
    return Shelf(root(current_app.extensions["motcua"].settings), language)
