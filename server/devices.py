"""Devices that may connect, and where a kiosk prints. Tokens are kept as hashes only.

A token grows old. The device is then given a new one beside it; the old one holds until the new one
is first used, and dies with that, so that whatever gets lost on the way shuts nobody out.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, bindparam, or_, select

from server import tables
from server.access import Actor, Role
from server.clock import Clock
from server.database import writing
from server.domain.errors import BadValue, Refused
from server.domain.ids import BranchId, CounterId
from server.tokens import hash_of, new_token

_d = tables.devices
_PRINTER = select(_d.c.printer).where(
    _d.c.branch_id == bindparam("branch"),
    _d.c.kind == Role.KIOSK.value,
    _d.c.name == bindparam("name"),
    _d.c.revoked.is_(False),
)
#: A kiosk whose slips are printed by the agent beside it.
BY_AGENT: Final = "agent"
#: A token is replaced after so long.
TOKEN_LASTS: Final = timedelta(days=90)
#: Names stand in command ids, which are short.
NAME_MAX: Final = 60
_DEVICE = select(_d).where(
    or_(_d.c.token_hash == bindparam("hash"), _d.c.next_token_hash == bindparam("hash")),
    _d.c.revoked.is_(False),
)


class UnknownDevice(Refused):
    """The branch has no such device, or it is shut out already."""

    code = "unknown_device"
    status = 404


class DeviceNameTaken(Refused):
    """The branch has another device of this kind and name."""

    code = "device_name_taken"


class KioskNameKept(Refused):
    """The kiosk was given numbers of its own under this name: they are handed in by it."""

    code = "kiosk_name_kept"


# Tokens --------------------------------------------------------------------------------------
def add(
    engine: Engine,
    *,
    branch: BranchId,
    role: Role,
    name: str,
    counter: CounterId | None = None,
    token: str = "",
    printer: str = "",
    at: datetime | None = None,
) -> str:
    """Register a device and return its token, which is shown this once."""
    token = token or new_token()
    row = new_row(branch=branch, role=role, name=name, counter=counter, printer=printer, at=at)
    with writing(engine) as connection:
        connection.execute(_d.insert(), row | {"token_hash": hash_of(token)})
    return token


def new_row(
    *,
    branch: BranchId,
    role: Role,
    name: str,
    counter: CounterId | None = None,
    printer: str = "",
    at: datetime | None = None,
) -> dict[str, Any]:
    """A device's row without its token."""
    return {
        "id": str(uuid.uuid4()),
        "branch_id": branch,
        "kind": role.value,
        "counter_id": counter,
        "name": name,
        "revoked": False,
        "printer": printer,
        "added_at": at,
    }


def of_token(engine: Engine, token: str) -> Actor | None:
    """The device with this token, unless revoked. The first use of a new token ends the old one."""
    if not token:
        return None
    hashed = {"hash": hash_of(token)}
    with engine.connect() as connection:
        row = connection.execute(_DEVICE, hashed).mappings().first()
    if row is not None and row["next_token_hash"] == hashed["hash"]:
        row = _promoted(engine, hashed["hash"])
    if row is None:
        return None
    return Actor(
        role=Role(row["kind"]),
        id=row["name"],
        branch=row["branch_id"],
        counter=row["counter_id"],
        device=row["id"],
    )


def _promoted(engine: Engine, hashed: str) -> RowMapping | None:
    """The row, its new token now the only one; None where another came between."""
    change = _d.update().where(_d.c.next_token_hash == hashed, _d.c.revoked.is_(False))
    new = {"token_hash": hashed, "next_token_hash": None, "must_rotate": False}
    with writing(engine) as connection:
        connection.execute(change.values(**new, rotated_at=Clock().now()))
        held = select(_d).where(_d.c.token_hash == hashed, _d.c.revoked.is_(False))
        return connection.execute(held).mappings().first()


def offered_token(engine: Engine, device_id: str, *, at: datetime) -> str | None:
    """A new token for a device whose own is old; None while it is not. `at` by the machine's clock.

    Asked again before it was used there is another one, and the earlier is void.
    """
    with engine.connect() as connection:
        row = connection.execute(select(_d).where(_d.c.id == device_id)).mappings().first()
    if row is None or row["revoked"]:
        return None
    made_at = row["rotated_at"] or row["added_at"]
    is_old = made_at is not None and at - made_at >= TOKEN_LASTS
    if not (is_old or row["must_rotate"]):
        return None
    token = new_token()
    change = _d.update().where(_d.c.id == device_id, _d.c.revoked.is_(False))
    with writing(engine) as connection:
        is_there = connection.execute(change.values(next_token_hash=hash_of(token))).rowcount
    return token if is_there else None


