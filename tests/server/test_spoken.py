"""What walls are told to say besides calls, and the clips of notices that are read aloud."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from display.voice.sentences import for_browser
from display.voice.shelf import Shelf
from server import branches, relay, voice_jobs
from server.domain import commands as cmd
from server.domain.announcements import SPOKEN
from server.domain.hall import Voice
from server.domain.ids import CounterId
from server.relay import Relay
from server.screens import ScreenPusher
from server.settings import Settings
from server.spoken import by_themselves
from tests.server.hall import Recorder
from tests.server.office import BRANCH, A, B, Office, catalogue, installed

FIRST, SECOND = CounterId(f"{BRANCH}-1"), CounterId(f"{BRANCH}-2")
QUIET = Voice(speaks=("call", "recall", "emergency"))
TALKATIVE = Voice(speaks=SPOKEN, languages=("vi", "en"))


class Hall(Office):
    """An office that keeps what its walls are told."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.engine)
        self._sent = Recorder()
        pusher = ScreenPusher(self.engine, self._sent, lambda: self.now)
        pusher.pulse()
        self._relay = Relay(self.engine, {"screens": pusher.push})
        self._relay.deliver()

    def configure(self, voice: Voice, recalls: int = 0) -> None:
        """Another voice, and recalls wanted before a no-show."""
        known = branches.require(self.engine, BRANCH)
        policy = replace(known.policy, recalls_before_no_show=recalls)
        new = replace(known, voice=voice, policy=policy)
        branches.apply(self.engine, new, now=self.now, actor="test")
        self.told()

    def told(self) -> list[dict[str, Any]]:
        """The changes of the walls since the last time."""
        self._sent.sent.clear()
        self._relay.deliver()
        return [m for to, event, m, _ in self._sent.sent if (to, event) == ("display", "change")]

    def said(self, kind: type[cmd.AnyCommand], **content: Any) -> list[dict[str, Any]]:
        """Run a command; what is announced of it."""
        self.execute(kind, **content)
        return [m["announce"] for m in self.told() if "announce" in m]


@pytest.fixture
def hall(database_url: str) -> Iterator[Hall]:
    with installed(database_url) as engine:
        made = Hall(Office(engine))
        for _ in range(3):
            made.issue(A)
        made.open(1)
        made.open(2)
        made.told()
        yield made


def _recalls(hall: Hall, times: int) -> list[dict[str, Any]]:
    hall.execute(cmd.CallNext, counter=FIRST)
    hall.told()
    return [said for _ in range(times) for said in hall.said(cmd.RecallTicket, counter=FIRST)]


def test_the_recall_that_allows_a_no_show_is_the_last_call(hall: Hall) -> None:
    hall.configure(TALKATIVE, recalls=2)
    first, second, third = _recalls(hall, 3)
    assert [said["kind"] for said in (first, second, third)] == ["recall", "last_call", "recall"]
    assert second["words"]["vi"][:2] == ["nhắc lại lần", "ba."]
    assert second["words"]["vi"][-1] == "vui lòng liên hệ bàn hướng dẫn."
    assert second["text"]["vi"].endswith(second["line"]["vi"])
    assert second["line"]["en"].startswith("This is the last call.")
    assert "line" not in first


@pytest.mark.parametrize(("voice", "recalls"), [(QUIET, 1), (TALKATIVE, 0)])
def test_no_last_call_where_nobody_wants_it_or_none_is_needed(
    hall: Hall, voice: Voice, recalls: int
) -> None:
    hall.configure(voice, recalls)
    assert [said["kind"] for said in _recalls(hall, 2)] == ["recall", "recall"]


@pytest.mark.parametrize("voice", [TALKATIVE, QUIET])
def test_a_forward_is_told_with_its_counter_and_its_undo_is_known(hall: Hall, voice: Voice) -> None:
    hall.configure(voice)
    hall.execute(cmd.CallNext, counter=FIRST)
    hall.execute(cmd.StartService, counter=FIRST)
    hall.told()
    (said,) = hall.said(cmd.TransferTicket, counter=FIRST, reason="x", to_counter=SECOND)
    assert (said["kind"], said["number"]) == ("forward", "A001")
    assert (said["counter"], said["from_counter"]) == (2, 1)
    assert said["aloud"] == (voice is TALKATIVE), "shown in any case"
    assert "chuyển đến quầy số" in " ".join(said["words"]["vi"])
    assert said["service"]["vi"]
    hall.execute(cmd.UndoLast, counter=FIRST)
    (undone,) = hall.told()
    assert undone["event"]["type"] == "StepUndone"
    (ticket,) = undone["rows"]["calls"]
    assert ticket == undone["event"]["ticket"]


@pytest.mark.parametrize("target", [{"to_queue": B}, {"to_officer": "Lan"}])
def test_where_nobody_knows_the_counter_nobody_is_sent(hall: Hall, target: dict[str, str]) -> None:
    hall.configure(TALKATIVE)
    hall.execute(cmd.CallNext, counter=FIRST)
    hall.told()
    assert hall.said(cmd.TransferTicket, counter=FIRST, reason="x", **target) == []


def _pause(hall: Hall, back_in_minutes: float | None = None) -> list[dict[str, Any]]:
    back = hall.now + timedelta(minutes=back_in_minutes) if back_in_minutes else None
    said = hall.said(cmd.PauseCounter, counter=FIRST, reason="nghỉ", return_at=back)
    hall.execute(cmd.ResumeCounter, counter=FIRST)
    hall.told()
    return said


