"""Part of a day at many times its speed: every call shown and spoken, in order, nothing kept of it."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e import fast_wall, wall_day
from tests.e2e.walls import address
from tests.live_office import running
from tests.sizes import sized

pytestmark = pytest.mark.e2e
#: A machine that runs other tests too cannot paint a call every fifty milliseconds.
_TIMES = sized(20, wall_day.TIMES)
_MINUTES = sized(6, 120)
#: What a page may hold more, MB: the row and the turn of each call would be more than this.
_GROWTH_MB = 0.3


def test_every_call_of_a_fast_day_is_shown_and_spoken_and_nothing_is_kept(
    tmp_path: Path, hall: Path, open_page: Callable[..., Page]
) -> None:
    every = wall_day.calls_of_a_day()
    assert len(every) > 350
    begin = every[0].at.replace(hour=2, minute=0)  # nine o'clock in Hanoi
    calls = [one for one in every if begin <= one.at < begin + timedelta(minutes=_MINUTES)]
    shutil.copytree(hall / "voice", tmp_path / "data" / "voice")
    with running(tmp_path / "data") as office:
        page = fast_wall.open_fast(
            open_page, address(office, "display"), wall_day.WATCH_BOARD, times=_TIMES
        )
        words = fast_wall.manifest(page)
        page.wait_for_timeout(1_000)
        session = page.context.new_cdp_session(page)
        half = len(calls) // 3
        first = wall_day.live(office, page, calls[:half], times=_TIMES)
        before = wall_day.kept(page, session)
        rest = wall_day.live(office, page, calls[half:], first, _TIMES)
        after = wall_day.kept(page, session)
    numbers = [number for number, _ in rest.calls]
    said, wrong = wall_day.spoken(rest, words)
    assert rest.shown == numbers
    assert said == numbers
    assert wrong == []
    assert after["heap"] - before["heap"] < _GROWTH_MB
    assert after["nodes"] <= before["nodes"] * 1.2
