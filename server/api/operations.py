"""How a REST call is declared, checked and answered. The OpenAPI document reads the same list."""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec
from flask import Blueprint, Response, current_app, request, session
from werkzeug.exceptions import HTTPException

from server import problems
from server.access import Actor
from server.api import schemas
from server.context import Context
from server.domain.errors import BadValue, NotAllowed, UnknownBranch
from server.limits import rest_limit
from server.problems import WireError

_log = logging.getLogger(__name__)

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

LARGEST_BODY: Final = 16_384
_KEY_MAX: Final = 80

BodyT = TypeVar("BodyT", bound=schemas.Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A query parameter."""

    name: str
    schema: dict[str, Any]
    description: str
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the API."""

    method: str
    path: str
    summary: str
    function: Callable[..., Any]
    body: type[schemas.Body] | None
    answer: Any
    status: int
    refusals: tuple[int, ...]
    parameters: tuple[Parameter, ...] = ()
    is_command: bool = False
    is_public: bool = False
    media: str = "application/json"
    tag: str = ""
    #: Bytes.
    largest_body: int = LARGEST_BODY


OPERATIONS: list[Operation] = []


@dataclass(slots=True)
class Call:
    """A request under way: who asks, in which language, with which content."""

    context: Context
    actor: Actor
    language: str
    body: Any = None
    command_id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def operation(
    method: str,
    path: str,
    summary: str,
    *,
    answer: Any,
    body: type[schemas.Body] | None = None,
    status: int = 200,
    refusals: tuple[int, ...] = (),
    parameters: tuple[Parameter, ...] = (),
    tag: str = "",
    largest_body: int = LARGEST_BODY,
) -> Callable[[Callable[..., tuple[Any, int]]], Callable[..., tuple[Any, int]]]:
    """Declare a call. The function gets a `Call` and the path's values, returns answer and status."""

    def declare(function: Callable[..., tuple[Any, int]]) -> Callable[..., tuple[Any, int]]:
        declared = Operation(
            method=method,
            path=path,
            summary=summary,
            function=function,
            body=body,
            answer=answer,
            status=status,
            refusals=refusals,
            parameters=parameters,
            is_command=method != "GET" and body is not None and path.find("clock") < 0,
            tag=tag,
            largest_body=largest_body,
        )
        OPERATIONS.append(declared)
        blueprint.add_url_rule(
            path, endpoint=function.__name__, view_func=_view(declared), methods=[method]
        )
        return function

    return declare


def public_operation(
    path: str,
    summary: str,
    *,
    answer: Any,
    media: str = "application/json",
    parameters: tuple[Parameter, ...] = (),
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Declare a reading call that anybody may make, from any site. The function answers itself."""

    def declare(function: Callable[..., Response]) -> Callable[..., Response]:
        def view(**path: str) -> Response:
            try:
                response = function(**path)
            except Exception as error:
                response = problem(
                    error, problems.language_of(request.headers.get("Accept-Language"))
                )
            return open_to_all(response)

        declared = Operation(
            method="GET",
            path=path,
            summary=summary,
            function=function,
            body=None,
            answer=answer,
            status=200,
            refusals=(404, 429),
            parameters=parameters,
            is_public=True,
            media=media,
            tag="public",
        )
        OPERATIONS.append(declared)
        blueprint.add_url_rule(path, endpoint=function.__name__, view_func=view, methods=["GET"])
        return function

    return declare


def open_to_all(response: Response) -> Response:
    """Pages of any other site may read this answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Retry-After"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _view(declared: Operation) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        language = problems.language_of(request.headers.get("Accept-Language"))
        call: Call | None = None
        try:
            call = Call(context=context(), actor=authenticated(), language=language)
            if declared.body is not None:
                call.body = _content(declared.body, declared.largest_body)
                call.command_id = _command_id()
            answer, status = declared.function(call, **path)
        except Exception as error:
            if call is not None and _reached_too_far(error):
                name, asked = declared.function.__name__, request.path[:120]
                call.context.put_refusal_on_record(call.actor, name, path=asked)
            return problem(error, language)
        return json(answer, status)

    view.__name__ = declared.function.__name__
    return view


def _reached_too_far(error: Exception) -> bool:
    """Whether somebody asked for what is not theirs; a command's refusal is on record already."""
    is_command = isinstance(error, NotAllowed)
    return getattr(error, "code", "") in ("not_allowed", "unknown_branch") and not is_command


def context() -> Context:
    """The parts of this process."""
    found: Context = current_app.extensions["motcua"]
    return found


def authenticated() -> Actor:
    """The device or user of the Bearer token or, to read, the user of the session.

    Raises `WireError` 401. A cookie alone never changes anything: another site could send it.
    """
    credentials = request.authorization
    actor: Actor | None = None
    if credentials is not None and credentials.type == "bearer":
        actor = context().bearer(credentials.token or "")
    elif request.method == "GET" and (sign_in := context().sign_in(session.get("sign_in", ""))):
        actor = sign_in.actor
    if actor is None:
        raise WireError("bad_token", 401)
    if context().settings.is_production:
        context().limits.require(rest_limit(actor.role), f"{actor.branch}/{actor}")
    return actor


def _content(body: type[BodyT], largest: int) -> BodyT:
    """The request's content as `body`, whole or not at all."""
    request.max_content_length = largest
    if (request.content_length or 0) > largest:
        raise WireError("body_too_large", 413, largest=largest)
    content = request.get_data(cache=False)
    if len(content) > largest:
        raise WireError("body_too_large", 413, largest=largest)
    if not content.strip():
        content = b"{}"
    elif request.mimetype != "application/json":
        raise WireError("not_json", 415)
    try:
        return msgspec.json.decode(content, type=body)
    except msgspec.ValidationError as error:
        raise WireError("bad_value", 422, field=_field(str(error)), problem=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("malformed", 400, problem=str(error)) from error


def _field(message: str) -> str:
    parts = message.split("`")
    return parts[-2].removeprefix("$.") if len(parts) > 2 else "body"  # noqa: PLR2004


def _command_id() -> str:
    """The caller's Idempotency-Key; without one, the caller gives up the safe retry."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > _KEY_MAX or not key.isprintable() or "\x00" in key:
        raise WireError("bad_value", 422, field="Idempotency-Key", problem="1-80 characters")
    return key or str(uuid.uuid4())


def own_branch(call: Call, branch: str) -> None:
    """Another branch's id answers as unknown (rule O2). Raises `UnknownBranch`."""
    if branch != call.actor.branch:
        raise UnknownBranch(branch=branch)


def integer(name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query string within bounds. Raises `BadValue`."""
    text = request.args.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError as error:
        raise BadValue(field=name, problem="integer") from error
    if not low <= value <= high:
        raise BadValue(field=name, problem=f"{low} – {high}")  # noqa: RUF001
    return value


def json(answer: Any, status: int, media: str = "application/json") -> Response:
    """An answer as JSON, never cached."""
    response = Response(msgspec.json.encode(answer), status=status, content_type=media)
    response.headers["Cache-Control"] = "no-store"
    return response


def problem(error: Exception, language: str) -> Response:
    """An error as a problem document."""
    if isinstance(error, HTTPException):
        codes = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
        error = WireError(codes.get(error.code or 500, "malformed"), error.code or 500)
    status = problems.status_of(error)
    if status == 500:  # noqa: PLR2004
        _log.error("unexpected error in the API", exc_info=error)
    told = problems.described(error, language)
    document = schemas.Problem(
        type=f"/api/v1/#problem-{told['code']}",
        title=told["code"],
        status=status,
        code=told["code"],
        detail=told["message"],
        facts=told["facts"],
        retry=told["retry"],
    )
    response = json(document, status, "application/problem+json")
    if status == 401:  # noqa: PLR2004
        response.headers["WWW-Authenticate"] = "Bearer"
    if wait_s := told["facts"].get("retry_after_s"):
        response.headers["Retry-After"] = str(wait_s)
    if problems.is_unavailable(error):
        response.headers["Retry-After"] = "2"
    return response
