"""Devices from the shell: everything that the page does, on record as done by `cli`."""

import json
import stat
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import kiosk.__main__ as kiosk_tools
from kiosk.agent import config, pair
from server import audit, cli, contacts, devices, pairing, replies
from server.access import Role
from server.clock import Clock
from server.domain.errors import Refused
from server.settings import Settings
from tests.server.office import BRANCH, installed, rows

Shell = Callable[..., int]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url) as made:
        yield made


@pytest.fixture
def shell(engine: Engine, tmp_path: Path, redis_url: str) -> Shell:
    address = engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path, database_url=address, redis_url=redis_url)

    def run(*words: str) -> int:
        arguments = cli.parser().parse_args(["device", *words])
        code: int = arguments.verb_function(arguments, settings)
        return code

    return run


def test_a_device_lives_in_the_shell(
    shell: Shell, engine: Engine, capsys: pytest.CaptureFixture[str], redis_url: str
) -> None:
    asked = pairing.ask(engine, Role.KIOSK, at=Clock().now(), branch=BRANCH, address="10.0.0.7")
    assert shell("pair", asked.code, "--branch", BRANCH, "--name", "Cửa chính", "--yes") == 0
    assert "10.0.0.7" in capsys.readouterr().out
    paired = pairing.collect(engine, asked.id, asked.secret, at=Clock().now())
    assert paired is not None
    device = devices.of_branch(engine, BRANCH)[0]["id"]
    shell("rename", "--id", device, "--name", "Cửa sau")
    shell("printer", "--id", device, "--printer", "agent")
    shell("rotate", "--id", device)
    entry = {"link": "a", "at": replies.instant(Clock().now()), "since": "", "version": "0.4.0",
             "browser": "", "address": ""}  # fmt: skip
    contacts.Contacts(redis_url).heard(BRANCH, device, entry)
    shell("list", "--branch", BRANCH)
    listed = capsys.readouterr().out.strip().split("\t")
    assert listed[:3] == [device, "kiosk", "here"]
    assert listed[4:] == ["0.4.0", "-", "agent", "Cửa sau"]
    shell("revoke", "--id", device)
    assert devices.of_token(engine, paired.token) is None
    lines = [(line["action"], line["actor"]) for line in audit.lines(engine, BRANCH)]
    done = ("approve", "rename", "printer", "rotate", "revoke")
    assert lines[::-1] == [(f"devices.{action}", "cli") for action in done]


def test_a_device_is_added_by_hand(
    shell: Shell, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    shell("add", "--branch", BRANCH, "--kind", "rating", "--counter", f"{BRANCH}-2")
    token = capsys.readouterr().out.strip()
    actor = devices.of_token(engine, token)
    assert actor is not None
    assert (actor.role, actor.id, actor.counter) == (Role.RATING, f"{BRANCH}-2", f"{BRANCH}-2")
    shell("add", "--branch", BRANCH, "--kind", "api", "--name", "bàn giao")
    assert devices.of_token(engine, capsys.readouterr().out.strip()) is not None
    assert token not in str(audit.lines(engine, BRANCH))


REFUSED = (
    ("add --branch nowhere --kind kiosk", "unknown_branch"),
    (f"add --branch {BRANCH}", "bad_value"),
    (f"add --branch {BRANCH} --kind rating", "bad_value"),
    (f"add --branch {BRANCH} --kind kiosk --counter {BRANCH}-1", "bad_value"),
    (f"add --branch {BRANCH} --kind rating --counter {BRANCH}-99", "unknown_counter"),
    (f"add --branch {BRANCH} --kind kiosk --name k1", "device_name_taken"),
    (f"add --branch {BRANCH} --kind kiosk --printer ftp://x", "bad_value"),
    (f"pair 000000 --branch {BRANCH} --yes", "unknown_code"),
    ("pair 000000 --branch nowhere --yes", "unknown_branch"),
    ("list --branch nowhere", "unknown_branch"),
    ("revoke --id nobody", "unknown_device"),
    ("rotate --id nobody", "unknown_device"),
    ("printer --id nobody --printer agent", "unknown_device"),
)


def test_the_shell_refuses_what_the_page_does(shell: Shell, engine: Engine) -> None:
    devices.add(engine, branch=BRANCH, role=Role.KIOSK, name="k1")
    before = rows(engine, "devices", "audit")
    for words, code in REFUSED:
        with pytest.raises(Refused) as refused:
            shell(*words.split())
        assert refused.value.code == code, words
    assert rows(engine, "devices", "audit") == before


def test_what_is_no_device_is_not_offered(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["device", "add", "--kind", "counter"])
    assert "invalid choice" in capsys.readouterr().err


# A kiosk's agent pairs from its own shell ----------------------------------------------------
class _Server(BaseHTTPRequestHandler):
    """Answers as the real one does; the second look finds it approved."""

    asked: list[dict[str, Any]]
    answers: Iterator[tuple[int, dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"path": self.path, **body})
        status, answer = next(self.answers)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[_Server]]]:
    monkeypatch.setattr(pair, "_LOOK_S", 0.01)
    handler = type("Handler", (_Server,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()


CODE = (201, {"id": "p1", "secret": "s3cret", "code": "123456", "expires_in_s": 600})
WAITING = (200, {"state": "waiting"})
PAIRED = (200, {"state": "paired", "token": "t0ken", "branch": "long-bien", "name": "Cửa chính"})
GONE = (404, {"code": "unknown_pairing"})


def test_an_agent_is_paired_and_keeps_its_other_settings(
    far: tuple[str, type[_Server]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, server = far
    server.answers = iter((CODE, WAITING, GONE, CODE, PAIRED))
    file = tmp_path / "kiosk.toml"
    file.write_text('token = "old"\nprinter = "tcp://10.0.0.9:9100"\nport = 9000\n')
    file.chmod(0o644)
    words = ["agent", "pair", "--config", str(file), "--server", address, "--branch", "long-bien"]
    assert kiosk_tools.main(words) == 0
    said = capsys.readouterr().out
    assert said.count("123 456") == 2, "it asks for another when one runs out"
    assert "t0ken" not in said
    assert "s3cret" not in said
    assert server.asked[0] == {"path": "/pairings", "kind": "agent", "branch": "long-bien"}
    assert server.asked[1] == {"path": "/pairings/p1", "secret": "s3cret"}
    loaded = config.load(file)
    assert (loaded.server, loaded.branch, loaded.token) == (address, "long-bien", "t0ken")
    assert (loaded.printer, loaded.port) == ("tcp://10.0.0.9:9100", 9000)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640, "not for everybody"


def test_a_new_file_is_its_owners_alone(far: tuple[str, type[_Server]], tmp_path: Path) -> None:
    address, server = far
    server.answers = iter((CODE, PAIRED))
    file = tmp_path / "kiosk.toml"
    assert kiosk_tools.main(["agent", "pair", "--config", str(file), "--server", address]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert config.load(file).token == "t0ken"  # noqa: S105 - made up


def test_what_cannot_be_paired_says_why(
    far: tuple[str, type[_Server]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, server = far
    server.answers = iter([(404, {"detail": "Chi nhánh không tồn tại."})])
    file = tmp_path / "kiosk.toml"
    for words, said in (
        (["--server", address, "--branch", "x"], "Chi nhánh không tồn tại."),
        (["--server", "http://127.0.0.1:1"], "refused"),
        ([], "--server is missing"),
    ):
        assert kiosk_tools.main(["agent", "pair", "--config", str(file), *words]) == 2
        assert said in capsys.readouterr().err
    assert not file.exists()
