"""Who may do what: the table written out and approved, and held at the entry points."""

import itertools
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from server.access import GRANTABLE, MAY, NEEDS, STAFF, Actor, Permission, Role, require
from server.context import Context
from server.domain import commands as cmd
from server.domain.commands import COMMAND_TYPES
from server.domain.errors import NotAllowed, Refused, UnknownBranch
from server.domain.ids import BranchId, CounterId
from tests.live_office import BRANCH as LIVE
from tests.server.signing import application, context_of

HERE, ELSEWHERE = BranchId("thu"), BranchId("khac")

_DESK = [
    "CallNext",
    "RecallTicket",
    "StartService",
    "CompleteService",
    "RecordNoShow",
    "ParkTicket",
    "ResumeTicket",
    "TransferTicket",
    "AddService",
    "UndoLast",
    "ConfirmPriority",
    "OpenCounter",
    "PauseCounter",
    "ResumeCounter",
    "CloseCounter",
    "HandOverCounter",
    "IssueTicket",
    "ReinstateTicket",
    "CancelTicket",
    "ChangePriority",
    "ReprintSlip",
    "WaiveSlip",
]
#: Role -> the commands it may send. A change here is a change of who may do what: approve it.
APPROVED: dict[str, set[str]] = {
    "kiosk": {"IssueTicket"},
    "agent": {"GrantBlock", "HandInTicket", "ReportPrinter", "RecordPrint"},
    "display": {"RecordAnnouncement"},
    "rating": {"RateTicket"},
    "ticket": {"CancelTicket", "YieldPlace", "RateTicket"},
    "api": {
        *_DESK,
        "CallTicket",
        "RateTicket",
        "ReleaseCounter",
        "PostNotice",
        "WithdrawNotice",
        "CloseDay",
        *("DeclareAbsence", "WithdrawAbsence", "PublishRoster"),
    },
    "officer": {*_DESK},
    "supervisor": {
        *_DESK,
        "CallTicket",
        "ReleaseCounter",
        "PostNotice",
        "WithdrawNotice",
        "AcknowledgeAlert",
        *("DeclareAbsence", "WithdrawAbsence"),
    },
    "manager": {
        *("ReinstateTicket", "CancelTicket", "ChangePriority", "ReprintSlip", "WaiveSlip"),
        *("ReleaseCounter", "PostNotice", "WithdrawNotice", "CloseDay", "SettleFollowUp"),
        "AcknowledgeAlert",
        *("DeclareAbsence", "WithdrawAbsence", "PublishRoster"),
        *("PublishPolicy", "WithdrawPolicy"),
    },
    "administrator": {"PostNotice", "WithdrawNotice"},
    "auditor": set(),
}
#: Values for the fields that a command cannot do without.
_CONTENT: dict[str, Any] = {
    "counter": CounterId("thu-1"), "notice": 1, "ticket": "t1", "reason": "x", "outcome": "xong", "service": "s",
    "queue": "A", "to": "minh", "level": 5, "note": "x", "job": "j", "printer": "p", "display": "d",
    "call_seq": 1, "how": "shown", "text_vi": "x", "device": "k", "block": "b", "serial": 1,
    "issued_at": datetime(2026, 11, 24, 2, tzinfo=UTC), "state": "ok",
    "rule": "breach", "subject": "A", "since": datetime(2026, 11, 24, 2, tzinfo=UTC), "alert": 1,
    "policy": {}, "base": 1, "scheduled": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    with application(tmp_path_factory.mktemp("access")) as app:
        yield context_of(app)


def _command(name: str, branch: BranchId = HERE, **more: Any) -> cmd.AnyCommand:
    kind = COMMAND_TYPES[name]
    known = {f: v for f, v in (_CONTENT | more).items() if f in kind.__dataclass_fields__}
    return kind(branch=branch, command_id=uuid.uuid4().hex, **known)


def _actor(role: str, **more: Any) -> Actor:
    return Actor(role=Role(role), id="x", branch=HERE, **more)


@pytest.mark.parametrize(("role", "name"), list(itertools.product(APPROVED, COMMAND_TYPES)))
def test_every_command_of_every_role(role: str, name: str) -> None:
    command = _command(name)
    if name in APPROVED[role]:
        require(_actor(role), command)
    else:
        with pytest.raises(NotAllowed) as refused:
            require(_actor(role), command)
        assert refused.value.status == 403
    # Another branch's things are unknown, whatever the role may do (rule O2).
    with pytest.raises(UnknownBranch):
        require(_actor(role), _command(name, ELSEWHERE))


def test_the_table_is_whole() -> None:
    assert set(MAY) == set(Role)
    assert set(NEEDS) == set(COMMAND_TYPES.values())
    assert set(APPROVED) == {role.value for role in Role}
    used = {p for needed in NEEDS.values() for p in needed} | {
        p for may in MAY.values() for p in may
    }
    assert used == set(Permission)


@pytest.mark.parametrize("permission", GRANTABLE)
def test_a_grant_gives_one_thing_more(permission: Permission) -> None:
    granted = _actor("officer", grants=frozenset({permission}))
    plain = _actor("officer")
    for name, kind in COMMAND_TYPES.items():
        if permission in NEEDS[kind]:
            require(granted, _command(name))
        elif name not in APPROVED["officer"]:
            with pytest.raises(NotAllowed):
                require(granted, _command(name))
    assert not plain.may(permission)
    assert granted.may(permission)


def test_who_is_bound_to_a_counter_acts_there_alone() -> None:
    bound = _actor("officer", counter=CounterId("thu-2"))
    for name in ("CallNext", "OpenCounter", "CloseCounter"):
        with pytest.raises(NotAllowed):
            require(bound, _command(name))
    require(_actor("officer", counter=CounterId("thu-1")), _command("CallNext"))


def test_nobody_may_both_serve_and_rate_or_manage_people_and_serve() -> None:
    for role in STAFF:
        assert not {Permission.SERVE, Permission.RATE} <= MAY[role]
        assert not {Permission.SERVE, Permission.MANAGE_PEOPLE} <= MAY[role]
        assert Permission.RATE not in MAY[role]
    assert Permission.MANAGE_PEOPLE not in GRANTABLE
    assert Permission.SERVE not in GRANTABLE


@pytest.mark.parametrize("name", sorted(COMMAND_TYPES))
def test_the_table_holds_where_commands_enter(entered: Context, name: str) -> None:
    """Through `Context.execute`, by which sockets, REST and pages all go: refused and let in."""
    kind = COMMAND_TYPES[name]
    for role, approved in APPROVED.items():
        actor = Actor(role=Role(role), id="x", branch=LIVE)
        if kind is cmd.RateTicket and role == "rating":
            actor = Actor(role=Role(role), id="x", branch=LIVE, counter=CounterId(f"{LIVE}-1"))
        command = _command(name, LIVE, counter=CounterId(f"{LIVE}-1"))
        # A command that was let in may still be refused by the rules; here only by whom it is from.
        try:
            entered.execute(command, actor)
            code = "ok"
        except Refused as refusal:
            code = refusal.code
        assert (code == "not_allowed") == (name not in approved), (role, code)
        with pytest.raises(UnknownBranch):
            entered.execute(_command(name, ELSEWHERE), actor)
