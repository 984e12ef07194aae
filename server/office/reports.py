"""Calls of the manager's page: reports, how far they are, and those that make themselves."""

from typing import Any, Final

from server import audit, report_asking, report_keeper
from server.access import Actor, Permission
from server.clock import Clock
from server.context import Context
from server.office.calls import Arguments, OfficeCall, text_of
from server.report_store import Store

#: The page shows so many earlier ones.
_SHOWN: Final = 50


def _list(context: Context, actor: Actor, _arguments: Arguments) -> dict[str, Any]:
    catalogue = context.view(actor.branch).catalogue
    data, now = context.settings.data, context.clock.now()
    schedules = catalogue.reports
    return {
        "reports": [
            report_asking.told(state, catalogue.name.in_language(state.language))
            for state in Store(data, actor.branch).all()[:_SHOWN]
        ],
        "schedules": report_keeper.shown(data, actor.branch, schedules, now, catalogue.zone),
        "has_mail": bool(context.settings.smtp),
    }


def _ask(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    formats = arguments.get("formats")
    asked = report_asking.wanted(
        text_of(arguments, "kind", 10),
        text_of(arguments, "day", 10),
        text_of(arguments, "language", 2),
        [str(one) for one in formats[:8]] if isinstance(formats, list) else [],
    )
    state = report_asking.ask(context, actor, asked, str(arguments.get("key") or "")[:80])
    audit.note(
        context.engine,
        at=Clock().now(),
        actor=str(actor),
        action="reports.ask",
        branch=actor.branch,
        report=state.id,
    )
    catalogue = context.view(actor.branch).catalogue
    return {"report": report_asking.told(state, catalogue.name.in_language(state.language))}


_P: Final = Permission.EXPORT

CALLS: Final[dict[str, OfficeCall]] = {
    "reports.list": OfficeCall(_P, _list),
    "reports.ask": OfficeCall(_P, _ask),
}
