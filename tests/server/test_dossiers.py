"""Looking a dossier up: its code, our table, a provincial system, and what a kiosk is told."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine

from server import demo
from server.domain.ids import BranchId
from server.dossiers import Dossier, Lookup, SourceAwayError, lookup, province
from server.dossiers.dossier import code_in
from server.dossiers.province import ProvinceSource
from server.dossiers.table import BadFileError, TableSource, load, read
from server.limits import Limit, Limits
from server.problems import WireError
from tests.server.office import BRANCH, installed

CODE = "000.00.12.H26-261105-0004"
DOSSIER = Dossier(code=CODE, status=4, procedure="Khai sinh", next_step="Chờ")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with installed(database_url) as made:
        yield made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_ANSWER_S", 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "000.00.12.H62-201105-0004",
        "000.A0.01.H26-210212-9090",
        "38.98.H29-210519-0013",
        "G22.99.08-260921-896048",
        " g22.99.09 - 240114-0001 ",
        "https://vi-du.vn/tra-cuu?ma=G22.99.09-240114-0001",
    ],
)
def test_codes_of_the_shapes_in_use(text: str) -> None:
    assert code_in(text)


@pytest.mark.parametrize(
    "text",
    ["", "A042", "38.98.H29-211319-0013", "38.98.H29-210230-0013", "38.98.H29-210519-013",
     "H29-210519-0013", "38.98.H29-٢١٠٥١٩-0013", "38.98.H29-210519-0013x", "1.012644", "x" * 10_000],
)  # fmt: skip
def test_what_is_no_code(text: str) -> None:
    assert code_in(text) is None


def test_a_file_comes_in_and_is_found(engine: Engine) -> None:
    good, bad = read(demo.DOSSIERS_FILE)
    assert bad == []
    load(engine, BRANCH, good)
    load(engine, BRANCH, good)
    source = TableSource(engine)
    assert source.find(BRANCH, CODE) == good[0].dossier
    assert source.find(BRANCH, "38.98.H29-210519-0014") is None
    assert source.find(BranchId("other"), CODE) is None, "another branch's dossiers are its own"


def test_bad_lines_are_named_and_nothing_comes_in(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "dossiers.csv"
    file.write_text(
        "\ufeffcode;status;promised\n"
        f"{CODE};4;24/11/2026\n"
        "sai;4;\n38.98.H29-210519-0013;11;\n38.98.H29-210519-0013;1;mai\n"
        f"{CODE};5;\n38.98.H29-210519-0013;1;;\n",
        encoding="utf-8",
    )
    good, bad = read(file)
    assert [line.dossier.code for line in good] == [CODE]
    assert [line.split(":")[0] for line in bad] == [f"dòng {n}" for n in (3, 4, 5, 6, 7)]
    env = os.environ | {"DATABASE_URL": engine.url.render_as_string(hide_password=False)}
    command = [sys.executable, "-m", "server", "dossiers", "import", str(file), "--branch", BRANCH]
    command += ["--data", str(tmp_path)]
    refused = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "dòng 4" in refused.stderr
    assert TableSource(engine).find(BRANCH, CODE) is None
    subprocess.run([*command, "--skip-bad"], env=env, capture_output=True, check=True)
    assert TableSource(engine).find(BRANCH, CODE)


def test_an_interlinked_dossier_lists_how_far_each_agency_is(
    engine: Engine, tmp_path: Path
) -> None:
    whole, first, second = (f"G22.99.08-260921-89604{n}" for n in (8, 1, 2))
    file = tmp_path / "dossiers.csv"
    file.write_text(
        "code,status,procedure,part_of\n"
        f"{whole},4,Liên thông khai sinh,\n{second},4,Thường trú,{whole}\n"
        f"{first},9,Khai sinh,{whole.lower()}\n",
        encoding="utf-8",
    )
    good, bad = read(file)
    assert bad == []
    load(engine, BRANCH, good)
    strict = Lookup(TableSource(engine), (), Limits()).answer(BRANCH, "k", whole)
    assert strict == {"code": whole, "status": 4, "parts": [{"status": 9}, {"status": 4}]}
    wide = Lookup(TableSource(engine), ("procedure",), Limits()).answer(BRANCH, "k", whole)
    assert [part["procedure"] for part in wide["parts"]] == ["Khai sinh", "Thường trú"]
    assert "parts" not in Lookup(TableSource(engine), (), Limits()).answer(BRANCH, "k", first)


@pytest.mark.parametrize("whole", ["sai", CODE])
def test_a_part_of_nothing_or_of_itself_is_a_bad_line(tmp_path: Path, whole: str) -> None:
    file = tmp_path / "dossiers.csv"
    file.write_text(f"code,status,part_of\n{CODE},4,{whole}\n", encoding="utf-8")
    good, bad = read(file)
    assert good == []
    assert "liên thông" in bad[0]


def test_a_column_of_names_refuses_the_file(tmp_path: Path) -> None:
    file = tmp_path / "dossiers.csv"
    file.write_text(f"code,status,ho_ten\n{CODE},4,Nguyễn Văn A\n", encoding="utf-8")
    with pytest.raises(BadFileError, match="ho_ten"):
        read(file)


class Fixed:
    """A source of one dossier."""

    def find(self, branch: BranchId, code: str) -> Dossier | None:
        assert branch == BRANCH
        if code.startswith("38"):
            raise SourceAwayError
        return DOSSIER if code == CODE else None


def _refused(desk: Lookup, text: str) -> str:
    with pytest.raises(WireError) as refused:
        desk.answer(BRANCH, "k1", text)
    return refused.value.code


def test_strict_mode_shows_code_and_status_only() -> None:
    assert Lookup(Fixed(), (), Limits()).answer(BRANCH, "k1", CODE) == {"code": CODE, "status": 4}
    wide = Lookup(Fixed(), ("procedure", "promised", "next_step"), Limits()).answer(
        BRANCH, "k1", CODE
    )
    assert (wide["procedure"], wide["promised"], wide["next_step"]) == ("Khai sinh", "", "Chờ")


def test_refusals_have_their_codes() -> None:
    desk = Lookup(Fixed(), (), Limits())
    assert _refused(desk, "A042") == "bad_dossier_code"
    assert _refused(desk, "000.00.12.H26-261105-9999") == "unknown_dossier"
    assert _refused(desk, "38.98.H29-210519-0013") == "lookup_unavailable"


def test_a_kiosk_may_not_guess_for_ever() -> None:
    desk = Lookup(Fixed(), (), Limits())
    for _ in range(12):
        desk.answer(BRANCH, "k1", CODE)
    assert _refused(desk, CODE) == "too_many_lookups"
    desk.answer(BRANCH, "k2", CODE)


def test_who_has_guessed_too_often_learns_of_no_code_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookup, "LOOK_UP", Limit("look_up", 1000, 60, "for this test"))
    desk = Lookup(Fixed(), (), Limits())
    for n in range(40):
        assert _refused(desk, f"000.00.12.H26-261105-{n + 1000}") == "unknown_dossier"
    assert _refused(desk, "000.00.12.H26-261105-9999") == "too_many_lookups"
    assert _refused(desk, CODE) == "too_many_lookups", "also of one that exists"


def test_every_answer_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(lookup, "_ANSWER_S", 0.4)
    monkeypatch.setattr(lookup.time, "sleep", slept.append)
    desk = Lookup(Fixed(), (), Limits())
    desk.answer(BRANCH, "k1", CODE)
    _refused(desk, "000.00.12.H26-261105-9999")
    _refused(desk, "38.98.H29-210519-0013")
    assert all(0.3 < wait <= 0.4 for wait in slept)
    assert len(slept) == 3


@contextmanager
def _province(answers: dict[str, tuple[int, Any]]) -> Iterator[tuple[str, list[str]]]:
    """A small real provincial system; `asked` has what it was asked, with the token."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Authorization']} {self.path}")
            status, body = answers.get(self.path.split("/")[-1].split("?")[0], (404, {}))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"/dossiers/{CODE}")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_province_is_asked_once_a_minute() -> None:
    document = {"code": CODE, "status": 9, "promised": "2026-11-24", "owner": "không lấy"}
    with _province({CODE: (200, document)}) as (address, asked):
        source = ProvinceSource(address, "bí-mật".encode().hex())
        found = source.find(BRANCH, CODE)
        assert found
        assert (found.status, found.promised and found.promised.day) == (9, 24)
        assert source.find(BRANCH, "38.98.H29-210519-0013") is None
        source.find(BRANCH, CODE)
        source.find(BRANCH, "38.98.H29-210519-0013")
    token = "bí-mật".encode().hex()
    assert asked == [
        f"Bearer {token} /api/dossiers/{CODE}?branch={BRANCH}",
        f"Bearer {token} /api/dossiers/38.98.H29-210519-0013?branch={BRANCH}",
    ]


