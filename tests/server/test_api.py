"""REST against a running server: the day of a ticket, every kind of refusal, the document."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.live_office import BRANCH, MORNING, Office, running
from tests.sizes import sized

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("api")) as started:
        yield started


@pytest.fixture(autouse=True)
def fresh_desk(office: Office) -> None:
    """Counter 1 open and free, at nine in the morning."""
    office.call("api", "PUT", "/simulation/clock", {"now": MORNING})
    path = f"/counters/{BRANCH}-1/release"
    office.call("api", "POST", path, {"reason": "test"})
    office.desk("open", {"officer": "Nguyễn Thị Lan"})


def test_the_day_of_a_ticket(office: Office) -> None:
    issued = office.issue(priority="CT")
    ticket = issued["ticket"]
    assert ticket["number"].startswith("A")
    assert issued["follow_url"].startswith("/t/")
    path = f"/tickets/{ticket['id']}"
    assert office.call("kiosk", "GET", path)[1]["ticket"]["status"] == "waiting"
    while True:
        status, called = office.desk("call-next")
        assert status == 200
        if called["ticket"]["id"] == ticket["id"]:
            break
        # The demo wants one recall before somebody is absent.
        assert office.desk("no-show")[1]["code"] == "recall_first"
        office.desk("recall")
        office.desk("no-show")
    assert called["ticket"]["status"] == "called"
    assert office.desk("recall")[1]["ticket"]["calls"] == 2
    assert office.desk("start")[1]["ticket"]["status"] == "serving"
    status, done = office.desk("complete", {"outcome": "tiep-nhan"})
    assert (status, done["ticket"]["status"]) == (200, "served")
    assert office.call("api", "POST", f"{path}/rating", {"level": 5})[0] == 200
    assert office.call("api", "POST", f"{path}/rating", {"level": 5})[1]["code"] == "already_rated"


def test_the_same_key_gives_the_same_answer_and_one_ticket(office: Office) -> None:
    key, path = str(uuid.uuid4()), f"/branches/{BRANCH}/tickets"
    answers = [office.call("kiosk", "POST", path, {"queue": "B"}, key) for _ in range(10)]
    assert {a[0] for a in answers} == {201}
    assert len({json.dumps(a[1], sort_keys=True) for a in answers}) == 1
    status, problem = office.call("kiosk", "POST", path, {"queue": "C"}, key)
    assert (status, problem["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("verb", "body", "status", "code"),
    [
        ("call-next", {"surprise": 1}, 422, "bad_value"),
        ("complete", {"outcome": "tiep-nhan"}, 409, "no_open_call"),
        ("open", {"officer": "Người khác"}, 409, "counter_already_open"),
        ("hand-over", {"to": "khong-co"}, 404, "unknown_officer"),
        ("roll", {"roll": 0, "queue": "A"}, 422, "bad_value"),
        ("complete", {"outcome": "tiep-nhan", "result_on": "hôm nay"}, 422, "bad_value"),
        ("call", {"ticket": "nobody", "reason": "x"}, 404, "unknown_ticket"),
        ("pause", {}, 422, "bad_value"),
        ("undo", {}, 409, "nothing_to_undo"),
    ],
)
def test_refusals_at_the_counter(
    office: Office, verb: str, body: object, status: int, code: str
) -> None:
    answered, problem = office.desk(verb, body)
    assert (answered, problem["code"]) == (status, code)
    assert problem["detail"]
    assert problem["detail"] != f"error.{code}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"service": "khong-co"}, 404, "unknown_service"),
        ({"queue": "Z"}, 404, "unknown_queue"),
        ({}, 422, "service_required"),
        ({"service": "ho-tich", "priority": "XX"}, 422, "unknown_priority"),
        ({"service": "ho-tich", "priority": "KC"}, 422, "priority_not_declarable"),
        ({"service": "ho-tich", "procedure": "chuyen-truong"}, 404, "unknown_procedure"),
    ],
)
def test_refusals_at_the_kiosk(office: Office, body: object, status: int, code: str) -> None:
    answered, problem = office.call("kiosk", "POST", f"/branches/{BRANCH}/tickets", body)
    assert (answered, problem["code"]) == (status, code)


def test_a_held_counter_says_who_holds_it(office: Office) -> None:
    """A user's token says who opens, whatever the body does; another officer is told who has it."""
    path = f"/counters/{BRANCH}-1/call-next"
    _, problem = office.call("api", "POST", f"/counters/{BRANCH}-1/open", {"officer": "Khác"})
    assert (problem["code"], problem["facts"]["officer"]) == ("counter_occupied", "Cán bộ 1")
    status, problem = office.call("counter-2", "POST", path, {})
    assert (status, problem["code"]) == (403, "not_allowed"), "its token is for another counter"


