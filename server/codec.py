"""Events and commands <-> JSON, strictly: an undeclared field is an error, never dropped.

A value marked as expiring leaves the payload here and is kept beside the log; see `split`.
Old shapes are upcast here and never edited in place: `UPCASTERS[type, schema_version]`.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from server.domain.catalogue import Catalogue, Hours, Policy, PriorityClass
from server.domain.commands import COMMAND_TYPES, AnyCommand
from server.domain.counters import Step
from server.domain.errors import BadValue
from server.domain.events import EVENT_TYPES, EXPIRED, AnyEvent

SCHEMA_VERSION: Final = 1

T = TypeVar("T")

#: (type, schema version of the stored payload) -> function to the next version's payload.
UPCASTERS: Final[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {}

#: Event type -> {field: business days it is kept}.
EXPIRING: Final[dict[str, dict[str, int]]] = {
    name: {
        f.name: int(f.metadata["expires"])
        for f in dataclasses.fields(cls)
        if "expires" in f.metadata
    }
    for name, cls in EVENT_TYPES.items()
}

_FIELDS: Final = {
    name: frozenset(f.name for f in dataclasses.fields(cls))
    for name, cls in (EVENT_TYPES | COMMAND_TYPES).items()
}
#: Control characters, and marks that turn the direction of writing: no screen shows them, some a
#: database refuses, and with some a text reads as another. Left out of what people write.
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


def to_json(value: Any) -> str:
    """Compact JSON of builtins, dataclasses, dates and instants."""
    return _encoder.encode(value).decode()


def from_json(document: str | bytes) -> Any:
    """The builtins of a JSON document. Raises `BadValue` when it is not JSON."""
    try:
        return _decoder.decode(document)
    except msgspec.DecodeError as error:
        raise BadValue(field="body", problem=str(error)) from error


def split(event: AnyEvent) -> tuple[dict[str, Any], dict[str, str]]:
    """The payload for the log, and the expiring values to keep beside it."""
    payload: dict[str, Any] = msgspec.to_builtins(event)
    facts: dict[str, str] = {}
    for name in EXPIRING[type(event).__name__]:
        if payload[name] and payload[name] != EXPIRED:
            facts[name] = payload[name]
            payload[name] = EXPIRED
    return payload, facts


def join(
    type_: str, payload: dict[str, Any], facts: Mapping[str, str], schema_version: int = 1
) -> AnyEvent:
    """The event of a payload and what is still known beside it.

    Raises `BadValue` for an unknown type or version, or a payload of another shape.
    """
    if type_ not in EVENT_TYPES:
        raise BadValue(field="type", problem=f"unknown event {type_}")
    if not 1 <= schema_version <= SCHEMA_VERSION:
        raise BadValue(field="schema_version", problem=f"unknown version {schema_version}")
    for version in range(schema_version, SCHEMA_VERSION):
        if upcast := UPCASTERS.get((type_, version)):
            payload = upcast(payload)
    return _convert(EVENT_TYPES[type_], payload | dict(facts), type_)


def command(name: str, content: Mapping[str, Any]) -> AnyCommand:
    """The command called `name` with this content.

    Raises `BadValue` naming the field that is unknown, missing or of the wrong type.
    """
    if name not in COMMAND_TYPES:
        raise BadValue(field="name", problem=f"unknown command {name}")
    printable = {
        k: _UNPRINTABLE.sub("", v) if isinstance(v, str) else v for k, v in content.items()
    }
    return _convert(COMMAND_TYPES[name], printable, name)


def _convert(cls: type[T], content: dict[str, Any], name: str) -> T:
    if unknown := content.keys() - _FIELDS[name]:
        raise BadValue(field=min(unknown), problem="unknown field")
    try:
        return msgspec.convert(content, cls)
    except msgspec.ValidationError as error:
        raise BadValue(field=_field_of(str(error)), problem=str(error)) from error


def _field_of(message: str) -> str:
    """The field a msgspec sentence speaks of: "… - at `$.level`", "… field `level`"."""
    parts = message.split("`")
    return parts[-2].removeprefix("$.") if len(parts) > 2 else "body"  # noqa: PLR2004


def steps(document: str) -> tuple[Step, ...]:
    """The steps of a counter as its row keeps them."""
    return msgspec.json.decode(document, type=tuple[Step, ...])


def levels(document: str) -> tuple[int | None, ...]:
    """The levels of a forecast as a ticket's row keeps them."""
    return msgspec.json.decode(document, type=tuple[int | None, ...]) if document else ()


def catalogue_document(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue as the log and the database keep it, without its policy."""
    document: dict[str, Any] = msgspec.to_builtins(catalogue)
    del document["policy"]
    return document


def policy_document(policy: Policy) -> dict[str, Any]:
    """The policy as the log and the database keep it."""
    document: dict[str, Any] = msgspec.to_builtins(policy)
    return document


def policy(document: Mapping[str, Any]) -> Policy:
    """The policy that somebody wrote, whole: `BadValue` names what is unknown, missing or no such type."""
    _know(document, Policy, "")
    for n, item in enumerate(
        classes if isinstance(classes := document.get("classes"), list) else ()
    ):
        _know(item, PriorityClass, f"classes.{n}.")
    try:
        return msgspec.convert(dict(document), Policy)
    except msgspec.ValidationError as error:
        raise BadValue(field=_field_of(str(error)), problem=str(error)) from error


def _know(written: object, cls: type[Policy | PriorityClass], path: str) -> None:
    known = {f.name for f in dataclasses.fields(cls)}
    if isinstance(written, Mapping) and (unknown := set(map(str, written)) - known):
        raise BadValue(field=path + min(unknown), problem="unknown field")


def hours(document: Mapping[str, Any]) -> Hours:
    """The opening hours of a stored catalogue."""
    return msgspec.convert(document, Hours)


def catalogue(document: Mapping[str, Any], policy: Mapping[str, Any]) -> Catalogue:
    """The catalogue of two stored documents."""
    return msgspec.convert({**document, "policy": dict(policy)}, Catalogue)
