"""The second factor: six digits of an authenticator app (TOTP, RFC 6238), each good once."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

import pyotp
import segno
from sqlalchemy import Engine, RowMapping

from server import branches, tables
from server.access import Role
from server.database import writing

ISSUER: Final = "Motcua"
#: Steps of thirty seconds by which the two clocks may differ.
_DRIFT: Final = 1
_u = tables.users


def is_required(engine: Engine, row: RowMapping) -> bool:
    """Whether the branch asks the user of this row for a second factor."""
    if row["role"] != Role.ADMINISTRATOR.value:
        return False
    catalogue = branches.current(engine, row["branch_id"])
    return bool(catalogue and catalogue.admin_second_factor)


def offered_secret(key: str, username: str, nonce: str) -> str:
    """The secret offered to a user who sets an app up: 160 bits, made anew from each nonce.

    Only the nonce is kept meanwhile, in the user's cookie, where the secret itself has no place.
    """
    made = hmac.digest(key.encode(), f"totp:{username}:{nonce}".encode(), hashlib.sha256)
    return base64.b32encode(made[:20]).decode()


def grouped(secret: str) -> str:
    """The secret as people copy it: in groups of four."""
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))


def qr(secret: str, username: str) -> str:
    """The secret as an SVG that an authenticator app reads; black on white, as cameras like it."""
    address = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    return segno.make(address, error="m").svg_inline(
        omitsize=True, border=2, dark="#14213D", light="#FFFFFF"
    )


def enrol(engine: Engine, username: str, secret: str, code: str, *, at: datetime) -> bool:
    """Keep the secret once a code of it was given; that code counts as used.

    False for a wrong code, and while another app is set up: that one must be removed first.
    """
    step = _step_of(secret, code, at)
    if step is None:
        return False
    with writing(engine) as connection:
        change = _u.update().where(_u.c.username == username, _u.c.totp_secret == "")
        return bool(connection.execute(change.values(totp_secret=secret, totp_step=step)).rowcount)


def use(engine: Engine, username: str, code: str, *, at: datetime) -> bool:
    """Whether the code is right and was not used before; it is used up by asking."""
    with engine.connect() as connection:
        query = _u.select().where(_u.c.username == username, _u.c.revoked.is_(False))
        row = connection.execute(query).mappings().first()
    secret = row["totp_secret"] if row else ""
    step = _step_of(secret, code, at) if secret else None
    if step is None:
        return False
    unused = (_u.c.username == username) & (_u.c.totp_secret == secret) & (_u.c.totp_step < step)
    with writing(engine) as connection:
        return bool(connection.execute(_u.update().where(unused).values(totp_step=step)).rowcount)


def remove(engine: Engine, username: str) -> None:
    """Ask the user for no code any more."""
    with writing(engine) as connection:
        connection.execute(_u.update().where(_u.c.username == username).values(totp_secret=""))


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The step that the code is of, or None. Every step is compared: no time tells which."""
    given = "".join(code.split())
    totp = pyotp.TOTP(secret)
    now, found = totp.timecode(at), None
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given.encode()):
            found = step
    return found