def test_kiosks_follow_the_hours(office: Office) -> None:
    office.call("api", "PUT", "/simulation/clock", {"now": "2026-11-24T23:30:00+07:00"})
    answered, problem = office.call(
        "kiosk", "POST", f"/branches/{BRANCH}/tickets", {"service": "ho-tich"}
    )
    assert (answered, problem["code"]) == (409, "queue_closed")


def test_roles_and_branches_are_kept_apart(office: Office) -> None:
    assert office.call("kiosk", "POST", f"/counters/{BRANCH}-1/call-next", {})[0] == 403
    assert office.call("counter-2", "POST", f"/counters/{BRANCH}-1/recall", {})[0] == 403
    assert office.call("kiosk", "GET", "/branches/other/board")[0] == 404
    assert office.call("kiosk", "GET", f"/branches/{BRANCH}/events")[0] == 403
    office.tokens["nobody"] = "not-a-token"
    assert office.call("nobody", "GET", f"/branches/{BRANCH}/board")[0] == 401


def _raw(office: Office, body: bytes, kind: str = "application/json") -> tuple[int, str]:
    request = urllib.request.Request(
        f"{office.base_url}/api/v1/branches/{BRANCH}/tickets",
        data=body,
        headers={"Authorization": f"Bearer {office.tokens['kiosk']}", "Content-Type": kind},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read()).get("code", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())["code"]


def test_content_that_is_no_content(office: Office) -> None:
    assert _raw(office, b"{not json") == (400, "malformed")
    assert _raw(office, b'{"service": "\xff"}')[0] in (400, 422)
    assert _raw(office, b'{"service": "ho-tich"}', "text/plain") == (415, "not_json")
    assert _raw(office, b'{"service": "' + b"x" * 20_000 + b'"}') == (413, "body_too_large")


def test_the_log_is_paged_without_what_must_be_forgotten(office: Office) -> None:
    office.issue(priority="TN")
    seen, after = [], 0
    while True:
        _, page = office.call("api", "GET", f"/branches/{BRANCH}/events?after={after}&limit=7")
        if not page["events"]:
            break
        seen += page["events"]
        after = page["next"]
    assert [e["seq"] for e in seen] == list(range(1, page["last_seq"] + 1))
    classes = {e["payload"]["priority"] for e in seen if e["type"] == "TicketIssued"}
    assert classes <= {None, "*"}


def test_figures_of_a_day(office: Office) -> None:
    _, answer = office.call("api", "GET", f"/branches/{BRANCH}/figures?by=queue")
    assert sum(g["issued"] for g in answer["groups"]) == answer["total"]["issued"]
    assert office.call("api", "GET", f"/branches/{BRANCH}/figures?from=x")[0] == 422


def test_no_get_changes_anything(office: Office) -> None:
    """Rule D8, over every path of the document."""
    before = settled(office)
    with urllib.request.urlopen(f"{office.base_url}/api/v1/openapi.json", timeout=10) as answer:
        paths = json.loads(answer.read())["paths"]
    for path in paths:
        office.call(
            "api", "GET", path.replace("{branch}", BRANCH).replace("{counter}", f"{BRANCH}-1")
        )
    _, after = office.call("api", "GET", f"/branches/{BRANCH}/events?limit=1")
    assert before == after["last_seq"]


def settled(office: Office) -> int:
    """The last `seq` once the printers of earlier tests have had their say."""
    deadline = time.monotonic() + 30
    seen = -1
    while time.monotonic() < deadline:
        last: int = office.call("api", "GET", f"/branches/{BRANCH}/events?limit=1")[1]["last_seq"]
        if last == seen:
            return last
        seen = last
        time.sleep(1.5)
    raise AssertionError("the log does not come to rest")


def test_pages_and_health_answer(office: Office) -> None:
    for path in ("/", "/login", "/healthz", "/readyz", "/metrics", "/api/v1/"):
        with urllib.request.urlopen(office.base_url + path, timeout=10) as answer:
            assert answer.status == 200


def test_a_half_sent_request_holds_nobody_up(office: Office) -> None:
    parts = urlsplit(office.base_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as half:
        half.sendall(b"POST /api/v1/branches/x/tickets HTTP/1.1\r\nContent-Length: 99\r\n\r\n{")
        assert office.issue()["ticket"]["number"]


def test_schemathesis_finds_no_server_error_and_no_undocumented_answer(
    office: Office, tmp_path: Path
) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{office.base_url}/api/v1/openapi.json",
            "--url",
            f"{office.base_url}/api/v1",
            "--header",
            f"Authorization: Bearer {office.tokens['api']}",
            "--checks",
            CHECKS,
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            str(sized(4, 12)),
            "--seed",
            "1",
            "--exclude-path",
            "/simulation/clock",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:]