def test_a_pause_is_told_to_those_who_wait_and_only_if_wanted(hall: Hall) -> None:
    assert _pause(hall) == [], "off unless asked for"
    hall.configure(TALKATIVE)
    (plain,), (timed,), (long,) = _pause(hall), _pause(hall, 9.2), _pause(hall, 200)
    assert plain["words"]["vi"][:3] == ["quầy số", "một", "tạm dừng phục vụ."]
    assert timed["words"]["vi"][2:5] == ["tạm dừng phục vụ khoảng", "mười", "phút."]
    assert long["words"] == plain["words"]
    assert {said["kind"] for said in (plain, timed, long)} == {"pause"}
    for _ in range(3):
        hall.serve(FIRST)
    hall.told()
    assert _pause(hall) == [], "nobody waits"


def test_a_notice_is_spoken_if_asked_for_and_wanted(hall: Hall) -> None:
    hall.configure(TALKATIVE)
    words = {"text_vi": "Máy photo đã hỏng", "text_en": ""}
    assert hall.said(cmd.PostNotice, **words) == []
    (said,) = hall.said(cmd.PostNotice, **words, aloud=True)
    assert (said["kind"], said["number"], said["languages"]) == ("notice", "", ["vi"])
    assert len(said["words"]["vi"]) == 1
    assert datetime.fromisoformat(said["expires_at"]) == hall.now + timedelta(minutes=2)
    assert hall.said(cmd.PostNotice, **words, aloud=True, emergency=True) == []
    hall.configure(QUIET)
    assert hall.said(cmd.PostNotice, **words, aloud=True) == []


def test_a_wall_knows_beforehand_what_it_says_alone() -> None:
    known = catalogue()
    told = by_themselves(replace(known, voice=replace(TALKATIVE, closing_minutes=21)))
    assert told["closing"]["words"]["vi"][:4] == [
        "còn",
        "hai mươi",
        "mốt",
        "phút nữa hết giờ nhận số.",
    ]
    assert told["closing"]["languages"] == ["vi", "en"]
    assert told["outage"]["text"]["vi"].startswith("Hệ thống gọi số đang gián đoạn.")
    silent = by_themselves(replace(known, voice=QUIET))
    assert silent["closing"] is silent["outage"] is None
    assert silent["attention"]


def test_the_last_ticket_of_the_day_is_known_until_the_day_is_closed(hall: Hall) -> None:
    def told() -> Any:
        view = ScreenPusher(hall.engine, Recorder(), lambda: hall.now)._board(BRANCH).view()
        return view.tables("display")["hall"]["today"]["last_ticket"]

    assert told() is not None
    hall.execute(cmd.CloseDay)
    assert told() is None


@pytest.fixture
def settings(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", redis_url)
    return Settings(data=tmp_path, redis_url=redis_url)


def _waiting(settings: Settings) -> list[str]:
    with Redis.from_url(settings.redis_url) as redis:
        return Queue(voice_jobs.QUEUE, connection=redis, serializer=JSONSerializer).job_ids


def test_a_notice_told_twice_has_one_clip_in_each_language(hall: Hall, settings: Settings) -> None:
    hall.configure(TALKATIVE)
    caller = voice_jobs.NoticeCaller(hall.engine, settings, lambda: hall.now)
    hall.execute(cmd.PostNotice, text_vi="Chỉ hiện", text_en="Shown only")
    hall.execute(cmd.PostNotice, text_vi="Mời ra sân", text_en="Please go outside", aloud=True)
    caller(BRANCH, hall.events())
    caller(BRANCH, hall.events())
    assert sorted(name.rsplit("-", 1)[0] for name in _waiting(settings)) == [
        "voice-notice-en",
        "voice-notice-vi",
    ]
    _work(settings)
    manifests = [for_browser(Shelf(settings.data / "voice", lang)) for lang in ("vi", "en")]
    assert [list(m["words"]) for m in manifests] == [["Mời ra sân"], ["Please go outside"]]
    caller(BRANCH, hall.events())
    _work(settings)
    again = [for_browser(Shelf(settings.data / "voice", lang)) for lang in ("vi", "en")]
    assert again == manifests


def _work(settings: Settings) -> None:
    with Redis.from_url(settings.redis_url) as redis:
        queue = Queue(voice_jobs.QUEUE, connection=redis, serializer=JSONSerializer)
        SimpleWorker([queue], connection=redis, serializer=JSONSerializer).work(
            burst=True, logging_level="CRITICAL"
        )


def test_what_walls_will_not_say_any_more_is_not_made(hall: Hall, settings: Settings) -> None:
    hall.execute(cmd.PostNotice, text_vi="Mời ra sân", aloud=True)
    caller = voice_jobs.NoticeCaller(hall.engine, settings, lambda: hall.now)
    hall.now += timedelta(minutes=2)
    caller(BRANCH, hall.events())
    assert _waiting(settings) == []


def test_without_redis_the_relay_asks_again(hall: Hall, settings: Settings) -> None:
    hall.execute(cmd.PostNotice, text_vi="Mời ra sân", aloud=True)
    away = replace(settings, redis_url="redis://127.0.0.1:1/0")
    caller = voice_jobs.NoticeCaller(hall.engine, away, lambda: hall.now)
    tailing = Relay(hall.engine, {"voices": caller})
    tailing.deliver()
    assert tailing.lag > 0


def test_the_notices_of_an_imported_log_are_not_spoken(hall: Hall) -> None:
    relay.pass_over(hall.engine, BRANCH, 99)
    seen: list[Any] = []
    Relay(hall.engine, {"voices": lambda _branch, batch: seen.extend(batch)}).deliver()
    assert seen == []
