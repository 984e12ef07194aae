"""The public page of a branch's waits: no sign-in, whole without JavaScript, to be framed by some."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request

from server import limits, web_security
from server.context import Context
from server.domain.ids import BranchId
from server.pages import message_page, nonce, render_screen, sentences
from server.public_board import FRESH_S, STALE_S

blueprint = Blueprint("public", __name__)

#: Where the words of a wait say more than the range beside them: a time of day.
_CLOCK_FROM: Final = 30
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@blueprint.get("/public/<branch>")
def waits(branch: str) -> Response:
    """The waits by field, the hours; `?embed=1` is the compact one for frames."""
    context: Context = current_app.extensions["motcua"]
    language = "en" if request.args.get("language") == "en" else "vi"
    t = sentences(language, "index")
    if not context.limits.take(limits.PUBLIC, request.remote_addr or ""):
        return _too_often(language)
    published = context.public.of(BranchId(branch))
    if published is None:
        return message_page(
            t("page.unknown_title"),
            t("page.unknown_branch"),
            HTTPStatus.NOT_FOUND,
            screen="index",
            language=language,
        )
    is_embedded = request.args.get("embed") == "1"
    document = published.document
    response = render_screen(
        "public.html",
        screen="index",
        language=language,
        branch=document["branch"],
        board=_Board(document, language),
        is_embedded=is_embedded,
        fresh_s=FRESH_S,
        stale_s=STALE_S,
    )
    response.headers["Cache-Control"] = f"public, max-age={FRESH_S}"
    frames = " ".join(published.public.frame) if is_embedded else ""
    policy = web_security.policy(nonce(), frames or "'none'")
    response.headers["Content-Security-Policy"] = policy
    return response


def _too_often(language: str) -> Response:
    t = sentences(language, "index")
    response = message_page(
        t("public.busy_title"),
        t("error.rate_limited", retry_after_s=60),
        HTTPStatus.TOO_MANY_REQUESTS,
        screen="index",
        language=language,
    )
    response.headers["Retry-After"] = "60"
    return response


class _Board:
    """A public answer in the words of one language."""

    def __init__(self, document: dict[str, Any], language: str) -> None:
        self._document, self._language = document, language
        self._zone = ZoneInfo(document["branch"]["time_zone"])
        self._t = sentences(language, "index")
        self._today = datetime.fromisoformat(document["at"]).astimezone(self._zone).date()
        self.is_stale: bool = document["is_stale"]
        self.is_open: bool = document["state"] == "open"

    @property
    def is_initial(self) -> bool:
        """Whether the office has seen too few people yet for narrow ranges."""
        return any(f["wait"] and f["wait"]["initial"] for f in self._document["fields"])

    @property
    def at(self) -> str:
        """When it was true."""
        return self._clock(self._document["at"])

    @property
    def fields(self) -> list[dict[str, Any]]:
        """Each field with the words of its card."""
        return [
            {
                **field,
                "people": self._people(field),
                "counters": self._counters(field["open_counters"]),
                "says": self._wait(field),
            }
            for field in self._document["fields"]
        ]

    def _people(self, field: dict[str, Any]) -> str:
        if field["waiting"] is None:
            return self._t("public.people_few", n=field["fewer_than"])
        return self._t("public.people", n=field["waiting"])

    def _counters(self, n: int) -> str:
        """Empty without any: the place of the wait says so."""
        return self._t("public.counters", n=n) if n else ""

    def _wait(self, field: dict[str, Any]) -> dict[str, str]:
        """`short` as the kiosk's tile has it, `more` where there is more to say, the colour."""
        wait, language = field["wait"], self._language
        if field["state"] != "open":
            words = "public.full" if field["state"] == "full" else "public.closed"
            opens = self._opening(field["opens_at"])
            more = self._t("public.opens", when=opens) if opens and self.is_open else ""
            return {"short": self._t(words), "more": more, "level": "closed"}
        if wait is None:
            words = "public.no_estimate" if field["open_counters"] else "public.no_counter"
            return {"short": self._t(words), "more": "", "level": "none"}
        more = ""
        if wait["kind"] in ("lunch", "maybe_lunch"):
            more = wait["text"][language]
        elif wait["kind"] == "range" and wait["high"] >= _CLOCK_FROM:
            more = self._t("public.turn", since=self._in(wait["low"]), until=self._in(wait["high"]))
        return {"short": wait["short"][language], "more": more, "level": field["level"]}

    @property
    def hours(self) -> list[str]:
        """Today's stretches of opening, those of some fields with their names."""
        names = {f["id"]: f["name"][self._language] for f in self._document["fields"]}
        return [
            f"{self._clock(s['opens'])}–{self._clock(s['closes'])}"  # noqa: RUF001
            + (
                f" ({', '.join(names[q] for q in s['fields'] if q in names)})"
                if s["fields"]
                else ""
            )
            for s in self._document["today"]
        ]

    @property
    def last_tickets(self) -> str:
        """Until when numbers are given today."""
        ends = dict.fromkeys(self._clock(s["last_ticket"]) for s in self._document["today"])
        return self._t("public.and").join(ends)

    @property
    def opens(self) -> str:
        """When numbers are given again; empty while they are, or when nobody knows."""
        return self._opening(self._document["opens_at"])

    @property
    def hits(self) -> dict[str, str] | None:
        """How often the last day's waits came true; None where too few people queued."""
        found = self._document["forecast"]
        if found is None:
            return None
        day = datetime.fromisoformat(found["date"])
        key = "public.hits_yesterday" if found["is_yesterday"] else "public.hits_day"
        return {
            "title": self._t(key, day=f"{day:%d/%m}"),
            "share": f"{round(100 * found['right'])}%",
            "words": self._t("public.hits", n=found["n"]),
        }

    @property
    def closed_days(self) -> list[str]:
        """The next holidays."""
        return [self._day(datetime.fromisoformat(day)) for day in self._document["closed_days"]]

    @property
    def is_closed_today(self) -> bool:
        """Whether there is no opening at all today."""
        return not self._document["today"]

    def _opening(self, instant: str | None) -> str:
        if instant is None:
            return ""
        at = datetime.fromisoformat(instant).astimezone(self._zone)
        if at.date() == self._today:
            return self._t("public.today_at", hour=self._clock(instant))
        return self._t("public.day_at", day=self._day(at), hour=self._clock(instant))

    def _day(self, at: datetime) -> str:
        weekday = self._t(f"public.{_DAYS[at.weekday()]}")
        return f"{weekday}, {at:%d/%m/%Y}"

    def _in(self, minutes: int) -> str:
        at = datetime.fromisoformat(self._document["at"]) + timedelta(minutes=minutes)
        return self._clock(at.isoformat())

    def _clock(self, instant: str) -> str:
        local = datetime.fromisoformat(instant).astimezone(self._zone)
        return f"{local.hour}:{local.minute:02d}"
