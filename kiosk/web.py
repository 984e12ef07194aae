"""The citizens' pages: the touch kiosk, and the page on which a phone follows its ticket."""

from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from flask import Blueprint, Response, current_app, redirect, request
from flask.typing import ResponseReturnValue

from server.domain.follow_ups import LOW, REASONS
from server.pages import embedded, message_page, render_screen, sentences, vendor_prefix
from server.text import messages

blueprint = Blueprint(
    "kiosk",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/kiosk",
)

LEVELS: Final = (5, 4, 3, 2, 1)
COMMENT_MAX: Final = 500
#: The sentences that the phone's own script may need later.
PHONE_WORDS: Final = (
    "phone.ahead",
    "phone.ahead.one",
    "phone.no_estimate",
    "phone.near",
    "phone.stay_near",
    "phone.at_counter",
    "phone.nobody_called",
    "phone.alert_called",
    "phone.alert_near",
    "phone.notify_on",
    "link.live",
    "link.reconnecting",
)


@blueprint.get("/kiosk/<branch_id>")
def kiosk(branch_id: str) -> Response:
    """The touch screen of a branch; what it may do depends on its token, not on this page."""
    branch = current_app.extensions["motcua"].branch_page(branch_id)
    if branch is None:
        return _unknown("page.unknown_branch")
    return render_screen("kiosk.html", branch=branch, context=embedded(branch))


@blueprint.get("/t/<token>")
def ticket(token: str) -> Response:
    """A ticket's own page, whole without JavaScript."""
    return _ticket_page(token)


@blueprint.post("/t/<token>/cancel")
def cancel(token: str) -> ResponseReturnValue:
    """Give up the place, after the question on the page was answered."""
    if request.form.get("confirmed") != "yes":
        return _ticket_page(token, is_asking=True)
    return _after(token, "CancelTicket", {"code": "citizen"})


@blueprint.post("/t/<token>/yield")
def yield_place(token: str) -> ResponseReturnValue:
    """Let the next people of the line go first."""
    return _after(token, "YieldPlace", {}, said="yielded")


@blueprint.post("/t/<token>/rating")
def rating(token: str) -> ResponseReturnValue:
    """Rate the visit once."""
    level = request.form.get("level", "")
    if level not in {str(each) for each in LEVELS}:
        return _ticket_page(token, error_key="phone.choose_level")
    reasons = [each for each in REASONS if each in request.form.getlist("reasons")]
    comment = " ".join(request.form.get("comment", "").split())[:COMMENT_MAX]
    return _after(
        token,
        "RateTicket",
        {
            "level": int(level),
            "reasons": reasons if int(level) <= LOW else [],
            "comment": comment,
        },
    )


def _after(token: str, name: str, args: dict[str, Any], said: str = "") -> ResponseReturnValue:
    """Run the command, then show the ticket as it is now and what was done, or the refusal."""
    seen = current_app.extensions["motcua"].ticket_page(token)
    if seen is None:
        return _unknown("phone.unknown")
    given = {**args, "command_id": request.form.get("command_id", ""), "language": _language()}
    ack = current_app.extensions["motcua"].execute_for_ticket(token, name, given)
    if not ack["ok"]:
        return _ticket_page(token, error=ack["error"]["message"])
    done = f"&said={said}" if said else ""
    return redirect(f"/t/{token}?language={_language()}{done}", HTTPStatus.SEE_OTHER)


def _ticket_page(
    token: str, *, error: str = "", error_key: str = "", is_asking: bool = False
) -> Response:
    view = current_app.extensions["motcua"].ticket_page(token)
    if view is None:
        return _unknown("phone.unknown")
    language = _language()
    words = messages("kiosk")[language]
    response = render_screen(
        "phone.html",
        language=language,
        view=view,
        token=token,
        step=_step(view["ticket"]["status"]),
        error=error or (sentences(language, "kiosk")(error_key) if error_key else ""),
        is_asking=is_asking or request.args.get("cancel") == "ask",
        has_yielded=request.args.get("said") == "yielded",
        levels=LEVELS,
        reasons=REASONS,
        comment_max=COMMENT_MAX,
        command_id=str(uuid4()),
        context=embedded(
            {
                "token": token,
                "view": view,
                "socket": vendor_prefix() + "/socket.io.esm.min.js",
                "words": {key: words[key] for key in PHONE_WORDS},
            }
        ),
    )
    # The address is the key: neither caches nor search engines may keep what it opens.
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _step(status: str) -> int:
    """How many of `STEPS` lie behind or under way."""
    if status in ("waiting", "parked", "unprinted"):
        return 2
    return 4 if status == "served" else 3


def _language() -> str:
    given = request.values.get("language")
    if given in ("vi", "en"):
        return given
    return request.accept_languages.best_match(("vi", "en"), "vi")


def _unknown(key: str) -> Response:
    language = _language()
    t = sentences(language, "kiosk")
    return message_page(
        t("page.unknown_title"), t(key), HTTPStatus.NOT_FOUND, screen="kiosk", language=language
    )
