"""Calls of the manager's page: the roster of a week, what a change of it would do, its file."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from server import branchfile, roster_csv, roster_view
from server.access import Actor, Permission
from server.context import Context
from server.domain import roster, shifts
from server.domain.catalogue import Catalogue
from server.domain.errors import BadValue
from server.domain.shifts import Shift
from server.handlers import rosters
from server.office.calls import Arguments, OfficeCall
from server.text import sentence

_WEEK: Final = 7
#: Days of which an officer at two counters at once is told.
_LOOKED_AT: Final = 14


def _week(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    view = context.view(actor.branch)
    catalogue, first = view.catalogue, _date(arguments, "from")
    named = {s.officer for s in catalogue.roster} | {*catalogue.officers}
    return {
        "version": catalogue.version,
        "days": roster_view.day_rows(catalogue, first, _WEEK),
        "counters": [
            {"id": c.id, "number": c.number, "queues": list(c.queues)} for c in catalogue.counters
        ],
        "shifts": [roster_view.shift_row(shift, catalogue) for shift in catalogue.roster],
        "officers": sorted(named - {""}),
    }


def _preview(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    """What would be wrong with a change, what is likely a slip in it, and what it changes."""
    view = context.view(actor.branch)
    language = _language(arguments)
    catalogue = view.catalogue
    wanted = rosters.settled(
        rosters.changed(catalogue.roster, _shifts(arguments, "add"), _shifts(arguments, "drop")),
        view.day,
    )
    known = tuple(counter.id for counter in catalogue.counters)
    return {
        "mistakes": [
            {
                **roster_view.shift_row(wanted[mistake.place], catalogue),
                "text": sentence(f"roster.mistake.{mistake.code}", language),
            }
            for mistake in shifts.mistakes(wanted, known)
        ],
        "warnings": _warnings(replace(catalogue, roster=wanted), catalogue, view.day, language),
    }


def _warnings(wanted: Catalogue, present: Catalogue, today: date, language: str) -> list[str]:
    """Of new shifts only: what stood before has been seen."""
    new = [shift for shift in wanted.roster if shift not in present.roster]
    told = [
        sentence("roster.warning.outside", language, {"shift": branchfile.shown(shift, wanted)})
        for shift in new
        if roster.outside(wanted, shift)
    ]
    numbers = {counter.id: counter.number for counter in wanted.counters}
    days = {shift.on for shift in new if shift.on} | {*roster_view.days_from(today, _LOOKED_AT)}
    seen: dict[tuple[str, Any, Any], date] = {}
    for day in sorted(day for day in days if day >= today) if new else ():
        known = {*roster.twice(present, day)}
        for pair in roster.twice(wanted, day):
            if pair not in known:
                seen.setdefault(pair, day)
    for (officer, one, other), day in seen.items():
        facts = {"officer": officer, "day": f"{day:%d/%m/%Y}"}
        facts |= {"one": str(numbers[one]), "other": str(numbers[other])}
        told.append(sentence("roster.warning.twice", language, facts))
    return told


def _read(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    """The shifts of a CSV file, not yet in force; or each line that is wrong."""
    catalogue = context.view(actor.branch).catalogue
    text = arguments.get("text")
    try:
        read = roster_csv.read(
            text if isinstance(text, str) else "", catalogue, _language(arguments)
        )
    except roster_csv.BadRosterFile as error:
        return {"shifts": [], "problems": error.problems}
    return {"shifts": [roster_view.shift_row(one, catalogue) for one in read], "problems": []}


def _file(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    catalogue, first = context.view(actor.branch).catalogue, _date(arguments, "from")
    return {"text": roster_csv.text_of(catalogue, first, _WEEK, _language(arguments))}


def _shifts(arguments: Arguments, name: str) -> tuple[Shift, ...]:
    try:
        return msgspec.convert(arguments.get(name, []), tuple[Shift, ...])
    except msgspec.ValidationError as error:
        raise BadValue(field=name, problem=str(error)) from error


def _date(arguments: Arguments, name: str) -> date:
    try:
        first = date.fromisoformat(str(arguments.get(name, "")))
        first + timedelta(days=_WEEK)
    except (ValueError, OverflowError) as error:
        raise BadValue(field=name, problem="YYYY-MM-DD") from error
    return first


def _language(arguments: Arguments) -> str:
    return "en" if arguments.get("language") == "en" else "vi"


CALLS: Final[dict[str, OfficeCall]] = {
    "rosters.week": OfficeCall(Permission.SEE_OFFICE, _week),
    "rosters.preview": OfficeCall(Permission.EDIT_ROSTER, _preview),
    "rosters.read": OfficeCall(Permission.EDIT_ROSTER, _read),
    "rosters.file": OfficeCall(Permission.SEE_OFFICE, _file, is_change=True, recorded=("from",)),
}
