"""Pairing: a device shows a code, an administrator says what it is, the device takes its token.

The code lets nobody in: it only finds who asks. The token is made when the device comes for it with
the secret that it alone knows, and is given once. Times are by the machine's clock.
"""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from server import branches, codec, devices, tables
from server.access import Role
from server.database import writing
from server.domain.catalogue import Catalogue
from server.domain.errors import BadValue, Refused, UnknownCounter
from server.domain.ids import BranchId, CounterId
from server.kiosk_printers import checked_printer
from server.tokens import hash_of, new_token

#: What may ask. An agent asks for the kiosk that it stands beside.
KINDS: Final = (Role.KIOSK, Role.DISPLAY, Role.RATING, Role.AGENT)
#: A code holds so long, and an approval again.
LASTS: Final = timedelta(minutes=10)
#: More than this many at once is no office: a guessed code must hit nothing.
_MOST: Final = 500
_TRIES: Final = 20
_p, _d = tables.pairings, tables.devices


class UnknownCode(Refused):
    """No device that this branch may approve shows the code: mistyped, run out, or used."""

    code = "unknown_code"
    status = 404


class UnknownPairing(Refused):
    """Not the secret of a pairing that holds: it ran out, or its token was given."""

    code = "unknown_pairing"
    status = 404


class PairingsFull(Refused):
    """Too many devices wait to be approved."""

    code = "pairings_full"
    status = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the device that asks is told."""

    id: str
    secret: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """As what a device is approved: a new one, or in the place of one that is known (`device`)."""

    name: str = ""
    counter: str = ""
    printer: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What the device that was approved is told, once."""

    token: str
    role: Role
    branch: BranchId
    counter: CounterId | None
    name: str


def ask(
    engine: Engine,
    kind: Role,
    *,
    at: datetime,
    branch: BranchId | None = None,
    counter: CounterId | None = None,
    address: str = "",
) -> Asked:
    """Begin a pairing. Raises `BadValue`, `UnknownBranch`, `UnknownCounter` or `PairingsFull`."""
    if kind not in KINDS:
        raise BadValue(field="kind", problem=", ".join(KINDS))
    if branch is not None:
        known = branches.require(engine, branch)
        if counter is not None and known.counter(counter) is None:
            raise UnknownCounter(counter=counter[:40])
    secret = new_token()
    row: dict[str, Any] = {
        "kind": kind.value,
        "branch_id": branch,
        "counter_id": counter if branch else None,
        "secret_hash": hash_of(secret),
        "address": address[:64],
        "asked_at": at,
        "expires_at": at + LASTS,
    }
    for _ in range(_TRIES):
        row |= {"id": new_token(), "code": f"{secrets.randbelow(1_000_000):06}"}
        try:
            with writing(engine) as connection:
                sweep(connection, at)
                if (connection.scalar(select(func.count()).select_from(_p)) or 0) >= _MOST:
                    raise PairingsFull
                connection.execute(_p.insert(), row)
        except IntegrityError:
            continue  # another device shows this code
        return Asked(id=row["id"], secret=secret, code=row["code"], expires_at=row["expires_at"])
    raise PairingsFull


def sweep(connection: Connection, at: datetime) -> None:
    """Forget the pairings that ran out."""
    connection.execute(delete(_p).where(_p.c.expires_at <= at))


def waiting(engine: Engine, branch: BranchId, code: str, *, at: datetime) -> RowMapping:
    """What shows this code: kind, address, since when. Raises `UnknownCode`."""
    with engine.connect() as connection:
        return _waiting(connection, branch, code, at)


