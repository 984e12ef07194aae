"""An office whose calling policy is published, and its hours."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from server import (
    branches,
    codec,
)
from server.domain import commands as cmd
from server.domain.catalogue import Hours, Policy, Window
from tests.server.office import BRANCH, Office, catalogue

#: Half past seven at the branch, the day after `NINE`.
TOMORROW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


def configured() -> Any:
    """Doors from half past seven to five on weekdays; closed on the 26th."""
    made = catalogue()
    window = Window(opens=time(8), closes=time(17), doors=time(7, 30), last_ticket=time(16, 45))
    weekly = ((window,),) * 5 + ((), ())
    hours = Hours(weekly=weekly, holidays=frozenset({datetime(2026, 11, 26).date()}))  # noqa: DTZ001
    return replace(made, hours=hours)


def in_force(office: Office) -> Policy:
    return branches.require(office.engine, BRANCH).policy


def document(**values: Any) -> dict[str, Any]:
    policy = replace(configured().policy, **values)
    return codec.policy_document(policy)


def publish(office: Office, effective: str = "now", **values: Any) -> None:
    base = in_force(office).version
    policy = codec.policy_document(replace(in_force(office), **values))
    content = {"policy": policy, "base": base, "effective": effective, "note": "thử", "by": "Hoa"}
    office.execute(cmd.PublishPolicy, **content)
