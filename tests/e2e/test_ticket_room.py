"""The ticket on the kiosk's screen stays inside its frame, whatever it is called and wherever it stands."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.live_office import BRANCH, Office, running

pytestmark = pytest.mark.e2e
#: What sticks out of the ticket's frame, or slides under the aids.
_OUT = """() => {
  const box = (e) => e.getBoundingClientRect();
  const frame = box(document.querySelector('.ticket'));
  const foot = box(document.querySelector('.aids'));
  const out = (e) => box(e).top < frame.top - 1 || box(e).bottom > frame.bottom + 1;
  return [
    ...[...document.querySelectorAll('.ticket *')].filter(out),
    ...[...document.querySelectorAll('.result > *')].filter((e) => box(e).bottom > foot.top + 1),
  ].map((e) => e.className || e.innerText);
}"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("office")) as live:
        live.desk("open", {"officer": "Lan"}, 1)
        for _ in range(6):
            live.issue("ho-tich", channel="api")
        yield live


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (1024, 768)])
@pytest.mark.parametrize("aid", ["", ".aid:has-text('Chữ to')", ".language[lang=en]"])
def test_nothing_sticks_out_of_the_ticket(
    office: Office, open_page: Callable[..., Page], size: tuple[int, int], aid: str
) -> None:
    page = open_page(
        f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
        viewport={"width": size[0], "height": size[1]},
    )
    expect(page.locator(".tile:not([aria-disabled])").first).to_be_visible(timeout=25_000)
    # The longest name of the field stands first: interlinked procedures.
    for target in (aid, ".tile", ".choices .choice", ".actions .primary", ".choice.normal"):
        if target:
            page.wait_for_timeout(500)
            page.locator(target).first.click()
    expect(page.locator(".ticket-number")).to_be_visible(timeout=15_000)
    page.wait_for_timeout(400)
    assert page.evaluate(_OUT) == []
