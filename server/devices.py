"""Devices that may connect, and where a kiosk prints. Tokens are kept as hashes only."""

import secrets
import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, bindparam, select

from server import tables
from server.access import Actor, Role
from server.database import writing
from server.domain.ids import BranchId, CounterId
from server.tokens import hash_of

_d = tables.devices
_PRINTER = select(_d.c.printer).where(
    _d.c.branch_id == bindparam("branch"),
    _d.c.kind == Role.KIOSK.value,
    _d.c.name == bindparam("name"),
    _d.c.revoked.is_(False),
)
#: A kiosk whose slips are printed by the agent beside it.
BY_AGENT: Final = "agent"
_DEVICE = select(_d).where(_d.c.token_hash == bindparam("token_hash"), _d.c.revoked.is_(False))


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
    token = token or secrets.token_urlsafe(24)
    row = {
        "id": str(uuid.uuid4()),
        "branch_id": branch,
        "kind": role.value,
        "counter_id": counter,
        "name": name,
        "token_hash": hash_of(token),
        "revoked": False,
        "printer": printer,
        "added_at": at,
    }
    with writing(engine) as connection:
        connection.execute(tables.devices.insert(), row)
    return token


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


def set_printer(engine: Engine, device_id: str, printer: str) -> bool:
    """Say where a kiosk's slips are printed; False when there is no kiosk with this id."""
    d = tables.devices
    with writing(engine) as connection:
        change = d.update().where(d.c.id == device_id, d.c.kind == Role.KIOSK.value)
        return bool(connection.execute(change.values(printer=printer)).rowcount)


def of_token(engine: Engine, token: str) -> Actor | None:
    """The device with this token, unless revoked."""
    if not token:
        return None
    with engine.connect() as connection:
        row = connection.execute(_DEVICE, {"token_hash": hash_of(token)}).mappings().first()
    if row is None:
        return None
    return Actor(
        role=Role(row["kind"]), id=row["name"], branch=row["branch_id"], counter=row["counter_id"]
    )


def of_branch(engine: Engine, branch: BranchId) -> list[dict[str, str | None]]:
    """The branch's devices, without anything secret."""
    d = tables.devices
    query = select(d.c.id, d.c.kind, d.c.counter_id, d.c.name, d.c.revoked, d.c.printer)
    with engine.connect() as connection:
        rows = connection.execute(query.where(d.c.branch_id == branch)).mappings()
        return [dict(row) for row in rows]


def revoke(engine: Engine, device_id: str) -> bool:
    """Shut a device out; False when there is none with this id."""
    d = tables.devices
    with writing(engine) as connection:
        change = d.update().where(d.c.id == device_id).values(revoked=True)
        return bool(connection.execute(change).rowcount)
