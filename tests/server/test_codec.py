"""Events and commands as JSON: written examples that stay readable for ever, and strictness."""

import dataclasses
import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import codec
from server.domain import events as ev
from server.domain.commands import COMMAND_TYPES
from server.domain.errors import BadValue
from server.domain.events import EVENT_TYPES
from tests.server.office import catalogue

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "events.json").read_text("utf-8"))
EXPIRING = {(name, field) for name, fields in codec.EXPIRING.items() for field in fields}


def test_every_event_has_one_golden_example() -> None:
    assert [example["type"] for example in GOLDEN] == list(EVENT_TYPES)


OLDER = json.loads(
    (Path(__file__).parents[1] / "golden" / "events-before-accounts.json").read_text("utf-8")
)


@pytest.mark.parametrize("example", OLDER, ids=lambda e: e["type"])
def test_an_event_from_before_accounts_is_read(example: dict[str, Any]) -> None:
    """What was added since has a default: the old content is all there."""
    event = codec.join(example["type"], example["payload"], {}, example["schema_version"])
    payload, facts = codec.split(event)
    now = json.loads(codec.to_json(payload)) | facts
    if quote := now.get("quote"):
        # A forecast from before its levels were kept.
        later = quote.keys() - example["payload"]["quote"].keys()
        assert not any(quote.pop(name) for name in later)
    assert {k: now[k] for k in example["payload"]} == example["payload"]
    assert not any(now[k] for k in now.keys() - example["payload"].keys())


def test_an_issue_from_before_paper_was_a_choice_was_on_paper() -> None:
    later = ("paper", "readiness", "device", "block", "issued_at")
    payload = {k: v for k, v in GOLDEN[0]["payload"].items() if k not in later}
    issued = codec.join("TicketIssued", payload, {})
    assert isinstance(issued, ev.TicketIssued)
    assert issued.paper


@pytest.mark.parametrize("example", GOLDEN, ids=lambda e: e["type"])
def test_a_golden_event_reads_and_writes_the_same(example: dict[str, Any]) -> None:
    """An old log can always be read: whoever changes a shape adds a version, never edits this."""
    event = codec.join(example["type"], example["payload"], {}, example["schema_version"])
    assert type(event).__name__ == example["type"]
    assert example["payload"].keys() == {f.name for f in dataclasses.fields(event)}
    payload, facts = codec.split(event)
    assert json.loads(codec.to_json(payload)) | facts == example["payload"]
    assert codec.join(example["type"], codec.from_json(codec.to_json(payload)), facts) == event


def test_these_values_are_forgotten_before_their_event() -> None:
    assert {
        ("TicketIssued", "priority"),
        ("PriorityChanged", "priority"),
        ("TicketTransferred", "note"),
        ("RatingGiven", "comment"),
    } == EXPIRING


@pytest.mark.parametrize(("name", "field"), sorted(EXPIRING))
def test_an_expiring_value_leaves_the_payload(name: str, field: str) -> None:
    example = next(e["payload"] for e in GOLDEN if e["type"] == name)
    secret = example[field]
    assert secret
    event = codec.join(name, example, {})
    payload, facts = codec.split(event)
    assert facts == {field: secret}
    assert payload[field] == ev.EXPIRED
    assert secret not in codec.to_json(payload)
    forgotten = codec.join(name, payload, {})
    assert getattr(forgotten, field) == ev.EXPIRED
    assert codec.split(forgotten) == (payload, {}), "what is forgotten is not remembered again"
    empty = dataclasses.replace(event, **{field: "" if name != "TicketIssued" else None})
    assert codec.split(empty)[1] == {}


# Anything that can be an event comes back as it was -----------------------------------------
_words = st.text(max_size=30)
_names = st.text(min_size=1, max_size=12)
_instants = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_numbers = st.integers(-(2**53), 2**53)
_documents = st.dictionaries(
    _names, st.recursive(st.none() | st.booleans() | _numbers | _words, st.lists, max_leaves=4)
)
_quotes = st.builds(ev.Quote, expected_s=_numbers, low_s=_numbers, high_s=_numbers, model=_words)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    date: st.dates(date(2020, 1, 1), date(2090, 1, 1)),
    datetime: _instants,
    time: st.times(),
    bool: st.booleans(),
    int: _numbers,
    str: _words,
    ev.Quote: _quotes,
}


def _value_of(kind: Any) -> st.SearchStrategy[Any]:
    """A strategy for the type of a field; typed ids are strings."""
    kind = getattr(kind, "__supertype__", kind)
    if kind in _VALUES:
        return _VALUES[kind]
    if get_origin(kind) is dict:
        return _documents
    first, second = get_args(kind)
    if second is ...:
        return st.lists(_value_of(first), max_size=4).map(tuple)
    # An optional text is never empty: None says so.
    assert second is type(None)
    return st.none() | _value_of(first).filter(lambda value: value != "")


