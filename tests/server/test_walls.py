"""What a page elsewhere, a forged cookie or an oversized message can do: nothing."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import socketio

from tests.live_office import BRANCH, PASSWORD, Office, running

pytestmark = [
    # The socket client leaves its connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NAMESPACES = ("kiosk", "display", "counter", "rating", "manager", "ticket")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("walls")) as started:
        yield started


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_page_elsewhere_opens_no_socket(office: Office, transport: str) -> None:
    """ASVS 5.0 V4.4.2: the handshake's Origin must be ours."""
    client = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(
            office.base_url, headers={"Origin": "https://noi-khac.vi-du.vn"},
            auth={"token": office.tokens["kiosk"]}, namespaces=["/kiosk"], transports=[transport],
        )  # fmt: skip
    own = socketio.Client(reconnection=False)
    own.connect(
        office.base_url, auth={"token": office.tokens["kiosk"]}, namespaces=["/kiosk"],
        transports=[transport],
    )  # fmt: skip
    own.disconnect()


def _is_let_in(office: Office, namespace: str, token: object) -> bool:
    client = socketio.Client(reconnection=False)
    try:
        client.connect(
            office.base_url, auth={"token": token}, namespaces=[f"/{namespace}"],
            transports=["websocket"],
        )  # fmt: skip
    except socketio.exceptions.ConnectionError:
        return False
    client.disconnect()
    return True


def test_no_screen_is_let_in_without_its_token(office: Office) -> None:
    wrong: list[object] = ["", "0" * 400, None, {"a": 1}, "' OR 1=1 --"]
    tried = [(namespace, token) for namespace in NAMESPACES for token in wrong]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda one: _is_let_in(office, *one), tried))
    assert not any(answers)


def test_a_token_opens_its_own_screen_and_no_other(office: Office) -> None:
    tried = [
        ("display", "kiosk"), ("counter", "display"), ("manager", "api"), ("manager", "counter-1"),
        ("kiosk", "counter-1"), ("counter", "api"), ("rating", "kiosk"), ("ticket", "api"),
    ]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda one: _is_let_in(office, one[0], office.tokens[one[1]]), tried)
        )
    assert not any(answers)
    assert _is_let_in(office, "kiosk", office.tokens["kiosk"])


def _get(office: Office, path: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        office.base_url + path, headers={"Cookie": cookie} if cookie else {}
    )
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:  # type: ignore[override]
        return None


@pytest.mark.parametrize(
    "cookie",
    [
        "session=abc",
        "session=eyJzaWduX2luIjoieCJ9.aaaa.bbbb",
        "session=" + "x" * 3000,
        "session=..",
    ],
)
def test_a_forged_cookie_signs_nobody_in(office: Office, cookie: str) -> None:
    for path in (f"/manager/{BRANCH}", f"/counters/{BRANCH}"):
        status, headers, _ = _get(office, path, cookie)
        assert status == 302
        assert headers["Location"].startswith("/login?")
    status, _, body = _get(office, f"/api/v1/branches/{BRANCH}/board", cookie)
    assert (status, json.loads(body)["code"]) == (401, "bad_token")


@pytest.mark.parametrize(
    "path", ["/login", "/", f"/kiosk/{BRANCH}", f"/counter/{BRANCH}-1", f"/display/{BRANCH}",
             f"/counter/{BRANCH}-1/rating", "/nowhere", "/api/v1/nowhere", "/static/mark.svg"],
)  # fmt: skip
def test_every_answer_has_the_headers_that_guard_it(office: Office, path: str) -> None:
    _, headers, _ = _get(office, path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-eval'" not in policy
    script = policy.split("script-src")[1].split(";")[0]
    assert "'unsafe-inline'" not in script
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_bodies_have_an_end(office: Office) -> None:
    status, problem = office.call(
        "kiosk", "POST", f"/branches/{BRANCH}/tickets", {"service": "x" * 40_000}
    )
    assert (status, problem["code"]) == (413, "body_too_large")
    client = socketio.Client(reconnection=False)
    client.connect(
        office.base_url, auth={"token": office.tokens["kiosk"]}, namespaces=["/kiosk"],
        transports=["websocket"],
    )  # fmt: skip
    client.emit("command", {"name": "IssueTicket", "service": "x" * 200_000}, namespace="/kiosk")
    client.sleep(1.0)
    assert not client.connected, "who sends so much is cut off"
    assert office.issue("ho-tich")["ticket"]["number"].startswith("A"), "and nobody else notices"


def test_secrets_are_in_no_log_and_no_record(office: Office) -> None:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(f"{office.base_url}/login", timeout=10).read().decode()
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    typed = f"username=canbo1&password={PASSWORD}-sai-bi-mat&csrf={csrf}"
    with pytest.raises(urllib.error.HTTPError):
        opener.open(f"{office.base_url}/login", typed.encode(), timeout=10)
    kept = b"".join(
        file.read_bytes()
        for file in office.data.rglob("*")
        if file.is_file() and file.suffix in (".log", ".db", ".db-wal", ".aof", ".rdb")
    )
    assert b"canbo1" in kept
    for secret in (f"{PASSWORD}-sai-bi-mat", *office.tokens.values()):
        assert secret.encode() not in kept
