"""The verb about devices: pairing from the shell, tokens by hand, and what is known of each.

Each change is put on record as done by `cli`. A token that is made by hand is shown once.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine

from server import audit, branches, database, device_wall, devices, pairing, redis_server
from server.access import DEVICES, Role
from server.clock import Clock
from server.contacts import Contacts
from server.domain.errors import BadValue, UnknownCounter
from server.domain.ids import BranchId, CounterId
from server.kiosk_printers import checked_printer
from server.settings import Settings

Verb = Callable[[argparse.Namespace, Settings], int]
_BY: Final = "cli"
_ACTIONS: Final = ("add", "list", "pair", "printer", "rename", "rotate", "revoke")


def add_parser(verb: Callable[[str, Verb, str], argparse.ArgumentParser]) -> None:
    """The parser of `device`."""
    parser = verb("device", device, "pair, add, list, change or shut out a device")
    parser.add_argument("action", choices=_ACTIONS)
    parser.add_argument("code", nargs="?", default="", help="pair: the six digits on its screen")
    parser.add_argument("--branch", default="", help="for add, list and pair")
    parser.add_argument("--kind", choices=[role.value for role in DEVICES], help="for add")
    parser.add_argument("--name", default="", help="for add, pair and rename")
    parser.add_argument("--counter", default="", help="id of a rating pad's counter")
    parser.add_argument(
        "--printer",
        default="",
        help="a kiosk's printer: an address, agent, or empty = the server's",
    )
    parser.add_argument("--replace", default="", help="pair: id of the device whose place it takes")
    parser.add_argument("--yes", action="store_true", help="pair: approve without asking")
    parser.add_argument("--id", default="", help="device id, for all others")


def device(arguments: argparse.Namespace, settings: Settings) -> int:
    """Pair, add, list, or change a device."""
    with database.opened(settings.database) as engine:
        match arguments.action:
            case "list":
                _list(engine, BranchId(arguments.branch), settings)
            case "add":
                _add(arguments, engine)
            case "pair":
                return _pair(arguments, engine)
            case _:
                _change(arguments, engine)
    return 0


def _add(arguments: argparse.Namespace, engine: Engine) -> None:
    known = branches.require(engine, BranchId(arguments.branch))
    if not arguments.kind:
        raise BadValue(field="--kind", problem=", ".join(DEVICES))
    role = Role(arguments.kind)
    counter = CounterId(arguments.counter) if arguments.counter else None
    if (role is Role.RATING) != (counter is not None):
        raise BadValue(field="--counter", problem="goes with --kind rating")
    if counter is not None and known.counter(counter) is None:
        raise UnknownCounter(counter=counter)
    name = devices.checked_name(arguments.name or arguments.counter or arguments.kind)
    printer = checked_printer(arguments.printer) if role is Role.KIOSK else ""
    with engine.connect() as connection:
        devices.refuse_taken(connection, known.branch, role, name)
    token = devices.add(
        engine,
        branch=known.branch,
        role=role,
        name=name,
        counter=counter,
        printer=printer,
        at=Clock().now(),
    )
    _record(engine, known.branch, "devices.add", kind=role.value, label=name)
    print(token)


def _pair(arguments: argparse.Namespace, engine: Engine) -> int:
    branch, at = branches.require(engine, BranchId(arguments.branch)).branch, Clock().now()
    row = pairing.waiting(engine, branch, arguments.code, at=at)
    print(f"{row['kind']}  {row['address']}  {_hour(row['asked_at'])}")
    if not arguments.yes and sys.stdin.isatty() and input("Duyệt? [c/K] ").strip().lower() != "c":
        return 1
    wanted = pairing.Approval(
        name=arguments.name or row["counter_id"] or row["kind"],
        counter=arguments.counter or row["counter_id"] or "",
        printer=arguments.printer,
        device=arguments.replace,
    )
    decided = pairing.approve(engine, branch, arguments.code, wanted, at=Clock().now())
    _record(engine, branch, "devices.approve", label=decided.name, device=decided.device)
    print(decided.name)
    return 0


def _change(arguments: argparse.Namespace, engine: Engine) -> None:
    device_id, action = arguments.id, arguments.action
    branch, detail = devices.branch_of(engine, device_id), {"id": device_id}
    match action:
        case "printer":
            detail["printer"] = checked_printer(arguments.printer)
            is_known = devices.set_printer(engine, device_id, arguments.printer)
        case "rename":
            detail["label"] = devices.checked_name(arguments.name)
            devices.rename(engine, device_id, arguments.name)
            is_known = True
        case "rotate":
            devices.rotate(engine, device_id)
            is_known = True
        case _:
            is_known = devices.revoke(engine, device_id)
    if not is_known:
        raise devices.UnknownDevice(device=device_id)
    _record(engine, branch, f"devices.{action}", **detail)


def _list(engine: Engine, branch: BranchId, settings: Settings) -> None:
    """One line for each: id, kind, state, last contact, version, counter, printer, name."""
    branch = branches.require(engine, branch).branch
    url = settings.redis_url or redis_server.url_of(settings.data)
    seen = Contacts(url).of_branch(branch)
    told = device_wall.shown(devices.of_branch(engine, branch), seen, Clock().now())
    for one in told["devices"]:
        contact: dict[str, Any] = one["contact"] or {}
        at = contact.get("at")
        print(
            one["id"],
            one["kind"],
            one["state"],
            _hour(datetime.fromisoformat(at)) if at else "-",
            contact.get("version") or "-",
            one["counter"] or "-",
            one["printer"] or "-",
            one["name"],
            sep="\t",
        )


def _hour(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _record(engine: Engine, branch: BranchId, action: str, **detail: str) -> None:
    audit.record(engine, at=Clock().now(), actor=_BY, action=action, branch=branch, **detail)
