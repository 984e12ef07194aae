"""Alerts leave by e-mail and webhook: to a real mail server and a real receiver, once, or later."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from server import alert_messages, jobs, settings, webhooks
from server.alert_messages import Messenger
from server.beside_worker import BesideWorker
from server.clock import Clock
from server.domain import commands as cmd
from server.domain.alert_settings import AlertSettings
from server.relay import Relay
from server.settings import Settings, SettingsError
from tests.live_office import free_port
from tests.server.office import BRANCH, NINE, Office, catalogue, installed

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, or so").decode()
MAIL = "lanh-dao@motcua.example"


class Post:
    """A mail server; while `is_well` is false it takes nothing."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.is_well = True

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if not self.is_well:
            return "451 later"
        self.got.append(
            (envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default))
        )
        return "250 OK"


class Receiver(BaseHTTPRequestHandler):
    """A webhook's receiver, as a city would write one."""

    got: list[dict[str, Any]]
    status: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = (
            f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        )
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert wanted in self.headers["webhook-signature"].split(" ")
        assert abs(Clock().now().timestamp() - int(self.headers["webhook-timestamp"])) < 300
        type(self).got.append({"id": self.headers["webhook-id"], **json.loads(body)})
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class Outside:
    """The office, with the world that hears of its alerts."""

    def __init__(self, office: Office, redis_url: str, post: Post, receiver: Any) -> None:
        self.office, self.post, self.receiver = office, post, receiver
        self.redis = Redis.from_url(redis_url)
        self.queue = Queue(alert_messages.QUEUE, connection=self.redis, serializer=JSONSerializer)
        loaded = settings.load()
        self.messenger = Messenger(office.engine, loaded, lambda: office.now)
        self.relay = Relay(office.engine, {"alerts": self.messenger})

    def raise_alert(self, subject: str = "A") -> int:
        figures = {"queue": subject, "number": "A001", "from": NINE.isoformat(), "waiting": 2, "open": 0,
                   "limit": 30, "help": [{"counter": 1, "how": "closed"}]}  # fmt: skip
        self.office.do(
            cmd.RaiseAlert, rule="breach", subject=subject, level="red", since=NINE, figures=figures
        )
        self.relay.deliver()
        return self.office.events()[-1].seq

    def work(self) -> None:
        """Run every waiting job in a thread, as the worker does."""

        def run() -> None:
            worker = BesideWorker([self.queue], connection=self.redis, serializer=JSONSerializer)
            worker.work(burst=True, logging_level="CRITICAL")

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(timeout=60)
        assert not thread.is_alive()


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    handler, port = Post(), free_port()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    yield handler, port
    server.stop()


