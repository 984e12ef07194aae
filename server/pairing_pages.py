"""The device's side of pairing: it asks for a code, then comes for its token."""

from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, request

from server import audit, pairing, problems, replies
from server.access import Role
from server.api.operations import context, json, problem
from server.clock import Clock
from server.domain.errors import BadValue
from server.domain.ids import BranchId, CounterId
from server.limits import PAIRING, PAIRING_POLL
from server.problems import WireError

blueprint = Blueprint("pairing", __name__)

_LARGEST: Final = 1_000


class _Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What asks, and of which page it is."""

    kind: str
    branch: str = ""
    counter: str = ""


class _Secret(msgspec.Struct, forbid_unknown_fields=True):
    secret: str


_BodyT = TypeVar("_BodyT", _Wish, _Secret)


@blueprint.post("/pairings")
def ask() -> Response:
    """A device that has no token wants a code to show."""
    try:
        address = request.remote_addr or ""
        context().limits.require(PAIRING, address)
        wish = _content(_Wish)
        at = Clock().now()
        asked = pairing.ask(
            context().engine,
            _kind(wish.kind),
            at=at,
            branch=BranchId(wish.branch) if wish.branch else None,
            counter=CounterId(wish.counter) if wish.counter else None,
            address=address,
        )
    except Exception as error:
        return problem(error, _language())
    answer = {
        "id": asked.id,
        "secret": asked.secret,
        "code": asked.code,
        "expires_at": replies.instant(asked.expires_at),
        # The device's own clock may be anything.
        "expires_in_s": int((asked.expires_at - at).total_seconds()),
    }
    return json(answer, 201)


@blueprint.post("/pairings/<pairing_id>")
def collect(pairing_id: str) -> Response:
    """The device asks whether it was approved; if it was, it is given its token, once."""
    try:
        context().limits.require(PAIRING_POLL, pairing_id[:80])
        secret = _content(_Secret).secret
        paired = pairing.collect(context().engine, pairing_id, secret, at=Clock().now())
    except Exception as error:
        return problem(error, _language())
    if paired is None:
        return json({"state": "waiting"}, 200)
    audit.record(
        context().engine,
        at=Clock().now(),
        actor=f"{paired.role.value}:{paired.name}",
        action="devices.paired",
        branch=paired.branch,
        address=request.remote_addr or "",
    )
    answer: dict[str, Any] = {
        "state": "paired",
        "token": paired.token,
        "kind": paired.role.value,
        "branch": paired.branch,
        "counter": paired.counter,
        "name": paired.name,
        "home": home_of(paired),
    }
    return json(answer, 200)


def home_of(paired: pairing.Paired) -> str:
    """The page of the device: it may have been paired on another."""
    if paired.role is Role.RATING:
        return f"/counter/{quote(paired.counter or '', safe='')}/rating"
    return f"/{paired.role.value}/{quote(paired.branch, safe='')}"


def _kind(name: str) -> Role:
    try:
        return Role(name)
    except ValueError as error:
        raise BadValue(field="kind", problem=", ".join(pairing.KINDS)) from error


def _content(body: type[_BodyT]) -> _BodyT:
    """The request's content as `body`, whole or not at all."""
    if request.mimetype != "application/json":
        raise WireError("not_json", 415)
    content = request.get_data(cache=False)
    if len(content) > _LARGEST:
        raise WireError("body_too_large", 413, largest=_LARGEST)
    try:
        return msgspec.json.decode(content, type=body)
    except msgspec.ValidationError as error:
        raise WireError("bad_value", 422, field="body", problem=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("malformed", 400, problem=str(error)) from error


def _language() -> str:
    return problems.language_of(request.headers.get("Accept-Language"))
