"""The template of a branch filled in for a ticket: what is said, what is left out, in which language."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine

from kiosk import blank
from kiosk.slip import Line, Slip, render
from server import branchfile, cli, paper
from server.domain import slip_template
from server.domain.catalogue import Procedure, SlipLine
from server.domain.errors import UnknownTicket
from server.domain.ids import ProcedureId, ServiceId, TicketId
from server.domain.text import Text
from server.settings import Settings
from tests.server.office import A, Office, catalogue, installed

DEPLOY = Path(__file__).parents[2] / "deploy"
DEMO = DEPLOY / "branches" / "long-bien.toml"


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with installed(database_url) as engine:
        yield Office(engine)


def slip_of(
    engine: Engine, ticket: Any, *, is_reprint: bool = False, url: str = "https://a.vn/"
) -> Slip:
    loaded = Settings(secret="s", public_url=url, host="0.0.0.0")  # noqa: S104 - as the words of a file
    return paper.slip_of(engine, TicketId(ticket["id"]), loaded, is_reprint=is_reprint)


def words(slip: Slip) -> str:
    return "\n".join(
        " ".join(filter(None, (line.label, line.text, *line.items))) for line in slip.lines
    )


def kinds(slip: Slip) -> list[str]:
    return [line.kind for line in slip.lines]


def test_the_usual_slip_tells_what_the_citizen_needs(office: Office) -> None:
    office.issue()
    ticket = office.issue()
    slip = slip_of(office.engine, ticket)
    told = words(slip)
    for phrase in (
        "Số thứ tự A002",
        "Phục vụ tại Quầy 1, 2, 3",
        "Số người chờ trước 1",
        "Phiếu này không thay thế Giấy tiếp nhận hồ sơ",
        f"https://a.vn/t/{ticket['id']}-",
    ):
        assert phrase in told
    assert "ƯU TIÊN" not in told
    assert "IN LẠI" not in told


def test_priority_is_a_neutral_mark(office: Office) -> None:
    """Whoever sees the paper learns nothing of the person."""
    classes = catalogue().policy.classes
    older = next(c for c in classes if not c.urgent)
    slip = slip_of(office.engine, office.issue(priority=older.code))
    assert Line(text="ƯU TIÊN", weight="inverse") in slip.lines
    assert all(name.name.vi not in words(slip) for name in classes)


def test_a_reprint_says_so(office: Office) -> None:
    slip = slip_of(office.engine, office.issue(), is_reprint=True)
    assert Line(text="IN LẠI", size="large", weight="inverse") in slip.lines


def test_a_slip_in_english(office: Office) -> None:
    told = words(slip_of(office.engine, office.issue(language="en"), is_reprint=True))
    for phrase in ("Queue number A001", "Where Counter 1, 2, 3", "People ahead 0", "REPRINT"):
        assert phrase in told
    assert "This slip does not replace" in told


def test_without_a_public_address_there_is_no_code_that_leads_nowhere(office: Office) -> None:
    slip = slip_of(office.engine, office.issue(), url="")
    assert "qr" not in kinds(slip)
    assert "Quét mã" not in words(slip)


def test_no_rule_parts_nothing(office: Office) -> None:
    """The ticket is for no procedure: the papers between two rules are gone, and one rule too."""
    found = kinds(slip_of(office.engine, office.issue()))
    assert all(pair != ("rule", "rule") for pair in pairwise(found))
    assert "rule" not in (found[0], found[-1])


def test_an_unknown_ticket(office: Office) -> None:
    with pytest.raises(UnknownTicket):
        slip_of(office.engine, {"id": "none"})


def _with_lines(*lines: SlipLine) -> Any:
    return replace(catalogue(), slip=lines)


def test_lines_may_be_for_some_slips_only(database_url: str) -> None:
    service = catalogue().services[0].id
    lines = (
        SlipLine(text=Text(vi="{number}")),
        SlipLine(text=Text(vi="của dịch vụ"), services=(service,)),
        SlipLine(text=Text(vi="của nơi khác"), services=(ServiceId("khac"),)),
        SlipLine(text=Text(vi="từ chín giờ"), after=time(9)),
        SlipLine(text=Text(vi="từ ba giờ chiều"), after=time(15)),
        SlipLine(text=Text(vi="Lệ phí: {fee}")),
    )
    with installed(database_url, _with_lines(*lines)) as engine:
        told = words(slip_of(engine, Office(engine).issue()))
    assert told == "A001\ncủa dịch vụ\ntừ chín giờ"


def test_more_papers_than_fit_are_told(database_url: str) -> None:
    made = catalogue()
    procedure = Procedure(
        id=ProcedureId("nhieu-giay"),
        service=made.services[0].id,
        name=Text(vi="Nhiều giấy"),
        papers=tuple(f"Giấy {n}" for n in range(12)),
    )
    made = replace(made, procedures=(procedure,))
    with installed(database_url, made) as engine:
        ticket = Office(engine).issue(procedure=procedure.id)
        line = next(n for n in slip_of(engine, ticket).lines if n.kind == "papers")
    assert line.items == procedure.papers[:10]
    assert line.text == "Và 2 giấy tờ khác: mời hỏi bàn hướng dẫn"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_variable_stands_for_something(office: Office, language: str) -> None:
    """A variable that the branch file accepts is one that a slip can fill."""
    made = branchfile.load(DEMO)
    every = tuple(SlipLine(text=Text(vi=f"{{{name}}}")) for name in slip_template.VARIABLES)
    slip = paper.sample_of(
        replace(made, slip=every), office.now, language=language, is_reprint=True
    )
    assert len(slip.lines) == len(every)
    assert "{" not in words(slip)


def test_the_usual_slip_is_a_sound_one() -> None:
    made = replace(branchfile.load(DEMO), slip=slip_template.USUAL)
    assert branchfile.check(made) == []


def test_the_verb_that_shows_a_slip_before_it_is_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path))
    out = tmp_path / "slip.png"
    argv = ["branch", "slip", str(DEMO), "--out", str(out), "--width", "384", "--language", "en"]
    assert cli.main(argv) == 0
    with Image.open(out) as image:
        assert (image.mode, image.width) == ("1", 384)
    broken = tmp_path / "broken.toml"
    broken.write_text(DEMO.read_text(encoding="utf-8").replace("{notice}", "{notise}"))
    assert cli.main(["branch", "slip", str(broken), "--out", str(out)]) == 2
    assert "sửa thành “{notice}”" in capsys.readouterr().err
    assert cli.main(["branch", "slip", str(DEMO), "--out", str(out), "--width", "20"]) == 2


@pytest.mark.parametrize("width", [576, 384])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_longest_slip_of_the_demo_is_shorter_than_an_arm(
    office: Office, width: int, language: str
) -> None:
    slip = paper.sample_of(branchfile.load(DEMO), office.now, language=language, is_reprint=True)
    assert render(slip, width).height < 2_400, "30 cm"


@pytest.mark.parametrize(
    ("given", "leads"),
    [
        ({"public_url": "https://a.vn"}, "https://a.vn"),
        ({"public_url": "https://a.vn", "host": "0.0.0.0"}, "https://a.vn"),  # noqa: S104
        ({"host": "192.168.1.5", "port": 8080}, "http://192.168.1.5:8080"),
        ({"host": "fd00::5"}, "http://[fd00::5]:8000"),
        ({"host": "0.0.0.0"}, ""),  # noqa: S104
        ({"host": "::"}, ""),
    ],
)
def test_where_the_code_on_paper_leads(given: dict[str, Any], leads: str) -> None:
    assert Settings(**given).paper_url == leads


def test_domain_and_kiosk_agree_on_what_stands_alone() -> None:
    """The kiosk installs without the server, so the names are written twice."""
    assert (blank.RULE, blank.ALONE) == (slip_template.RULE, slip_template.ALONE)


def test_a_blank_travels_as_json() -> None:
    made = paper.blank_of(catalogue(), A, "vi")
    assert json.loads(json.dumps(made)) == made
