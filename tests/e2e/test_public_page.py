"""The public page in a real browser: on a phone and a desk, without scripts, in frames, cut off."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from server import branches, database
from server.domain.catalogue import Public
from tests.e2e.looks import check, fits
from tests.live_office import BRANCH, MORNING, Office, running

pytestmark = pytest.mark.e2e

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
WAITING = re.compile(r"(\d+) người đang chờ")


@dataclass
class Shown:
    """A running office with people in it, and another site that frames its page."""

    office: Office
    site: ThreadingHTTPServer

    @property
    def page(self) -> str:
        return f"{self.office.base_url}/public/{BRANCH}"

    def site_at(self, host: str) -> str:
        return f"http://{host}:{self.site.server_address[1]}/"

    def clock(self, **by: float) -> None:
        now = datetime.fromisoformat(MORNING) + timedelta(**by)
        self.office.call("api", "PUT", "/simulation/clock", {"now": now.isoformat()})


def _site(page: str) -> ThreadingHTTPServer:
    class Framing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            frames = "".join(
                f'<iframe name="{name}" title="{name}" width="400" height="600" src="{page}{query}">'
                "</iframe>"
                for name, query in (("compact", "?embed=1"), ("whole", ""))
            )
            self.wfile.write(f"<!doctype html><title>x</title>{frames}".encode())

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Framing)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with running(tmp_path_factory.mktemp("public")) as office:
        for n in (1, 2):
            office.desk("open", {"officer": f"Cán bộ {n}"}, n)
        for _ in range(9):
            office.issue()
        site = _site(f"{office.base_url}/public/{BRANCH}")
        threading.Thread(target=site.serve_forever, daemon=True).start()
        started = Shown(office, site)
        engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
        allowed = Public(frame=(started.site_at("localhost").rstrip("/"),))
        configured = replace(branches.require(engine, BRANCH), public=allowed)
        branches.apply(engine, configured, now=datetime.fromisoformat(MORNING), actor="job:test")
        engine.dispose()
        yield started
        site.shutdown()
        site.server_close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_reads_well_at_both_sizes(
    shown: Shown, open_page: Callable[..., Page], size: dict[str, int]
) -> None:
    shown.clock()
    page = open_page(shown.page, viewport=size)
    expect(page.locator("[data-field=A]")).to_contain_text(WAITING)
    expect(page.get_by_text("Cập nhật lúc 9:00")).to_be_visible()
    expect(page.get_by_text("dữ liệu minh họa")).to_be_visible()
    check(page, f"open {size}")
    fits(page, f"open {size}", touch=True)
    page.get_by_role("link", name="English").click()
    expect(page.locator("[data-field=A]")).to_contain_text(re.compile(r"\d+ people waiting"))
    fits(page, f"English {size}", touch=True)
    if size == DESK:
        return
    shown.clock(hours=11)
    # A browser may keep the page for its fifteen seconds.
    page.goto(shown.page)
    page.reload()
    expect(page.get_by_text("Nhận số lại: 7:30, Thứ Tư, 25/11/2026")).to_be_visible()
    check(page, f"closed {size}")


def test_it_is_whole_without_scripts(shown: Shown, open_page: Callable[..., Page]) -> None:
    shown.clock()
    page = open_page(shown.page, viewport=PHONE, java_script_enabled=False)
    expect(page.locator("[data-field=A]")).to_contain_text(WAITING)
    expect(page.locator("[data-field=A] .pill")).to_contain_text("phút")
    expect(page.get_by_text("8:00\u201312:00")).to_be_visible()
    shown.clock(hours=2, minutes=15)
    page.reload()
    expect(page.locator("[data-field=A] .wait")).to_contain_text("chiều (sau 13:00)")
    assert page.locator("meta[http-equiv=refresh]").get_attribute("content") == "30"


def test_it_follows_without_being_loaded_anew_and_says_when_it_cannot(
    shown: Shown, open_page: Callable[..., Page]
) -> None:
    shown.clock()
    page = open_page(viewport=PHONE)
    page.clock.install()
    page.goto(shown.page)
    page.reload()
    page.evaluate("window.isTheSame = true")
    card = page.locator("[data-field=A]")
    expect(card).to_contain_text(WAITING)
    found = WAITING.search(card.inner_text())
    assert found
    shown.office.issue()
    shown.clock(minutes=1)
    page.clock.run_for(16_000)
    expect(card).to_contain_text(f"{int(found[1]) + 1} người đang chờ")
    expect(page.get_by_text("Cập nhật lúc 9:01")).to_be_visible()
    assert page.evaluate("window.isTheSame")
    page.context.set_offline(True)
    page.clock.run_for(70_000)
    expect(page.get_by_text("Số liệu đã cũ, lúc 9:01")).to_be_visible()
    expect(card.locator(".pill")).to_be_hidden()
    check(page, "cut off")
    page.context.set_offline(False)
    page.clock.run_for(16_000)
    expect(page.get_by_text("Số liệu đã cũ")).to_be_hidden()
    expect(card.locator(".pill")).to_be_visible()


def test_an_allowed_site_frames_the_compact_page_and_nobody_else_does(
    shown: Shown, open_page: Callable[..., Page]
) -> None:
    shown.clock(minutes=2)
    page = open_page(shown.site_at("localhost"))
    compact = page.frame_locator("[name=compact]")
    expect(compact.get_by_text("Hộ tịch")).to_be_visible()
    expect(compact.get_by_text("Địa chỉ")).to_have_count(0)
    assert _frame(page, "whole") == "", "only the compact page may be framed"
    page.goto(shown.site_at("127.0.0.1"))
    assert _frame(page, "compact") == ""
    alone = open_page(f"{shown.page}?embed=1", viewport={"width": 360, "height": 600})
    check(alone, "compact")
    fits(alone, "compact")


def _frame(page: Page, name: str) -> str:
    """The heading that a frame shows once it is loaded; empty where the browser refused it."""
    frame = page.frame(name)
    assert frame is not None
    headings = frame.locator("h1:has-text('Thời gian chờ')")
    return headings.inner_text() if headings.count() else ""
