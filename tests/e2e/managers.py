"""The manager's pages, as somebody who signed in finds them."""

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page

from tests.live_office import BRANCH, PASSWORD, Office

SIZES: Final = {"desk": (1440, 900), "laptop": (1366, 768), "phone": (390, 844)}


def signed_in(
    office: Office,
    open_page: Callable[..., Page],
    username: str = "quanly",
    size: str = "desk",
    *,
    view: str = "",
    at: str = "",
) -> Page:
    """The page named `view`, the first one without; `at` is where the office is, if not straight."""
    width, height = SIZES[size]
    page = open_page(
        f"{at or office.base_url}/login?next=/manager/{BRANCH}",
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        accept_downloads=True,
    )
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".shell").wait_for(timeout=20_000)
    if view:
        page.evaluate("view => { location.hash = `#${view}`; }", view)
    return page
