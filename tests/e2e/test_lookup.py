"""A citizen looks a dossier up at the kiosk, by touch and by scanner; nothing stays."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server import database
from server.demo import DOSSIERS_FILE
from server.dossiers import table
from tests.live_office import BRANCH, running

pytestmark = pytest.mark.e2e


def test_a_dossier_is_found_by_touch_and_forgotten(
    tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    with running(tmp_path) as office:
        engine = database.connect(f"sqlite:///{tmp_path / 'motcua.db'}")
        table.load(engine, BRANCH, table.read(DOSSIERS_FILE)[0])
        engine.dispose()
        kiosk = open_page(
            f"{office.base_url}/kiosk/{BRANCH}#token={office.tokens['kiosk']}",
            viewport={"width": 1080, "height": 1920},
        )
        kiosk.get_by_text("Tra cứu hồ sơ").click(timeout=25_000)
        kiosk.wait_for_timeout(500)
        for key in "38.98.H29-210519-0013":
            kiosk.wait_for_timeout(120)
            kiosk.get_by_role("button", name=key, exact=True).click()
        kiosk.wait_for_timeout(500)
        kiosk.get_by_text("Tra cứu", exact=True).click()
        expect(kiosk.locator(".dossier-status")).to_have_text("Dừng xử lý")
        expect(kiosk.get_by_text("Cấp giấy phép xây dựng")).to_have_count(0)

        kiosk.wait_for_timeout(500)
        kiosk.get_by_text("Tra mã khác").click()
        expect(kiosk.locator("#code")).to_be_focused()
        # Somebody touched a key on the screen before using the scanner.
        kiosk.wait_for_timeout(500)
        kiosk.get_by_role("button", name="3", exact=True).click()
        kiosk.keyboard.type("8.98.H29-210519-9999\n")
        expect(kiosk.locator(".trouble")).to_contain_text("Không tìm thấy hồ sơ")
        kiosk.keyboard.type("x")
        kiosk.wait_for_timeout(500)
        kiosk.get_by_text("Quay lại").click()
        expect(kiosk.locator(".tiles")).to_be_visible()
        assert "210519" not in kiosk.content()
