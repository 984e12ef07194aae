"""A report from the click to the file, on a desk and on a phone; who may, and who may not."""

import io
import json
import time
import urllib.request
from collections.abc import Callable, Iterator

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Page, expect

from server import audit, database
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import SIZES, signed_in
from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("reports"), clock="shifted") as started:
        for level in (5, 4, 2):
            ticket = started.issue("chung-thuc", channel="api")["ticket"]["id"]
            started.desk("open")
            started.desk("call-next")
            started.desk("start")
            assert started.desk("complete", {"outcome": "tiep-nhan"})[0] == 200
            started.call("api", "POST", f"/tickets/{ticket}/rating", {"level": level})
        yield started


@pytest.mark.parametrize("size", SIZES)
def test_a_report_from_the_click_to_the_file(
    office: Office, open_page: Callable[..., Page], size: str
) -> None:
    page = signed_in(office, open_page, "quanly", size)
    page.evaluate("location.hash = '#reports'")
    expect(page.get_by_test_id("schedule")).to_contain_text("Hằng tháng · PDF, XLSX")
    page.get_by_test_id("report-kind").select_option("day")
    page.get_by_test_id("report-day").fill("2026-11-24")
    page.get_by_test_id("report-ask").click()
    made = page.locator("[data-state=ready]:has([data-testid=download-pdf])").first
    expect(made).to_contain_text("Ngày 24/11/2026", timeout=30_000)
    fits(page, f"reports, {size}")
    reads_well(page, f"reports, {size}")
    for kind in ("pdf", "xlsx"):
        with page.expect_download() as download:
            made.get_by_test_id(f"download-{kind}").click()
        name = download.value.suggested_filename
        unit = "Điểm tiếp nhận và trả kết quả phường Long Biên"
        assert name == f"Báo cáo_{unit}_2026-11-24.{kind}"
        content = io.BytesIO(download.value.path().read_bytes())
        if kind == "pdf":
            text = pypdf.PdfReader(content).pages[0].extract_text()
            assert "Công dân lấy số 3 lượt" in text
        else:
            rows = openpyxl.load_workbook(content)["Lĩnh vực"].iter_rows(values_only=True)
            assert [row[:3] for row in rows if row[0] == "Tổng cộng"] == [("Tổng cộng", 3, 3)]
    if size != "desk":
        return
    status, answer = office.call("api", "GET", f"/branches/{BRANCH}/figures?by=none")
    assert (status, answer["total"]["issued"]) == (200, 3)


def test_who_may_not_export_sees_no_page_and_gets_no_file(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = signed_in(office, open_page, "giamsat", "desk")
    expect(page.locator("nav a").first).to_be_visible(timeout=20_000)
    assert page.locator("nav a[href='#reports']").count() == 0
    path = f"/api/v1/branches/{BRANCH}/reports/day-2026-11-24-0123456789ab/files/pdf"
    assert page.request.get(f"{office.base_url}{path}").status == 403
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    told = audit.lines(engine, BRANCH, action="reports.download")
    engine.dispose()
    assert {line["outcome"] for line in told if line["actor"] == "supervisor:giamsat"} == {
        "not_allowed"
    }
    assert {line["outcome"] for line in told if line["actor"] == "manager:quanly"} <= {"ok"}


def test_other_systems_ask_by_the_api(office: Office) -> None:
    path = f"/branches/{BRANCH}/reports"
    body = {"kind": "day", "day": "2026-11-24", "formats": ["json"]}
    status, asked = office.call("api", "POST", path, body, key="report-1")
    assert (status, asked["formats"]) == (202, ["json"])
    assert office.call("api", "POST", path, body, key="report-1")[1]["id"] == asked["id"]
    assert office.call("api", "POST", path, {**body, "kind": "week"}, key="report-1")[0] == 409
    report = f"{path}/{asked['id']}"
    end = time.monotonic() + 30
    while (state := office.call("api", "GET", report)[1])["state"] != "ready":
        assert state["state"] in ("queued", "working"), state
        assert time.monotonic() < end
        time.sleep(0.2)
    assert (state["done"], list(state["files"])) == (state["total"], ["json"])
    bearer = {"Authorization": f"Bearer {office.tokens['api']}"}
    request = urllib.request.Request(f"{office.base_url}/api/v1{report}/files/json", headers=bearer)
    with urllib.request.urlopen(request) as answer:
        found = json.load(answer)
        assert answer.headers["Content-Type"] == "application/json"
        assert "filename*=UTF-8''B%C3%A1o%20c%C3%A1o_" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"
    figures = office.call("api", "GET", f"/branches/{BRANCH}/figures?by=service")[1]
    # The desk stands open all the while: its time is not that of a moment before.
    growing = ("open_s", "paused_s", "engaged_s", "serving_s", "occupancy", "service_share")
    told, asked_later = (
        {key: value for key, value in total.items() if key not in growing}
        for total in (found["figures"]["service"]["total"], figures["total"])
    )
    assert told == asked_later
    assert set(growing) < set(figures["total"])
    for wrong, code in (
        ({"day": "24/11/2026"}, 422), ({"day": "2027-01-01"}, 422), ({"kind": "decade"}, 422),
        ({"formats": ["doc"]}, 422), ({"formats": []}, 422), ({"x": 1}, 422),
    ):  # fmt: skip
        assert office.call("api", "POST", path, {**body, **wrong})[0] == code, wrong
    assert office.call("kiosk", "POST", path, body)[0] == 403
    assert office.call("api", "POST", "/branches/khac/reports", body)[0] == 404
    assert office.call("api", "GET", f"{path}/day-2026-11-24-0123456789ab")[0] == 404
