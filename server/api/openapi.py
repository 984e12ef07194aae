"""The OpenAPI document, generated from the declared operations and their schemas."""

import re
from functools import cache
from typing import Any, Final

import msgspec

from server.api import schemas
from server.api.operations import LARGEST_BODY, OPERATIONS, Operation

_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = (400, 401, 403, 404, 422, 503)
#: Of a call that anybody may make.
_ALWAYS_PUBLIC: Final = (404, 422, 429, 503)
_MEANING: Final = {
    400: "The request is not well-formed",
    401: "No valid token",
    403: "The caller's role does not include this",
    404: "No such thing, or not the caller's",
    409: "The rules or the state do not allow it",
    413: f"The content is larger than {LARGEST_BODY} bytes",
    415: "The content is not JSON",
    422: "A field cannot be used",
    429: "Too often from one address; `Retry-After` says when again",
    503: "The database cannot be reached; the same Idempotency-Key may be retried",
}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of this API."""
    answers = [op.answer for op in OPERATIONS]
    bodies = [op.body for op in OPERATIONS if op.body]
    types = list(dict.fromkeys([*answers, *bodies, schemas.Problem]))
    refs, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(types, refs, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for op in OPERATIONS:
        path = re.sub(r"<(\w+)>", r"{\1}", op.path)
        paths.setdefault(path, {})[op.method.lower()] = _operation(op, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Motcua",
            "version": "1",
            "description": "Commands and read side of one branch's queue. Send a new "
            "Idempotency-Key with each new intent and the same one with each retry.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(op: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {
        str(op.status): {
            "description": op.summary,
            "content": {op.media: {"schema": schema_of[op.answer]}},
        }
    }
    problem = {"application/problem+json": {"schema": schema_of[schemas.Problem]}}
    extra = (409, 413, 415) if op.body else ()
    for status in sorted({*(_ALWAYS_PUBLIC if op.is_public else _ALWAYS), *op.refusals, *extra}):
        answers[str(status)] = {"description": _MEANING[status], "content": problem}
    described: dict[str, Any] = {
        "operationId": op.function.__name__,
        "summary": op.summary,
        "description": (op.function.__doc__ or op.summary).strip(),
        "tags": [op.tag],
        "parameters": _parameters(op),
        "responses": answers,
    }
    if op.is_public:
        described["security"] = []
    if op.body:
        described["requestBody"] = {
            "required": bool(_required(op.body)),
            "content": {"application/json": {"schema": schema_of[op.body]}},
        }
    return described


def _parameters(op: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
        }
        for name in re.findall(r"<(\w+)>", op.path)
    ]
    parameters += [
        {
            "name": p.name,
            "in": "query",
            "required": p.is_required,
            "schema": p.schema,
            "description": p.description,
        }
        for p in op.parameters
    ]
    if op.is_command:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "maxLength": 80, "pattern": "^[ -~]*$"},
                "description": "Made by the caller, one per intent; a retry repeats it",
            }
        )
    return parameters


def _required(body: type[schemas.Body]) -> list[str]:
    return [f.name for f in msgspec.structs.fields(body) if f.required]