@pytest.mark.parametrize(
    "answer",
    [(500, {}), (302, {}), (200, b"<html>"), (200, []), (200, {"code": "X", "status": 1}),
     (200, {"code": CODE, "status": 99}), (200, {"code": CODE, "status": 1, "promised": "mai"})],
)  # fmt: skip
def test_a_province_that_answers_something_else_is_away(answer: tuple[int, Any]) -> None:
    with _province({CODE: answer}) as (address, asked):
        source = ProvinceSource(address, "t")
        for _ in range(2):
            with pytest.raises(SourceAwayError):
                source.find(BRANCH, CODE)
    assert len(asked) == 2, "errors are not kept, redirects are not followed"


def test_a_province_that_drips_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(province, "_TIMEOUT_S", 0.5)

    def drip(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(50):
                connection.sendall(b" ")
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: drip(server.accept()[0]), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(SourceAwayError):
            ProvinceSource(f"http://127.0.0.1:{server.getsockname()[1]}", "t").find(BRANCH, CODE)
        assert time.monotonic() - began < 4


def test_a_comma_file_may_hold_semicolons_and_odd_digits_are_no_status(tmp_path: Path) -> None:
    file = tmp_path / "dossiers.csv"
    file.write_text(
        f'code,status,procedure\n{CODE},4,"Khai sinh; khai tử"\n38.98.H29-210519-0013,²,x\n',
        "utf-8",
    )
    good, bad = read(file)
    assert [line.dossier.procedure for line in good] == ["Khai sinh; khai tử"]
    assert bad[0].startswith("dòng 3: trạng thái")


def test_a_province_that_is_gone_is_away() -> None:
    with _province({}) as (address, _):
        pass
    with pytest.raises(SourceAwayError):
        ProvinceSource(address, "t").find(BRANCH, CODE)
