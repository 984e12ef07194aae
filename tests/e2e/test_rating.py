"""A visit, rated at the counter's pad by touch, is on the manager's page at once."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from server import database, devices
from server.access import Role
from server.domain.ids import CounterId
from tests.live_office import BRANCH, PASSWORD, Office, running

pytestmark = pytest.mark.e2e
TABLET = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("rating"), clock="shifted") as started:
        engine = database.connect(f"sqlite:///{started.data / 'motcua.db'}")
        for n in (1, 2):
            counter = CounterId(f"{BRANCH}-{n}")
            started.tokens[f"pad-{n}"] = devices.add(
                engine, branch=BRANCH, role=Role.RATING, name=f"pad {n}", counter=counter
            )
        engine.dispose()
        yield started


def _pad(office: Office, open_page: Callable[..., Page], n: int, **options: Any) -> Page:
    return open_page(
        f"{office.base_url}/counter/{BRANCH}-{n}/rating#token={office.tokens[f'pad-{n}']}",
        **{"viewport": TABLET, "has_touch": True} | options,
    )


def _serve(office: Office, n: int) -> str:
    """A visit from its number to its end; the number."""
    number: str = office.issue("chung-thuc")["ticket"]["number"]
    office.desk("open", {}, n)
    office.desk("call-next", {}, n)
    office.desk("start", {}, n)
    status, answer = office.desk("complete", {"outcome": "tiep-nhan"}, n)
    assert status == 200, answer
    return number


def test_a_low_rating_goes_from_the_finger_to_the_manager(
    office: Office, open_page: Callable[..., Page]
) -> None:
    manager = open_page(
        f"{office.base_url}/login?next=/manager/{BRANCH}", viewport={"width": 1440, "height": 900}
    )
    manager.fill("#username", "quanly")
    manager.fill("#password", PASSWORD)
    manager.keyboard.press("Enter")
    expect(manager.get_by_text("Việc cần xử lý")).to_be_visible(timeout=20_000)
    manager.evaluate("location.hash = '#follow-ups'")
    pad = _pad(office, open_page, 1)
    expect(pad.get_by_text("Quầy đóng")).to_be_visible()
    assert not Axe().run(pad).response["violations"]

    number = _serve(office, 1)
    expect(pad.get_by_test_id("ask")).to_have_attribute("data-number", number)
    assert not Axe().run(pad).response["violations"]
    _targets_are_large(pad)
    pad.get_by_test_id("level-1").tap()
    pad.wait_for_timeout(500)
    pad.get_by_test_id("reason-wait").tap()
    pad.get_by_test_id("comment").fill("Đợi <b>lâu</b>, gọi 0912 345 678")
    assert not Axe().run(pad).response["violations"]
    _targets_are_large(pad)
    pad.get_by_test_id("send").tap()
    sent = time.monotonic()
    expect(manager.get_by_test_id("follow-up")).to_have_attribute("data-number", number)
    assert time.monotonic() - sent < 5
    expect(manager.locator("blockquote")).to_have_text("Đợi <b>lâu</b>, gọi •••")
    expect(pad.get_by_test_id("thanks")).to_be_visible()
    expect(pad.get_by_text("Quầy sẵn sàng phục vụ")).to_be_visible(timeout=15_000)

    manager.get_by_test_id("settle").click()
    manager.get_by_test_id("note").fill("Đã gọi điện xin lỗi")
    manager.get_by_test_id("confirm-settle").click()
    expect(manager.get_by_text("Không có việc nào cần xử lý.")).to_be_visible()
    expect(manager.get_by_text("Đã gọi điện xin lỗi")).to_be_visible()


def _targets_are_large(pad: Page) -> None:
    boxes = pad.evaluate(
        "() => [...document.querySelectorAll('button')].map((b) => [b.innerText,"
        " b.getBoundingClientRect().width, b.getBoundingClientRect().height])"
    )
    assert not [box for box in boxes if min(box[1], box[2]) < 96]
    overflow = pad.evaluate(
        "() => [...document.querySelectorAll('main *')].filter((e) => {"
        " const box = e.getBoundingClientRect();"
        " return box.right > innerWidth + 1 || box.bottom > innerHeight + 1; }).map((e) => e.className)"
    )
    assert overflow == []


#: A small tablet, and the last ticket's question while the next number is already called.
_OVER_AN_ANSWER = """() => {
  const box = (e) => e.getBoundingClientRect();
  const low = Math.max(...[...document.querySelectorAll('.level')].map((e) => box(e).bottom));
  const off = (e) => box(e).top < low || box(e).bottom > innerHeight + 1;
  return [...document.querySelectorAll('.pad-foot > *')].filter(off).map((e) => e.className);
}"""


@pytest.mark.parametrize("size", [(1024, 600), (1280, 720), (1280, 800)])
def test_skipping_never_lies_over_an_answer(
    office: Office, open_page: Callable[..., Page], size: tuple[int, int]
) -> None:
    pad = _pad(office, open_page, 2, viewport={"width": size[0], "height": size[1]})
    # A visit that another test took back to the counter ends first.
    office.desk("complete", {"outcome": "tiep-nhan"}, 2)
    _serve(office, 2)
    office.issue("chung-thuc")
    office.desk("call-next", {}, 2)
    expect(pad.locator(".pad-next")).to_be_visible()
    expect(pad.locator(".level")).to_have_count(5)
    assert pad.evaluate(_OVER_AN_ANSWER) == []
    pad.get_by_test_id("skip").tap()
    expect(pad.get_by_test_id("ask")).to_have_count(0)
    office.desk("start", {}, 2)
    assert office.desk("complete", {"outcome": "tiep-nhan"}, 2)[0] == 200


def test_ten_quick_taps_rate_once_and_the_visit_is_not_asked_about_again(
    office: Office, open_page: Callable[..., Page]
) -> None:
    pad = _pad(office, open_page, 2, viewport={"width": 800, "height": 1280})
    before = _ratings(office)
    _serve(office, 2)
    expect(pad.get_by_test_id("ask")).to_be_visible()
    _targets_are_large(pad)
    box = pad.get_by_test_id("level-5").bounding_box()
    assert box is not None
    for _ in range(10):
        pad.touchscreen.tap(box["x"] + 40, box["y"] + 40)
    expect(pad.get_by_test_id("thanks")).to_be_visible()
    pad.reload()
    expect(pad.get_by_text(re.compile("Quầy sẵn sàng"))).to_be_visible()
    expect(pad.get_by_test_id("ask")).to_have_count(0)
    assert _ratings(office) == [*before, 5]

    _serve(office, 2)
    expect(pad.get_by_test_id("ask")).to_be_visible()
    pad.get_by_test_id("skip").tap()
    expect(pad.get_by_test_id("ask")).to_have_count(0)
    office.desk("undo", {}, 2)
    assert _ratings(office) == [*before, 5]


def _ratings(office: Office) -> list[int]:
    _, page = office.call("api", "GET", f"/branches/{BRANCH}/events?after=0&limit=1000")
    return [e["payload"]["level"] for e in page["events"] if e["type"] == "RatingGiven"]
