"""Calls of the manager's page: the wall of devices, and pairing from the administrator's side."""

from datetime import timedelta
from typing import Any, Final

from server import audit, device_wall, devices, pairing, replies
from server.access import Actor, Permission
from server.clock import Clock
from server.context import Context
from server.kiosk_printers import checked_printer
from server.limits import PAIRING_CODE
from server.office.calls import NOTHING, Arguments, OfficeCall, text_of


def _list(context: Context, actor: Actor, _arguments: Arguments) -> dict[str, Any]:
    seen = context.contacts.of_branch(actor.branch)
    rows = devices.of_branch(context.engine, actor.branch)
    return device_wall.shown(rows, seen, Clock().now())


def _pairing(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    """What shows this code."""
    at = Clock().now()
    row = pairing.waiting(context.engine, actor.branch, _code(context, actor, arguments), at=at)
    return {
        "kind": row["kind"],
        "address": row["address"],
        "asked_at": replies.instant(row["asked_at"]),
        "left_s": int((row["expires_at"] - at) / timedelta(seconds=1)),
        "counter": row["counter_id"] or "",
    }


def _approve(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    wanted = pairing.Approval(
        name=str(arguments.get("label") or ""),
        counter=str(arguments.get("counter") or ""),
        printer=str(arguments.get("printer") or "").strip(),
        device=str(arguments.get("device") or ""),
    )
    code = _code(context, actor, arguments)
    decided = pairing.approve(context.engine, actor.branch, code, wanted, at=Clock().now())
    return {"name": decided.name}


def _code(context: Context, actor: Actor, arguments: Arguments) -> str:
    """A code that was typed in. Wrong ones count, so that guessing is slow, and are on record."""
    who = f"{actor.branch}/{actor.id}"
    if context.limits.is_spent(PAIRING_CODE, who):
        context.limits.require(PAIRING_CODE, who)
    code = "".join(text_of(arguments, "code", 12).split())
    try:
        pairing.waiting(context.engine, actor.branch, code, at=Clock().now())
    except pairing.UnknownCode:
        context.limits.take(PAIRING_CODE, who)
        audit.record(
            context.engine,
            at=Clock().now(),
            actor=str(actor),
            action="devices.pairing",
            outcome=pairing.UnknownCode.code,
            branch=actor.branch,
        )
        raise
    return code


def _rename(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    name = text_of(arguments, "label", devices.NAME_MAX)
    devices.rename(context.engine, text_of(arguments, "id"), name, branch=actor.branch)
    return NOTHING


def _set_printer(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    printer = checked_printer(str(arguments.get("printer") or "").strip())
    kiosk = text_of(arguments, "id")
    if not devices.set_printer(context.engine, kiosk, printer, branch=actor.branch):
        raise devices.UnknownDevice(device=kiosk[:80])
    return NOTHING


def _rotate(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    devices.rotate(context.engine, text_of(arguments, "id"), branch=actor.branch)
    return NOTHING


def _revoke(context: Context, actor: Actor, arguments: Arguments) -> dict[str, Any]:
    device = text_of(arguments, "id")
    if not devices.revoke(context.engine, device, branch=actor.branch):
        raise devices.UnknownDevice(device=device[:80])
    return NOTHING


_P: Final = Permission.MANAGE_DEVICES
_ID: Final = ("id",)

CALLS: Final[dict[str, OfficeCall]] = {
    "devices.list": OfficeCall(Permission.SEE_OFFICE, _list),
    "devices.pairing": OfficeCall(_P, _pairing),
    "devices.approve": OfficeCall(
        _P, _approve, is_change=True, recorded=("label", "counter", "printer", "device")
    ),
    "devices.rename": OfficeCall(_P, _rename, is_change=True, recorded=("id", "label")),
    "devices.printer": OfficeCall(_P, _set_printer, is_change=True, recorded=("id", "printer")),
    "devices.rotate": OfficeCall(_P, _rotate, is_change=True, recorded=_ID),
    "devices.revoke": OfficeCall(_P, _revoke, is_change=True, recorded=_ID),
}
