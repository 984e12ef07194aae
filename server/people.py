"""What administrators do with accounts, on the people page and from the shell.

Everything here is of one branch: another branch's account answers as an unknown one (rule O2). The
last administrator of a branch stays, and nobody shuts themself out.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, select
from sqlalchemy.exc import IntegrityError

from server import accounts, branches, lockouts, locks, passwords, second_factor, sign_ins, tables
from server.access import GRANTABLE, STAFF, Permission, Role
from server.database import writing
from server.domain.errors import BadValue, Refused, UnknownCounter
from server.domain.ids import BranchId, CounterId

_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
#: Longest name and title.
_WORDS_MAX: Final = 120
_SUBJECT_MAX: Final = 200
_u = tables.users


class UnknownUser(Refused):
    """The branch has no such account."""

    code = "unknown_user"
    status = 404


class UsernameTaken(Refused):
    """Somebody signs in by this name already, perhaps at another branch."""

    code = "username_taken"


class SubjectTaken(Refused):
    """Another account is linked to this subject of the OpenID provider."""

    code = "subject_taken"


class NotYourself(Refused):
    """It is not done to one's own account: not by mistake, and not from a screen left open."""

    code = "not_yourself"


class LastAdministrator(Refused):
    """The branch would have no administrator left."""

    code = "last_administrator"


def listing(engine: Engine, branch: BranchId, *, at: datetime) -> list[dict[str, Any]]:
    """The branch's accounts by role and name, without anything secret."""
    with engine.connect() as connection:
        query = select(_u).where(_u.c.branch_id == branch).order_by(_u.c.name, _u.c.username)
        rows = connection.execute(query).mappings().all()
    under_way = sign_ins.under_way(engine, branch, at=at)
    nobody = {"n": 0, "last_at": None}
    people = [
        {
            "username": row["username"],
            "name": row["name"],
            "title": row["title"],
            "role": row["role"],
            "grants": [g for g in row["grants"].split(",") if g],
            "has_second_factor": bool(row["totp_secret"]),
            "has_pin": bool(row["pin_hash"]),
            "is_linked": bool(row["subject"]),
            "must_change": row["must_change"],
            "is_locked": row["locked_until"] is not None and row["locked_until"] > at,
            "is_disabled": row["revoked"],
            "sign_ins": under_way.get(row["username"], nobody)["n"],
            "last_at": under_way.get(row["username"], nobody)["last_at"],
        }
        for row in rows
    ]
    places = {role.value: n for n, role in enumerate(STAFF)}
    return sorted(people, key=lambda one: (one["is_disabled"], places.get(one["role"], 99)))


def names(engine: Engine, branch: BranchId) -> dict[str, str]:
    """What the people of a branch are called, by account; those who are shut out too."""
    query = select(_u.c.username, _u.c.name).where(_u.c.branch_id == branch)
    with engine.connect() as connection:
        return {row.username: row.name for row in connection.execute(query)}


def require(engine: Engine, branch: BranchId, username: str) -> RowMapping:
    """The row of an account of the branch, disabled or not. Raises `UnknownUser`."""
    with engine.connect() as connection:
        return _row(connection, branch, username)


def add(
    engine: Engine,
    branch: BranchId,
    *,
    username: str,
    name: str,
    password: str,
    role: Role,
    title: str = "",
    grants: Iterable[Permission] = (),
    must_change: bool = False,
) -> None:
    """A new account. Raises `BadValue`, `Password…`, or `UsernameTaken`."""
    if not _USERNAME.fullmatch(username):
        raise BadValue(field="username", problem="a-z 0-9 . _ -, 2-40")
    passwords.check_new(password, username=username, branch=branch)
    values = _checked(name=name, title=title, role=role, grants=grants)
    if accounts.branch_of(engine, username) is not None:
        raise UsernameTaken
    accounts.put_user(
        engine,
        username=username,
        password=password,
        name=values["name"],
        branch=branch,
        role=role,
        title=values["title"],
        grants=grants,
    )
    if must_change:
        _change(engine, username, must_change=True)


def change(
    engine: Engine,
    branch: BranchId,
    username: str,
    *,
    by: str = "",
    name: str | None = None,
    title: str | None = None,
    role: Role | None = None,
    grants: Iterable[Permission] | None = None,
) -> None:
    """Change what is given. A new role signs the user out: it may ask for more when signing in.

    Raises `UnknownUser`, `BadValue`, `NotYourself`, or `LastAdministrator`.
    """
    with writing(engine) as connection:
        row = _row(connection, branch, username)
        wanted = _checked(
            name=row["name"] if name is None else name,
            title=row["title"] if title is None else title,
            role=Role(row["role"]) if role is None else role,
            grants=accounts.grants_of(row) if grants is None else grants,
        )
        is_other_role = wanted["role"] != row["role"]
        if is_other_role:
            _keep_an_administrator(connection, row, by)
        connection.execute(_u.update().where(_u.c.username == username).values(**wanted))
    if is_other_role:
        sign_ins.end_all(engine, username)


def give_password(
    engine: Engine,
    branch: BranchId,
    username: str,
    password: str,
    *,
    must_change: bool,
    by: str = "",
) -> None:
    """Set a password for somebody, open a locked account, and sign them out everywhere.

    Raises `UnknownUser`, `NotYourself`, or `Password…`.
    """
    _require_other(engine, branch, username, by)
    set_password(engine, branch, username, password, must_change=must_change)


def set_password(
    engine: Engine, branch: BranchId, username: str, password: str, *, must_change: bool = False
) -> None:
    """Keep a new password that is good enough; every sign-in ends. Raises `Password…`."""
    passwords.check_new(password, username=username, branch=branch)
    hashed = passwords.hash_of(password)
    _change(
        engine, username, password_hash=hashed, must_change=must_change, failures=0,
        locked_until=None,
    )  # fmt: skip
    sign_ins.end_all(engine, username)


