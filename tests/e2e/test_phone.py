"""The ticket on a phone: what a citizen does there is answered where they look."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.live_office import Office, running

pytestmark = pytest.mark.e2e
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("phone"), clock="shifted") as started:
        yield started


@pytest.mark.parametrize("has_script", [True, False])
def test_a_place_given_away_is_confirmed(
    office: Office, open_page: Callable[..., Page], *, has_script: bool
) -> None:
    mine, _ = office.issue(), office.issue()
    address = office.base_url + mine["follow_url"]
    page = open_page(address, viewport=PHONE, java_script_enabled=has_script)
    before = int(page.locator("#ahead").inner_text())
    page.get_by_role("button", name="Lùi lại").click()
    expect(page.get_by_role("status").filter(has_text="Đã lùi lại")).to_be_visible()
    expect(page.locator("#ahead")).to_have_text(str(before + 1))
    expect(page.locator("#serving")).to_have_text("Lúc này không có")


@pytest.mark.parametrize("has_script", [True, False])
def test_the_question_before_cancelling_is_in_sight_and_nothing_is_called_done(
    office: Office, open_page: Callable[..., Page], *, has_script: bool
) -> None:
    address = office.base_url + office.issue()["follow_url"]
    page = open_page(address, viewport=PHONE, java_script_enabled=has_script)
    page.get_by_role("button", name="Hủy số").click()
    expect(page.get_by_role("button", name="Đồng ý hủy số")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Đồng ý hủy số").click()
    expect(page.get_by_text("Số này đã hủy")).to_be_visible()
    expect(page.locator(".steps")).to_have_count(0)