@pytest.fixture
def outside(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    post: tuple[Post, int],
) -> Iterator[Outside]:
    receiver = type("Here", (Receiver,), {"got": [], "status": 200})
    server = ThreadingHTTPServer(("127.0.0.1", 0), receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told = AlertSettings(
        mail=(MAIL,), webhooks=(f"http://127.0.0.1:{server.server_port}/canh-bao?a=1",)
    )
    for name, value in {
        "MOTCUA_DATA": str(tmp_path), "DATABASE_URL": database_url, "REDIS_URL": redis_url,
        "MOTCUA_SMTP": f"smtp://127.0.0.1:{post[1]}", "MOTCUA_SMTP_FROM": "motcua@motcua.example",
        "MOTCUA_WEBHOOK_SECRET": SECRET, "MOTCUA_WEBHOOK_PRIVATE": "true",
        "MOTCUA_PUBLIC_URL": "https://motcua.example",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    jobs.parts.cache_clear()
    with installed(database_url, replace(catalogue(), alerts=told)) as engine:
        yield Outside(Office(engine), redis_url, post[0], receiver)
    jobs.parts()[1].dispose()
    jobs.parts.cache_clear()
    server.shutdown()
    server.server_close()


def test_an_alert_is_told_once_by_mail_and_by_webhook_however_often_it_is_delivered(
    outside: Outside,
) -> None:
    seq = outside.raise_alert()
    outside.messenger(BRANCH, outside.office.events())
    outside.work()
    outside.messenger(BRANCH, outside.office.events())
    outside.work()
    ((to, message),) = outside.post.got
    assert to == [MAIL]
    assert message["Subject"] == "[Điểm thử] Quá chỉ tiêu chờ: A"
    assert message["From"] == "motcua@motcua.example"
    text = message.get_content()
    assert "Số A\u2009001 chờ từ 09:00, đã quá 30 phút." in text
    assert "Quầy có thể hỗ trợ: 1 (đang đóng)." in text
    assert f"https://motcua.example/manager/{BRANCH}" in text
    (hook,) = outside.receiver.got
    assert (hook["type"], hook["id"]) == ("alert.raised", f"{BRANCH}-{seq}")
    assert hook["data"]["branch"] == BRANCH
    assert hook["data"]["rule"] == "breach"
    assert hook["data"]["text"]["en"]["head"] == "Waiting target missed: A"
    outside.office.do(cmd.AcknowledgeAlert, alert=seq, by="Lan")
    outside.office.do(cmd.ClearAlert, alert=seq)
    outside.relay.deliver()
    outside.work()
    assert [h["type"] for h in outside.receiver.got[1:]] == ["alert.acknowledged", "alert.cleared"]
    assert len(outside.post.got) == 1


def test_what_is_not_taken_is_tried_again_under_the_same_id(outside: Outside) -> None:
    outside.post.is_well, outside.receiver.status = False, 503
    outside.raise_alert()
    outside.work()
    assert outside.post.got == []
    assert len(outside.receiver.got) == 1
    outside.post.is_well, outside.receiver.status = True, 204
    assert len(outside.messenger._retries.get_job_ids()) == 2
    for name in outside.messenger._retries.get_job_ids():
        # Its pause is over.
        outside.redis.zadd(outside.messenger._retries.key, {name: Clock().now().timestamp() - 1})
    for _ in range(5):
        outside.messenger.beat()
    outside.work()
    assert len(outside.post.got) == 1
    first, second = outside.receiver.got
    assert first["id"] == second["id"]


def test_a_receiver_that_is_gone_is_left_alone(outside: Outside) -> None:
    outside.receiver.status = 410
    seq = outside.raise_alert()
    outside.work()
    assert outside.messenger._retries.get_job_ids() == []
    assert [hook["id"] for hook in outside.receiver.got] == [f"{BRANCH}-{seq}"]


def test_news_of_an_outage_and_of_history_reaches_nobody(outside: Outside) -> None:
    outside.office.do(cmd.RaiseAlert, rule="breach", subject="A", level="red", since=NINE)
    outside.office.now += timedelta(hours=2)
    outside.relay.deliver()
    assert outside.queue.count == 0


def test_without_redis_messages_wait_and_nothing_else_does(outside: Outside) -> None:
    away = replace(settings.load(), redis_url="redis://127.0.0.1:1/0")
    heard: list[int] = []
    relay = Relay(
        outside.office.engine,
        {
            "alerts": Messenger(outside.office.engine, away, lambda: outside.office.now),
            "screens": lambda _branch, batch: heard.extend(r.seq for r in batch),
        },
    )
    outside.office.do(cmd.RaiseAlert, rule="breach", subject="A", level="red", since=NINE)
    relay.deliver()
    assert heard[-1] == outside.office.events()[-1].seq
    assert relay.lag > 0
    assert outside.queue.count == 0


def test_each_address_has_a_job_of_its_own() -> None:
    first, second = (alert_messages.job_id(BRANCH, 7, a) for a in ("a@b.example", "c@b.example"))
    assert first != second
    assert first == alert_messages.job_id(BRANCH, 7, "a@b.example")


# Webhooks ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
     "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.8", "2002:a00:8::1", "2001:0:a00:8::1", "224.0.0.1",
     "255.255.255.255"],
)  # fmt: skip
def test_addresses_of_the_own_network_are_not_public(address: str) -> None:
    assert not webhooks.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "203.162.4.1", "2606:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert webhooks.is_public(address)


@pytest.mark.parametrize(
    "url",
    ["https://localhost/x", "https://127.0.0.1:8000/x", "https://[::1]/x", "http://example.com/x",
     "file:///etc/passwd", "https://user@127.0.0.1/x", "https://0x7f000001/", "https://2130706433/"],
)  # fmt: skip
def test_webhooks_do_not_lead_into_the_own_network(url: str) -> None:
    with pytest.raises(webhooks.WebhookFailed) as refused:
        webhooks.post(url, b"{}", {}, allow_private=False)
    assert refused.value.permanent


def test_a_redirection_is_not_followed() -> None:
    seen: list[str] = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.raises(webhooks.WebhookFailed, match="307"):
        webhooks.post(f"http://127.0.0.1:{server.server_port}/x", b"{}", {}, allow_private=True)
    server.shutdown()
    server.server_close()
    assert seen == ["/x"]


def test_a_signature_is_that_of_the_convention_and_keys_can_be_replaced() -> None:
    """The example of the Standard Webhooks libraries."""
    keys = webhooks.keys_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    headers = webhooks.signed(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    both = webhooks.signed([*keys, b"x" * 24], "m", 1, body)["webhook-signature"].split(" ")
    assert len(both) == 2
    assert both[0] == webhooks.signed(keys, "m", 1, body)["webhook-signature"]


@pytest.mark.parametrize(
    "values",
    [{"smtp": "mail.example"}, {"smtp": "smtp://mail.example"}, {"webhook_secret": "abc"},
     {"webhook_secret": "whsec_!!"}, {"webhook_secret": "whsec_YWJj"}],
)  # fmt: skip
def test_settings_that_would_fail_at_the_first_alert_stop_the_start(values: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        settings.load({f"MOTCUA_{k.upper()}": v for k, v in values.items()})


def test_a_password_is_not_sent_over_an_open_line(
    post: tuple[Post, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from server import mail

    made = Settings(
        smtp=f"smtp://127.0.0.1:{post[1]}",
        smtp_from="a@b.example",
        smtp_user="a",
        smtp_password="b",
    )
    monkeypatch.setattr(mail, "_is_here", lambda _host: False)
    with pytest.raises(mail.MailFailed, match="no TLS"):
        mail.send(made, MAIL, "s", "t", "m")
    assert post[0].got == []