def unlock(engine: Engine, branch: BranchId, username: str) -> None:
    """Let somebody try again at once. Raises `UnknownUser`."""
    require(engine, branch, username)
    lockouts.forgive(engine, username)


def reset_second_factor(engine: Engine, branch: BranchId, username: str, *, by: str = "") -> None:
    """Forget the app of somebody who lost it; they are signed out.

    Raises `UnknownUser`, or `NotYourself`.
    """
    _require_other(engine, branch, username, by)
    second_factor.remove(engine, username)
    sign_ins.end_all(engine, username)


def set_enabled(
    engine: Engine, branch: BranchId, username: str, *, is_enabled: bool, by: str = ""
) -> None:
    """Shut an account out, or let it in again.

    Raises `UnknownUser`, `NotYourself`, or `LastAdministrator`.
    """
    with writing(engine) as connection:
        row = _row(connection, branch, username)
        if not is_enabled and not row["revoked"]:
            _keep_an_administrator(connection, row, by)
        change_ = _u.update().where(_u.c.username == username)
        connection.execute(change_.values(revoked=not is_enabled))
    if not is_enabled:
        sign_ins.end_all(engine, username)


def end_sign_ins(engine: Engine, branch: BranchId, username: str) -> int:
    """Sign somebody out everywhere; how many sign-ins that were. Raises `UnknownUser`."""
    require(engine, branch, username)
    return sign_ins.end_all(engine, username)


def give_pin(engine: Engine, branch: BranchId, username: str, pin: str) -> None:
    """Set somebody's PIN; an empty one takes it away. Raises `UnknownUser`, or `PinWeak`."""
    require(engine, branch, username)
    if pin:
        locks.check_pin(pin)
    locks.put_pin(engine, username, pin)


def link(engine: Engine, branch: BranchId, username: str, subject: str) -> None:
    """Say who somebody is to the OpenID provider; an empty subject takes the link away.

    Raises `UnknownUser`, `BadValue`, or `SubjectTaken`.
    """
    require(engine, branch, username)
    if len(subject) > _SUBJECT_MAX or not subject.isprintable():
        raise BadValue(field="subject", problem=f"0-{_SUBJECT_MAX}")
    try:
        _change(engine, username, subject=subject)
    except IntegrityError as error:
        raise SubjectTaken from error


def add_token(
    engine: Engine,
    branch: BranchId,
    username: str,
    *,
    name: str,
    counter: CounterId | None = None,
    at: datetime,
) -> str:
    """A token that acts for somebody, shown this once.

    Raises `UnknownUser`, `UnknownCounter`, or `BadValue`.
    """
    require(engine, branch, username)
    if counter is not None and branches.require(engine, branch).counter(counter) is None:
        raise UnknownCounter(counter=counter[:40])
    if not 0 < len(name) <= _WORDS_MAX or not name.isprintable():
        raise BadValue(field="name", problem=f"1-{_WORDS_MAX}")
    return accounts.add_token(engine, username=username, name=name, at=at, counter=counter)


def revoke_token(engine: Engine, branch: BranchId, token_id: str) -> None:
    """Shut a token of the branch's users out. Raises `UnknownUser` when they have no such token."""
    if token_id not in {token["id"] for token in accounts.tokens(engine, branch)}:
        raise UnknownUser
    accounts.revoke_token(engine, token_id)


def _require_other(engine: Engine, branch: BranchId, username: str, by: str) -> None:
    require(engine, branch, username)
    if by and by == username:
        raise NotYourself


def _row(connection: Connection, branch: BranchId, username: str) -> RowMapping:
    query = select(_u).where(_u.c.branch_id == branch, _u.c.username == username)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownUser(user=username[:40])
    return row


def _change(engine: Engine, username: str, **values: Any) -> None:
    with writing(engine) as connection:
        connection.execute(_u.update().where(_u.c.username == username).values(**values))


def _checked(*, name: str, title: str, role: Role, grants: Iterable[Permission]) -> dict[str, Any]:
    """The columns of what may be changed. Raises `BadValue`."""
    name, title, grants = name.strip(), title.strip(), set(grants)
    if not 0 < len(name) <= _WORDS_MAX or not name.isprintable():
        raise BadValue(field="name", problem=f"1-{_WORDS_MAX}")
    if len(title) > _WORDS_MAX or not title.isprintable():
        raise BadValue(field="title", problem=f"0-{_WORDS_MAX}")
    if role not in STAFF:
        raise BadValue(field="role", problem=", ".join(STAFF))
    if not grants <= set(GRANTABLE):
        raise BadValue(field="grants", problem=", ".join(GRANTABLE))
    return {"name": name, "title": title, "role": role.value, "grants": ",".join(sorted(grants))}


def _keep_an_administrator(connection: Connection, row: RowMapping, by: str) -> None:
    """Refuse to let this administrator go who is oneself, or the branch's last.

    The rows are held until the end of the transaction: of two administrators who shut each other
    out at once, one comes second.
    """
    if by and by == row["username"]:
        raise NotYourself
    if row["role"] != Role.ADMINISTRATOR.value:
        return
    query = select(_u.c.username).where(
        _u.c.branch_id == row["branch_id"],
        _u.c.role == Role.ADMINISTRATOR.value,
        _u.c.revoked.is_(False),
    )
    left = set(connection.scalars(query.order_by(_u.c.username).with_for_update()))
    if left == {row["username"]}:
        raise LastAdministrator
