"""Snapshot, then changes: every screen that followed shows what one opened now would show (S5, S6)."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from server import codec, replies, views
from server.domain import commands as cmd
from server.domain.commands import COMMAND_TYPES
from server.domain.errors import Refused
from server.domain.ids import CounterId, TicketId
from server.domain.shifts import Shift
from server.relay import Relay
from server.screens import ScreenPusher, follow_up_room
from tests.server.hall import Hall, Recorder, merged
from tests.server.office import BRANCH, A, B, Office, catalogue, handed_in, installed, press


@pytest.fixture
def hall(database_url: str) -> Iterator[Hall]:
    with installed(database_url) as engine:
        yield Hall(Office(engine))


def test_every_command_keeps_every_screen_current(hall: Hall) -> None:
    """The clock stands still: whatever changes is carried by the event itself (style.md 2.5)."""
    office, issue = hall, cmd.IssueTicket
    first = office.press(issue, queue=A, priority="CT")
    second = office.press(issue, queue=B)
    others = [office.press(issue, queue=q) for q in (A, B, A, A)]
    one = {"counter": f"{BRANCH}-1"}
    office.press(cmd.OpenCounter, **one, officer="Lan")
    assert office.press(cmd.CallNext, **one)["id"] == first["id"]
    office.press(cmd.RecordAnnouncement, display="d1", call_seq=office.seq["display"], how="shown")
    office.press(cmd.RecallTicket, **one)
    office.press(cmd.ConfirmPriority, **one, ticket=first["id"])
    office.press(cmd.StartService, **one)
    office.press(cmd.AddService, **one, service="s-b", outcome="xong")
    office.press(cmd.CompleteService, **one, outcome="xong", dossier_code="H26")
    office.press(cmd.RateTicket, ticket=first["id"], level=2, comment="chậm")
    office.press(cmd.SettleFollowUp, ticket=first["id"], note="Đã xin lỗi")
    office.press(cmd.HandOverCounter, **one, to="minh", officer="Minh")
    office.press(cmd.RecordPrint, ticket=second["id"], job="j", printer="p", code="unconfirmed")
    office.press(cmd.YieldPlace, ticket=others[0]["id"])
    office.press(cmd.ReprintSlip, ticket=second["id"])
    office.press(cmd.WaiveSlip, ticket=second["id"])
    office.press(cmd.GrantBlock, device="k1", queue=A)
    office.press(cmd.HandInTicket, **handed_in(990))
    office.press(cmd.HandInTicket, **handed_in(991, "unconfirmed"))
    office.press(cmd.ReportPrinter, device="k1", state="paper_low")
    office.press(cmd.CallNext, **one)
    office.press(cmd.UndoLast, **one)
    gone = office.press(cmd.CallNext, **one)
    office.press(cmd.RecordNoShow, **one)
    office.press(cmd.ReinstateTicket, ticket=gone["id"], reason="x")
    office.press(cmd.CallNext, **one)
    parked = office.press(cmd.ParkTicket, **one, reason="x")
    office.press(cmd.ResumeTicket, **one, ticket=parked["id"], to_counter=True)
    office.press(cmd.TransferTicket, **one, reason="x", to_counter=f"{BRANCH}-2", note="n")
    office.press(cmd.ChangePriority, ticket=others[3]["id"], priority="KC", reason="x")
    office.press(cmd.CallTicket, **one, ticket=others[3]["id"], reason="x")
    office.press(cmd.ReleaseCounter, **one, reason="x")
    office.press(cmd.CancelTicket, ticket=others[3]["id"])
    office.press(cmd.OpenCounter, **one, officer="Minh")
    office.press(cmd.PauseCounter, **one, reason="x")
    office.press(cmd.ResumeCounter, **one)
    office.press(cmd.CallNext, **one)
    office.press(cmd.StartService, **one)
    office.press(cmd.CallNext, **one, outcome="xong")
    office.press(cmd.RecordNoShow, **one)
    office.press(cmd.CloseCounter, **one)
    _of_the_branch(office)
    office.press(cmd.CloseDay)
    assert office.used == set(COMMAND_TYPES)
    _each_seq_once(office)


def _roster(office: Hall) -> None:
    two = CounterId(f"{BRANCH}-2")
    office.press(cmd.DeclareAbsence, counter=two, reason="leave")
    office.press(cmd.WithdrawAbsence, counter=two)
    office.press(cmd.DeclareAbsence, counter=two, since=time(13, 30))
    shift = Shift(counter=two, weekdays=(0,), opens=time(8), closes=time(11))
    office.press(cmd.PublishRoster, shifts=(shift,))


def _policies(office: Hall) -> None:
    policy = codec.policy_document(replace(catalogue().policy, rating_hours=48))
    office.press(cmd.PublishPolicy, policy=policy, base=1, note="x")
    office.press(cmd.WithdrawPolicy, scheduled=office.events()[-1].seq)
    office.press(cmd.PublishPolicy, policy=policy, base=1, note="x", effective="now")


def _of_the_branch(office: Hall) -> None:
    _notices(office)
    _policies(office)


def _notices(office: Hall) -> None:
    _roster(office)
    office.press(cmd.PostNotice, text_vi="Cháy", text_en="Fire", emergency=True)
    office.press(cmd.WithdrawNotice, notice=office.events()[-1].seq)
    office.press(cmd.PostNotice, text_vi="Thông báo", text_en="Notice")
    office.press(
        cmd.RaiseAlert, rule="no_counter", subject=A, level="red", since=office.now,
        figures={"queue": A, "number": "A001", "waiting": 3, "help": [{"counter": 1, "how": "closed"}]},
    )  # fmt: skip
    raised = office.events()[-1].seq
    office.press(cmd.AcknowledgeAlert, alert=raised, by="Lan", word="đã gọi quầy 2")
    office.press(cmd.ClearAlert, alert=raised)


def _each_seq_once(hall: Hall) -> None:
    seqs = [r.seq for r in hall.events() if r.seq > 2]
    for audience in set(views.AUDIENCES) - {"ticket"}:
        assert [m["seq"] for m in hall.changes[audience]] == seqs


@pytest.mark.parametrize("seed", range(2))
def test_screens_meet_after_any_history_delivered_in_any_batches(hall: Hall, seed: int) -> None:
    """Events that wait together share their rows; the clock runs, and pulses come in between."""
    chance = random.Random(seed)
    known: list[TicketId] = []
    hall.press(cmd.OpenCounter, counter=f"{BRANCH}-1", officer="Lan")
    for step in range(120):
        hall.now += timedelta(seconds=chance.uniform(0, 40))
        kind, content = press(chance, known, hall.seq["display"])
        try:
            ticket = hall.do(kind, **content)
        except Refused:
            continue
        if ticket and ticket["id"] not in known:
            known.append(ticket["id"])
        if chance.random() < 0.4:
            hall.relay.deliver()
        if step % 10 == 9:
            hall.relay.deliver()
            hall.pusher.pulse()
            hall.receive()
            hall.compare()
    assert len(known) > 10
    hall.relay.deliver()
    hall.pusher.pulse()
    hall.receive()
    hall.compare()
    _each_seq_once(hall)


def test_a_call_and_a_recall_are_announced_on_displays_alone(hall: Hall) -> None:
    """Rule S3: whatever made the call, the board gets its sentence."""
    hall.press(cmd.IssueTicket, queue=A)
    hall.press(cmd.OpenCounter, counter=f"{BRANCH}-1", officer="Lan")
    hall.press(cmd.CallNext, counter=f"{BRANCH}-1")
    hall.now += timedelta(seconds=20)
    hall.press(cmd.RecallTicket, counter=f"{BRANCH}-1")
    spoken = [m["announce"] for m in hall.changes["display"] if "announce" in m]
    called, recalled = spoken
    assert [s["kind"] for s in spoken] == ["call", "recall"]
    assert [s["seq"] for s in spoken] == [5, 6]
    assert {(s["number"], s["counter"]) for s in spoken} == {("A001", 1)}
    assert all(s["text"]["vi"] and s["text"]["en"] and s["words"]["vi"] for s in spoken)
    assert called["words"]["vi"][-2:] == ["đến quầy số", "một."]
    assert called["languages"] == ["vi"]
    until = [datetime.fromisoformat(s["expires_at"]) for s in (called, recalled)]
    assert until[1] - until[0] == timedelta(seconds=20)
    for audience in views.AUDIENCES:
        if audience != "display":
            assert not any("announce" in m for m in hall.changes[audience])


def test_no_phone_hears_of_another_ticket(hall: Hall) -> None:
    """Each holder gets its own row; the room of all gets numbers, never an id (rule O1)."""
    tickets = [hall.press(cmd.IssueTicket, queue=A)["id"] for _ in range(4)]
    hall.press(cmd.OpenCounter, counter=f"{BRANCH}-1", officer="Lan")
    to_all, to_one = [], defaultdict(list)

    def keep() -> None:
        for audience, _, message, room in hall.recorder.sent:
            if audience == "ticket" and room == BRANCH:
                to_all.append(message)
            elif audience == "ticket":
                to_one[room.removeprefix("ticket:")].append(message)

    for kind, content in (
        (cmd.CallNext, {}), (cmd.RecallTicket, {}), (cmd.StartService, {}),
        (cmd.TransferTicket, {"reason": "x", "to_queue": B}), (cmd.CallNext, {}),
        (cmd.RecordNoShow, {}),
    ):  # fmt: skip
        hall.do(kind, counter=f"{BRANCH}-1", **content)
        hall.relay.deliver()
        hall.pusher.tell_phones()
        keep()
        hall.receive()
    assert to_all
    written = replies_json(to_all)
    assert not any(ticket in written for ticket in tickets)
    assert "Lan" not in written
    assert set(to_one) <= set(tickets)
    assert len(to_one) >= 2
    for ticket, messages in to_one.items():
        others = [t for t in tickets if t != ticket]
        assert not any(other in replies_json(messages) for other in others)
        assert len({m["rows"]["tickets"]["mine"]["number"] for m in messages}) == 1


def replies_json(messages: Any) -> str:
    from server import codec

    return codec.to_json(messages)


def test_a_pulse_carries_what_only_time_has_changed(hall: Hall) -> None:
    """Rule S12: the kiosk closes and opens by the clock, without an event."""
    hall.press(cmd.IssueTicket, queue=A)
    hall.pusher.pulse()
    quiet = [(a, m) for a, e, m, room in hall.recorder.sent if e == "pulse" and room == BRANCH]
    assert sorted(a for a, _ in quiet) == sorted(views.AUDIENCES)
    assert all("rows" not in m for _, m in quiet), "nothing has changed, nothing is sent"
    assert {m["at"] for _, m in quiet} == {replies.instant(hall.now)}
    hall.receive()
    hall.now += timedelta(days=1)
    hall.pusher.pulse()
    assert any(m.get("rows") for _, _, m, _ in hall.recorder.sent)
    hall.receive()
    hall.compare()


def test_a_screen_that_missed_a_change_learns_it_from_the_next_pulse(hall: Hall) -> None:
    """Rules S1, S6: a push that fails is not lost; its seq is in the pulse, and it is not repeated."""
    real = hall.recorder.emit

    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError

    hall.recorder.emit = away  # type: ignore[method-assign]
    hall.do(cmd.IssueTicket, queue=A)
    hall.relay.deliver()
    hall.recorder.emit = real  # type: ignore[method-assign]
    hall.relay._retry_at.clear()
    hall.relay.deliver()
    hall.pusher.pulse()
    pulses = [m for _, e, m, room in hall.recorder.sent if e == "pulse" and room == BRANCH]
    assert {m["seq"] for m in pulses} == {hall.seq["display"] + 1}
    fresh = hall.fresh()
    for audience in views.AUDIENCES:
        hall.seq[audience] = fresh.state.seq
        hall.screens[audience] = fresh.tables(audience)
    hall.recorder.sent.clear()
    hall.press(cmd.IssueTicket, queue=B)


def test_a_relay_that_starts_anew_repeats_nothing_to_screens(hall: Hall) -> None:
    """Old news is not sent again: nothing chimes twice (rule S4)."""
    hall.press(cmd.IssueTicket, queue=A)
    hall.press(cmd.OpenCounter, counter=f"{BRANCH}-1", officer="Lan")
    hall.press(cmd.CallNext, counter=f"{BRANCH}-1")
    recorder = Recorder()
    pusher = ScreenPusher(hall.engine, recorder, lambda: hall.now)
    Relay(hall.engine, {"screens": pusher.push}).deliver()
    assert recorder.sent == []


def test_a_subscriber_that_fails_is_asked_again_and_holds_up_nobody(hall: Hall) -> None:
    seen: list[int] = []
    failing = [True]

    def fragile(_branch: str, batch: Any) -> None:
        if failing.pop() if failing else False:
            raise ConnectionError
        seen.extend(r.seq for r in batch)

    steady: list[int] = []
    relay = Relay(
        hall.engine,
        {"fragile": fragile, "steady": lambda _b, batch: steady.extend(r.seq for r in batch)},
    )
    relay.deliver()
    assert steady == [1, 2]
    assert seen == []
    relay._retry_at.clear()
    relay.deliver()
    assert seen == [1, 2]


@pytest.mark.parametrize("seed", range(3))
def test_a_snapshot_taken_between_events_that_travel_together(hall: Hall, seed: int) -> None:
    """Rule S5: what changed and changed back within a batch reaches who came in the middle of it."""
    chance = random.Random(seed)
    known: list[TicketId] = []
    hall.press(cmd.OpenCounter, counter=f"{BRANCH}-1", officer="Lan")
    for _ in range(25):
        middle: list[tuple[int, dict[str, Any]]] = []
        for _ in range(chance.randint(2, 6)):
            kind, content = press(chance, known, hall.seq["display"])
            try:
                ticket = hall.do(kind, **content)
            except Refused:
                continue
            if ticket and ticket["id"] not in known:
                known.append(ticket["id"])
            fresh = hall.fresh()
            middle.append((fresh.state.seq, {a: fresh.tables(a) for a in views.AUDIENCES}))
        hall.relay.deliver()
        hall.pusher.tell_phones()
        sent = [s for s in hall.recorder.sent if s[3] == BRANCH]
        hall.receive()
        hall.compare()
        for seq, screens in middle:
            for audience, _, message, _ in sent:
                if message["seq"] > seq:
                    screens[audience] = merged(screens[audience], message.get("rows", {}))
            assert screens == hall.screens


def test_nothing_is_computed_for_nobody_and_who_comes_then_is_current(hall: Hall) -> None:
    """An audience without a listener is left out; its next listener is told to take a snapshot."""
    listening = {"/manager": False}
    looks_into = follow_up_room(BRANCH)
    pusher = ScreenPusher(
        hall.engine, hall.recorder, lambda: hall.now, lambda _, name: listening.get(name, True)
    )
    hall.relay = Relay(hall.engine, {"screens": pusher.push})
    hall.relay.deliver()
    pusher.pulse()
    hall.recorder.sent.clear()
    hall.do(cmd.IssueTicket, queue=A)
    hall.relay.deliver()
    pusher.tell_phones()
    assert {a for a, _, _, _ in hall.recorder.sent} == {*views.AUDIENCES} - {"manager"}
    hall.recorder.sent.clear()
    listening["/manager"] = True
    snapshot = hall.fresh()
    hall.do(cmd.IssueTicket, queue=B)
    hall.relay.deliver()
    to_manager = [(e, m) for _, e, m, room in hall.recorder.sent if room == looks_into]
    assert [e for e, _ in to_manager] == ["pulse"]
    assert to_manager[0][1]["seq"] > snapshot.state.seq, "a gap: the screen asks for a snapshot"
    hall.recorder.sent.clear()
    screen = hall.fresh().tables("manager")
    hall.do(cmd.IssueTicket, queue=B)
    hall.relay.deliver()
    (change,) = [m for _, _, m, room in hall.recorder.sent if room == looks_into]
    assert merged(screen, change["rows"]) == hall.fresh().tables("manager")