def _waiting(connection: Connection, branch: BranchId, code: str, at: datetime) -> RowMapping:
    # A device of another branch's page is not there (rule O2).
    query = select(_p).where(
        _p.c.code == code.replace(" ", ""),
        _p.c.approval == "",
        _p.c.expires_at > at,
        or_(_p.c.branch_id.is_(None), _p.c.branch_id == branch),
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownCode
    return row


def approve(
    engine: Engine, branch: BranchId, code: str, wanted: Approval, *, at: datetime
) -> Approval:
    """Say what the device is; it comes for its token by itself. Returns what was decided.

    Raises `UnknownCode`, or why it cannot be this.
    """
    known = branches.require(engine, branch)
    with writing(engine) as connection:
        row = _waiting(connection, branch, code, at)
        role = _role_of(row["kind"])
        if wanted.device:
            decided = _in_place_of(connection, branch, role, wanted)
        else:
            decided = _new(connection, known, role, wanted)
            if row["kind"] == Role.AGENT.value:
                decided = replace(decided, printer=devices.BY_AGENT)
        approval = codec.to_json({**asdict(decided), "branch": branch})
        change = _p.update().where(_p.c.id == row["id"], _p.c.approval == "")
        taken = connection.execute(change.values(approval=approval, expires_at=at + LASTS))
        if not taken.rowcount:
            raise UnknownCode
    return decided


def _role_of(kind: str) -> Role:
    """An agent has the token of its kiosk."""
    return Role.KIOSK if kind == Role.AGENT.value else Role(kind)


def _new(connection: Connection, known: Catalogue, role: Role, wanted: Approval) -> Approval:
    name = devices.checked_name(wanted.name)
    counter = wanted.counter if role is Role.RATING else ""
    if role is Role.RATING and known.counter(CounterId(counter)) is None:
        raise UnknownCounter(counter=counter[:40])
    devices.refuse_taken(connection, known.branch, role, name)
    printer = checked_printer(wanted.printer) if role is Role.KIOSK else ""
    return Approval(name=name, counter=counter, printer=printer)


def _in_place_of(
    connection: Connection, branch: BranchId, role: Role, wanted: Approval
) -> Approval:
    """The device that is known keeps its name, counter and printer; its old token dies."""
    query = select(_d).where(
        _d.c.id == wanted.device,
        _d.c.branch_id == branch,
        _d.c.kind == role.value,
        _d.c.revoked.is_(False),
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise devices.UnknownDevice(device=wanted.device[:80])
    return Approval(
        name=row["name"],
        counter=row["counter_id"] or "",
        printer=row["printer"],
        device=row["id"],
    )


def collect(engine: Engine, pairing_id: str, secret: str, *, at: datetime) -> Paired | None:
    """The token of an approved device, once; None while it waits. Raises `UnknownPairing`."""
    mine = (_p.c.id == pairing_id, _p.c.secret_hash == hash_of(secret), _p.c.expires_at > at)
    # Asked every two seconds: it takes no lock until there is something to take.
    with engine.connect() as connection:
        row = connection.execute(select(_p).where(*mine)).mappings().first()
    if row is None:
        raise UnknownPairing
    if not row["approval"]:
        return None
    token, role = new_token(), _role_of(row["kind"])
    decided: dict[str, Any] = codec.from_json(row["approval"])
    branch, counter = BranchId(decided["branch"]), CounterId(decided["counter"]) or None
    with writing(engine) as connection:
        if not connection.execute(delete(_p).where(*mine)).rowcount:
            raise UnknownPairing
        if decided["device"]:
            change = _d.update().where(_d.c.id == decided["device"], _d.c.revoked.is_(False))
            new = {"token_hash": hash_of(token), "next_token_hash": None, "must_rotate": False}
            if not connection.execute(change.values(**new, rotated_at=at)).rowcount:
                raise UnknownPairing
        else:
            made = devices.new_row(
                branch=branch,
                role=role,
                name=decided["name"],
                counter=counter,
                printer=decided["printer"],
                at=at,
            )
            connection.execute(_d.insert(), made | {"token_hash": hash_of(token)})
    return Paired(token=token, role=role, branch=branch, counter=counter, name=decided["name"])