_events = st.one_of(
    *(
        st.builds(cls, **{name: _value_of(kind) for name, kind in get_type_hints(cls).items()})
        for cls in EVENT_TYPES.values()
    )
)


@given(_events)
def test_every_event_comes_back(event: ev.AnyEvent) -> None:
    payload, facts = codec.split(event)
    stored = codec.from_json(codec.to_json(payload))
    assert codec.join(type(event).__name__, stored, facts) == event
    assert codec.split(codec.join(type(event).__name__, stored, facts)) == (payload, facts)


@given(_events)
def test_what_is_forgotten_never_comes_back(event: ev.AnyEvent) -> None:
    payload, _ = codec.split(event)
    name = type(event).__name__
    forgotten = codec.join(name, codec.from_json(codec.to_json(payload)), {})
    for field in codec.EXPIRING[name]:
        assert getattr(forgotten, field) == (
            ev.EXPIRED if getattr(event, field) else getattr(event, field)
        )
    again, facts = codec.split(forgotten)
    assert (again, facts) == (payload, {})


# Strictness ---------------------------------------------------------------------------------
def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(BadValue, match="unknown event TicketEaten"):
        codec.join("TicketEaten", {}, {})
    with pytest.raises(BadValue, match="unknown command EatTicket"):
        codec.command("EatTicket", {})


@pytest.mark.parametrize("version", [0, -1, 2, 99])
def test_an_unknown_version_is_refused(version: int) -> None:
    """A log of a newer Motcua is not read half-way."""
    with pytest.raises(BadValue, match="unknown version"):
        codec.join("ServiceStarted", {"counter": "c"}, {}, version)


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"counter": "c", "colour": "red"}, "colour"),
        ({}, "counter"),
        ({"counter": 3}, "counter"),
        ({"counter": None}, "counter"),
    ],
)
def test_an_event_of_another_shape_is_refused_with_its_field(payload: Any, field: str) -> None:
    with pytest.raises(BadValue) as refused:
        codec.join("ServiceStarted", payload, {})
    assert refused.value.facts["field"] == field


#: Fields of commands that are no text.
_OTHER_KINDS: dict[str, Any] = {
    "level": 1,
    "call_seq": 1,
    "notice": 1,
    "alert": 1,
    "policy": {},
    "base": 1,
    "scheduled": 1,
    "since": "2026-11-24T02:05:00Z",
    "serial": 1,
    "issued_at": "2026-11-24T02:05:00Z",
}


@pytest.mark.parametrize("name", sorted(COMMAND_TYPES))
def test_a_command_with_an_unknown_field_is_refused(name: str) -> None:
    content = {"branch": "b", "command_id": "c"}
    needed = {
        f.name: "red" if f.name == "level" and f.type is str else _OTHER_KINDS.get(f.name, "x")
        for f in dataclasses.fields(COMMAND_TYPES[name])
        if f.default is f.default_factory is dataclasses.MISSING
    }
    assert type(codec.command(name, needed | content)).__name__ == name
    with pytest.raises(BadValue) as refused:
        codec.command(name, {**needed, **content, "colour": "red"})
    assert refused.value.facts["field"] == "colour"
    with pytest.raises(BadValue) as refused:
        codec.command(name, {"branch": "b"} | {k: v for k, v in needed.items() if k == "ticket"})
    assert refused.value.facts["field"] == "command_id"


@pytest.mark.parametrize("document", ["", "{", "nicht JSON", b"\xff", "{'a': 1}", "[1,]"])
def test_what_is_not_json_is_refused(document: str | bytes) -> None:
    with pytest.raises(BadValue) as refused:
        codec.from_json(document)
    assert refused.value.facts["field"] == "body"


def test_old_shapes_are_upcast(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an older version wrote is brought up step by step; types that did not change need none."""
    monkeypatch.setattr(codec, "SCHEMA_VERSION", 3)
    monkeypatch.setitem(codec.UPCASTERS, ("ServiceStarted", 1), lambda p: {"desk": p["place"]})
    monkeypatch.setitem(codec.UPCASTERS, ("ServiceStarted", 2), lambda p: {"counter": p["desk"]})
    assert codec.join("ServiceStarted", {"place": "c"}, {}, 1) == ev.ServiceStarted(counter="c")  # type: ignore[arg-type]
    assert codec.join("ServiceStarted", {"desk": "c"}, {}, 2) == ev.ServiceStarted(counter="c")  # type: ignore[arg-type]
    assert codec.join("CounterClosed", {"counter": "c"}, {}, 1) == ev.CounterClosed(counter="c")  # type: ignore[arg-type]


def test_a_catalogue_and_its_policy_come_back() -> None:
    made = catalogue()
    documents = codec.catalogue_document(made), codec.policy_document(made.policy)
    stored = [codec.from_json(codec.to_json(d)) for d in documents]
    assert codec.catalogue(*stored) == made
    with pytest.raises(msgspec.ValidationError):
        codec.catalogue({**stored[0], "queues": "A"}, stored[1])
