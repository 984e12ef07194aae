"""How such a call is declared, checked and put on record. The modules beside this one hold them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from server import audit
from server.access import Actor, Permission
from server.clock import Clock
from server.context import Context
from server.problems import WireError

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OfficeCall:
    """One call: what it needs, what it does, and whether it changes something."""

    needs: Permission
    function: Callable[[Context, Actor, Arguments], dict[str, Any]]
    is_change: bool = False
    #: Arguments that are put on record; never a secret.
    recorded: tuple[str, ...] = ()


def answer(
    calls: Mapping[str, OfficeCall],
    context: Context,
    actor: Actor,
    arguments: Arguments,
    address: str,
) -> dict[str, Any]:
    """Run a call by name. Raises `WireError`, or a refusal of the call itself.

    Changes and refusals are put on record.
    """
    name = str(arguments.get("name", ""))
    call = calls.get(name)
    if call is None:
        raise WireError("bad_value", 422, field="name", problem=name[:40])
    detail = {key: str(arguments.get(key, ""))[:120] for key in call.recorded}

    def record(outcome: str) -> None:
        audit.note(
            context.engine,
            at=Clock().now(),
            actor=str(actor),
            action=name,
            outcome=outcome,
            branch=actor.branch,
            address=address,
            **detail,
        )

    if not actor.may(call.needs):
        record("not_allowed")
        raise WireError("not_allowed", 403)
    result = call.function(context, actor, arguments)
    if call.is_change:
        record(audit.OK)
    return result


def text_of(arguments: Arguments, name: str, longest: int = 120) -> str:
    """An argument that must be there. Raises `WireError` naming it."""
    value = str(arguments.get(name, "") or "").strip()
    if not value or len(value) > longest or not value.isprintable():
        raise WireError("bad_value", 422, field=name, problem=f"1-{longest}")
    return value


NOTHING: Final[dict[str, Any]] = {}
