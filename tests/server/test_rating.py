"""Ratings over the wire: whose visit a pad may rate, and who learns nothing of it."""

import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import socketio

from server import database, devices, ratings
from server.access import Role
from server.domain import commands as cmd
from server.domain.ids import CounterId
from tests.live_office import BRANCH, PASSWORD, Office, running
from tests.server.office import BRANCH as SMALL
from tests.server.office import A, installed
from tests.server.office import Office as Small

pytestmark = [
    # The socket client leaves its connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("ratings"), clock="shifted") as started:
        yield started


class Screen:
    """A socket client that keeps all it is told."""

    def __init__(self, office: Office, audience: str, token: str = "", cookie: str = "") -> None:
        self.namespace = f"/{audience}"
        self.told: list[Any] = []
        self.client = socketio.Client()
        for event in ("snapshot", "change", "pulse"):
            self.client.on(event, self.told.append, namespace=self.namespace)
        self.client.connect(
            office.base_url, auth={"token": token}, namespaces=[self.namespace],
            transports=["websocket"], headers={"Cookie": cookie} if cookie else {},
        )  # fmt: skip

    def command(self, name: str, **content: Any) -> Any:
        message = {"name": name, "command_id": str(uuid.uuid4()), **content}
        return self.client.call("command", message, namespace=self.namespace, timeout=10)

    def since(self, seq: int, until: int) -> list[Any]:
        """The changes after `seq`, once that of `until` is here."""
        end = time.monotonic() + 10
        while not any(m.get("seq", 0) >= until for m in self.told):
            assert time.monotonic() < end
            self.client.sleep(0.05)
        return [m for m in self.told if "event" in m and m["seq"] > seq]

    def fresh(self) -> Any:
        return self.client.call("snapshot", {}, namespace=self.namespace, timeout=10)


def _pad(office: Office, n: int) -> Screen:
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    token = devices.add(
        engine, branch=BRANCH, role=Role.RATING, name=f"pad {n} {uuid.uuid4()}",
        counter=CounterId(f"{BRANCH}-{n}"),
    )  # fmt: skip
    engine.dispose()
    return Screen(office, "rating", token)


def _served(office: Office, n: int) -> Any:
    """A visit that has just ended at a counter; what its holder was given."""
    # Without paper: no print job speaks of the ticket in between.
    issued = office.issue("chung-thuc", channel="staff")
    office.desk("open", {}, n)
    called = office.desk("call-next", {}, n)[1]
    office.desk("start", {}, n)
    office.desk("complete", {"outcome": "tiep-nhan"}, n)
    assert called["ticket"]["id"] == issued["ticket"]["id"]
    return issued


def _serve(office: Office, n: int) -> str:
    return str(_served(office, n)["ticket"]["id"])


def signed_in(office: Office, username: str) -> str:
    """The cookie of somebody who signed in by the page."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(f"{office.base_url}/login") as page:
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.read().decode())
    assert csrf
    form = {"username": username, "password": PASSWORD, "csrf": csrf[1]}
    with browser.open(f"{office.base_url}/login", urllib.parse.urlencode(form).encode()):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def test_a_pad_rates_the_last_visit_of_its_own_counter_once(office: Office) -> None:
    one, two = _pad(office, 1), _pad(office, 2)
    ticket = _serve(office, 1)
    visit = one.fresh()["tables"]["pads"][f"{BRANCH}-1"]["ask"]["token"]
    assert ticket not in str(one.told), "a pad has no use for the ticket's id"
    refusals = [
        two.command("RateTicket", visit=visit, level=5),
        one.command("RateTicket", visit="0" * 24, level=5),
        one.command("RateTicket", ticket=ticket, level=5),
        one.command("RateTicket", visit=visit, level=6),
        one.command("CancelTicket", ticket=ticket),
    ]
    codes = [answer["error"]["code"] for answer in refusals]
    assert codes == ["rating_closed"] * 3 + ["bad_value", "not_allowed"]
    assert one.command("RateTicket", visit=visit, level=5) == {
        "ok": True, "seq": one.fresh()["seq"], "result": {},
    }  # fmt: skip
    again = one.command("RateTicket", visit=visit, level=1)
    assert again["error"]["code"] == "already_rated"
    assert one.fresh()["tables"]["pads"][f"{BRANCH}-1"]["ask"] is None
    for screen in (one, two):
        screen.client.disconnect()


def test_an_officer_neither_rates_nor_learns_how_a_visit_was_rated(office: Office) -> None:
    pad, desk = _pad(office, 3), Screen(office, "counter", office.tokens["counter-3"])
    ticket = _serve(office, 3)
    refused = desk.command("RateTicket", ticket=ticket, level=5)
    assert refused["error"]["code"] == "not_allowed"
    before = pad.fresh()
    visit = before["tables"]["pads"][f"{BRANCH}-3"]["ask"]["token"]
    desk.since(0, until=before["seq"])
    rated = pad.command("RateTicket", visit=visit, level=2, reasons=["wait"])
    told = desk.since(before["seq"], until=rated["seq"])
    words = str(told) + str(desk.fresh())
    assert "RatingGiven" not in words
    assert "FollowUp" not in words
    assert "follow_ups" not in words
    assert "'level'" not in words
    assert ticket not in str(told)
    for screen in (pad, desk):
        screen.client.disconnect()


def test_whoever_may_not_look_into_low_ratings_hears_of_none(office: Office) -> None:
    """A supervisor sees the office and serves at counters, too."""
    pad = _pad(office, 2)
    supervisor = Screen(office, "manager", cookie=signed_in(office, "giamsat"))
    manager = Screen(office, "manager", cookie=signed_in(office, "quanly"))
    ticket = _serve(office, 2)
    before = pad.fresh()
    visit = before["tables"]["pads"][f"{BRANCH}-2"]["ask"]["token"]
    supervisor.since(0, until=before["seq"])
    rated = pad.command("RateTicket", visit=visit, level=1, comment="Chậm\x00\x07 <b>")
    assert rated["ok"]
    told = supervisor.since(before["seq"], until=rated["seq"])
    assert ticket not in str(told)
    assert "follow_ups" not in str(told) + str(supervisor.fresh()["tables"])
    assert "RatingGiven" not in str(told)
    heard = manager.since(before["seq"], until=rated["seq"])
    assert heard[-1]["rows"]["follow_ups"][ticket]["level"] == 1
    assert manager.fresh()["tables"]["follow_ups"][ticket]["level"] == 1
    asked = {"name": "follow_ups.details"}
    details = manager.client.call("ask", asked, namespace="/manager", timeout=10)
    assert details["result"]["comments"][ticket] == "Chậm <b>"
    assert details["result"]["channels"][ticket] == "pad"
    refused = supervisor.client.call("ask", asked, namespace="/manager", timeout=10)
    assert refused["error"]["code"] == "not_allowed"
    settle = {"ticket": ticket, "note": "x"}
    assert supervisor.command("SettleFollowUp", **settle)["error"]["code"] == "not_allowed"
    assert manager.command("SettleFollowUp", **settle)["ok"]
    assert manager.command("SettleFollowUp", **settle)["error"]["code"] == "unknown_follow_up"
    for screen in (pad, supervisor, manager):
        screen.client.disconnect()


def test_a_phone_cannot_say_that_it_is_a_pad(office: Office) -> None:
    issued = _served(office, 4)
    ticket = issued["ticket"]["id"]
    phone = Screen(office, "ticket", issued["follow_url"].removeprefix("/t/"))
    assert phone.command("RateTicket", level=1, channel="pad", counter=f"{BRANCH}-4")["ok"]
    _, page = office.call("api", "GET", f"/branches/{BRANCH}/events?after=0&limit=1000")
    (given,) = [e for e in page["events"] if e["type"] == "RatingGiven" and e["ticket"] == ticket]
    assert given["payload"]["channel"] == "phone"
    phone.client.disconnect()


def test_reasons_are_those_that_are_asked_for(office: Office) -> None:
    ticket = _serve(office, 4)
    path = f"/tickets/{ticket}/rating"
    status, problem = office.call("api", "POST", path, {"level": 1, "reasons": ["<b>"]})
    assert (status, problem["code"]) == (422, "bad_value")
    status, _ = office.call("api", "POST", path, {"level": 1, "reasons": ["wait", "wait"]})
    assert status == 200


def test_an_officer_sees_a_mean_from_ten_ratings_on(database_url: str) -> None:
    with installed(database_url) as engine:
        small = Small(engine)
        counter = small.open()
        told = ratings.OfficerRatings(engine)
        for n in range(ratings.FEWEST):
            assert told.of(SMALL, "Cán bộ 1", small.now + DAY) == {"n": None}
            told = ratings.OfficerRatings(engine)
            small.issue(A)
            ticket = small.serve(counter)
            small.do(cmd.RateTicket, ticket=ticket["id"], level=5 if n else 1)
        today = ratings.OfficerRatings(engine).of(SMALL, "Cán bộ 1", small.now)
        assert today == {"n": None}, "a mean that moves with a visit tells its rating"
        assert told.of(SMALL, "Cán bộ 1", small.now + DAY) == {"n": 10, "mean": 4.6}
        assert told.of(SMALL, "Cán bộ 2", small.now + DAY) == {"n": None}
        later = small.now + timedelta(days=31)
        assert ratings.OfficerRatings(engine).of(SMALL, "Cán bộ 1", later) == {"n": None}


def test_the_promised_day_is_on_the_phone(office: Office) -> None:
    given = office.issue("chung-thuc", channel="api")
    office.desk("open", {}, 2)
    while office.desk("call-next", {}, 2)[1]["ticket"]["number"] != given["ticket"]["number"]:
        office.desk("recall", {}, 2)
        office.desk("no-show", {}, 2)
    office.desk("start", {}, 2)
    assert "hẹn trả kết quả" not in _page(office, given["follow_url"])
    office.desk("complete", {"outcome": "tiep-nhan", "result_on": "2026-12-08"}, 2)
    assert "Ngày hẹn trả kết quả: 08/12/2026" in _page(office, given["follow_url"])


def _page(office: Office, path: str) -> str:
    with urllib.request.urlopen(office.base_url + path, timeout=10) as answer:
        return str(answer.read().decode())