def rotate(engine: Engine, device_id: str, *, branch: BranchId | None = None) -> None:
    """Have the device take a new token. Raises `UnknownDevice`."""
    _change(engine, device_id, branch, must_rotate=True)


def revoke(engine: Engine, device_id: str, *, branch: BranchId | None = None) -> bool:
    """Shut a device out; False when there is none with this id, or it is shut out already."""
    try:
        _change(engine, device_id, branch, revoked=True, next_token_hash=None, must_rotate=False)
    except UnknownDevice:
        return False
    return True


# Names and printers --------------------------------------------------------------------------
def rename(engine: Engine, device_id: str, name: str, *, branch: BranchId | None = None) -> None:
    """Give a device another name. Raises `UnknownDevice`, or why it may not have this one."""
    name = checked_name(name)
    with writing(engine) as connection:
        row = _held(connection, device_id, branch)
        if row["name"] == name:
            return
        refuse_taken(connection, row["branch_id"], Role(row["kind"]), name)
        b = tables.blocks
        given = select(b.c.id).where(b.c.branch_id == row["branch_id"], b.c.device == row["name"])
        if row["kind"] == Role.KIOSK.value and connection.execute(given).first():
            raise KioskNameKept(name=row["name"])
        connection.execute(_d.update().where(_d.c.id == device_id).values(name=name))


def set_printer(
    engine: Engine, device_id: str, printer: str, *, branch: BranchId | None = None
) -> bool:
    """Say where a kiosk's slips are printed; False when there is no kiosk with this id."""
    change = _d.update().where(_d.c.id == device_id, _d.c.kind == Role.KIOSK.value)
    if branch is not None:
        change = change.where(_d.c.branch_id == branch)
    with writing(engine) as connection:
        return bool(connection.execute(change.values(printer=printer)).rowcount)


def checked_name(name: str) -> str:
    """The name as it is kept. Raises `BadValue`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise BadValue(field="name", problem=f"1-{NAME_MAX}")
    return name


def refuse_taken(connection: Connection, branch: BranchId, role: Role, name: str) -> None:
    """Raise `DeviceNameTaken` where another device of this kind goes by the name."""
    taken = select(_d.c.id).where(
        _d.c.branch_id == branch,
        _d.c.kind == role.value,
        _d.c.name == name,
        _d.c.revoked.is_(False),
    )
    if connection.execute(taken).first():
        raise DeviceNameTaken(name=name)


def printer_of(engine: Engine, branch: BranchId, name: str) -> str:
    """Where a kiosk's slips are printed: an address, `BY_AGENT`, or empty for the server's own."""
    with engine.connect() as connection:
        found = connection.scalar(_PRINTER, {"branch": branch, "name": name}) if name else ""
    return found or ""


def has_kiosk(engine: Engine, branch: BranchId, name: str) -> bool:
    """Whether a kiosk of the branch goes by this name: numbers and slips are put down to it."""
    with engine.connect() as connection:
        found = connection.execute(_PRINTER, {"branch": branch, "name": name}).first()
    return found is not None


# Rows ----------------------------------------------------------------------------------------
def of_branch(engine: Engine, branch: BranchId) -> list[dict[str, Any]]:
    """The branch's devices by kind and name, without anything secret."""
    query = select(
        _d.c.id, _d.c.kind, _d.c.counter_id, _d.c.name, _d.c.revoked, _d.c.printer,
        _d.c.added_at, _d.c.rotated_at, _d.c.must_rotate,
    )  # fmt: skip
    with engine.connect() as connection:
        found = query.where(_d.c.branch_id == branch).order_by(_d.c.kind, _d.c.name)
        return [dict(row) for row in connection.execute(found).mappings()]


def branch_of(engine: Engine, device_id: str) -> BranchId:
    """Whose device it is. Raises `UnknownDevice`."""
    with engine.connect() as connection:
        found = connection.scalar(select(_d.c.branch_id).where(_d.c.id == device_id))
    if found is None:
        raise UnknownDevice(device=device_id[:80])
    return BranchId(found)


def _held(connection: Connection, device_id: str, branch: BranchId | None) -> RowMapping:
    """The row of a device that is not shut out. Raises `UnknownDevice` (rule O2)."""
    query = select(_d).where(_d.c.id == device_id, _d.c.revoked.is_(False))
    if branch is not None:
        query = query.where(_d.c.branch_id == branch)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownDevice(device=device_id[:80])
    return row


def _change(engine: Engine, device_id: str, branch: BranchId | None, **values: Any) -> None:
    with writing(engine) as connection:
        _held(connection, device_id, branch)
        change = _d.update().where(_d.c.id == device_id, _d.c.revoked.is_(False))
        connection.execute(change.values(**values))
