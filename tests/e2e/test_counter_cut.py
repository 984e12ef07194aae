"""The terminal when its link breaks in the midst of a command: done once, or not at all, and said so.

Every case is tried with all the steps of `tests.e2e.desks` at the same time, each at a counter of
its own: the waits for an answer that does not come are then waited once.
"""

import json
import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from server import database, logbook
from tests.cut_proxy import CutProxy, line_to
from tests.e2e.desks import Desks, desks_of, hour_of
from tests.live_office import BRANCH, DEMO_FILE, Office, running
from tests.processes import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.faults]
# A busy machine was seen to take ten seconds for a page.

#: A busy machine is slow to paint; it is never early.
_SAID_AFTER_MS = (2_950, 6_000)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("cut")
    # Nine desks are made ready one after the other: on a busy machine that takes longer than the
    # fifteen seconds in which a step can usually be taken back.
    patient = DEMO_FILE.read_text("utf-8").replace("undo_seconds = 15", "undo_seconds = 120")
    (folder / "branch.toml").write_text(patient, "utf-8")
    with running(folder / "data", branch_file=folder / "branch.toml") as started:
        yield started


@pytest.fixture(scope="module")
def line(office: Office) -> Iterator[CutProxy]:
    with line_to(office.base_url) as made:
        yield made


@pytest.fixture(scope="module")
def all_desks(office: Office, line: CutProxy, browser: Browser) -> Iterator[Desks]:
    with desks_of(office, line, browser) as made:
        yield made


@pytest.fixture
def desks(all_desks: Desks, line: CutProxy) -> Iterator[Desks]:
    """Before their steps; and whole again afterwards."""
    all_desks.prepare()
    yield all_desks
    line.mend()
    for desk in all_desks:
        expect(desk.offline).to_be_hidden()
        if desk.refusal.count():
            desk.page.get_by_text("Đã hiểu").click()


def _press_all(desks: Desks) -> None:
    for desk in reversed(desks.all):
        desk.press()


def _all_say_unconfirmed(desks: Desks) -> None:
    """Three seconds after its key each page says so; none shows what nobody has confirmed."""
    least, most = _SAID_AFTER_MS
    for desk in desks:
        assert least <= desk.unconfirmed_after() <= most, desk.step.name
        assert desk.states() == [desk.step.before], desk.step.name


def _cut_and_mend(desks: Desks) -> None:
    """The broken link is noticed, and there is a new one."""
    desks.line.cut()
    for desk in desks:
        expect(desk.offline, desk.step.name).to_be_visible()
    desks.line.mend()
    for desk in desks:
        expect(desk.offline, desk.step.name).to_be_hidden()


@pytest.mark.parametrize("how", ["double_click", "hold"])
def test_a_press_that_comes_twice_counts_once(desks: Desks, how: str) -> None:
    """A double click, slow enough for the answer to come in between; a key that is kept down."""
    # The last prepared is the first: an undo has fifteen seconds, and keys held down take long.
    for desk in reversed(desks.all):
        getattr(desk, how)()
    for desk in desks:
        desk.shows(desk.step.after)
        expect(desk.page.locator("body")).to_have_attribute("data-busy", "")
    assert desks.log() == desks.everything()


def test_a_lost_request_is_said_to_be_unconfirmed_and_its_retry_counts_once(desks: Desks) -> None:
    desks.line.lose("requests")
    _press_all(desks)
    _all_say_unconfirmed(desks)
    desks.line.cut()
    for desk in desks:
        expect(desk.refusal, desk.step.name).to_have_attribute("data-code", "timeout")
    # Pressed while there is no link, the retry is not used up: what it repeats is still open.
    desks["call next"].retry()
    for desk in desks:
        expect(desk.refusal, desk.step.name).to_contain_text("chưa xác nhận")
    desks.line.mend()
    for desk in desks:
        expect(desk.offline, desk.step.name).to_be_hidden()
        assert desk.states() == [desk.step.before]
    assert desks.log() == {}, "nothing fires by itself"
    for desk in desks:
        desk.retry()
        desk.shows(desk.step.after)
        expect(desk.refusal, desk.step.name).to_have_count(0)
    assert desks.log() == desks.everything()


def test_a_lost_answer_is_never_shown_as_done_and_its_retry_counts_once(desks: Desks) -> None:
    desks.line.lose("answers")
    _press_all(desks)
    wait_until(lambda: desks.log() == desks.everything())
    _all_say_unconfirmed(desks)
    _cut_and_mend(desks)
    for desk in desks:
        desk.shows(desk.step.after)
        desk.shows_the_truth()
        desk.retry()
        expect(desk.refusal, desk.step.name).to_have_count(0)
        desk.shows_the_truth()
    assert desks.log() == desks.everything()


def test_a_link_that_hesitates_repeats_the_command_by_itself_under_its_own_key(
    desks: Desks,
) -> None:
    """Longer than the answer is waited for: two or three of each arrive, and one counts."""
    desks = desks.some("call next", "recall", "complete and next", "undo")
    desks.line.hold()
    _press_all(desks)
    _all_say_unconfirmed(desks)
    desks.line.mend()
    for desk in desks:
        desk.shows(desk.step.after)
        expect(desk.refusal, desk.step.name).to_have_count(0)
        expect(desk.page.locator("body")).to_have_attribute("data-busy", "")
    assert desks.log() == desks.everything()


def test_without_a_link_the_last_state_is_for_reading_only(desks: Desks) -> None:
    desks.line.cut()
    for desk in desks:
        expect(desk.offline, desk.step.name).to_contain_text("Mất kết nối")
        expect(desk.offline, desk.step.name).to_contain_text("chỉ để xem")
        assert hour_of(desk.offline.inner_text()), "the hour of what is shown"
        desk.press()
        for key in ("Space", "Enter", "F3", "F4", "F7", "F8", "1", "F9", "1", "Enter", "Control+z"):
            desk.page.keyboard.press(key)
        enabled = desk.page.locator(".pad button:not([aria-disabled=true])")
        assert enabled.count() == 0, (desk.step.name, enabled.all_inner_texts())
        for name in ("call-next", "start", "recall", "complete", "no-show", "pause"):
            desk.page.get_by_test_id(name).click(force=True)
        desk.shows(desk.step.before)
        assert desk.page.locator("[data-testid=panel], [data-testid=unconfirmed]").count() == 0
    desks.line.mend()
    for desk in desks:
        expect(desk.offline, desk.step.name).to_be_hidden()
        desk.shows(desk.step.before)
        desk.shows_the_truth()
    assert desks.log() == {}, "nothing fires by itself"


def test_a_server_killed_in_the_midst_is_as_its_log_says(office: Office, desks: Desks) -> None:
    pids = office.data / "run" / "pids.json"
    web = json.loads(pids.read_text())["web"]
    middle = len(desks.all) // 2
    for desk in desks.all[:middle]:
        desk.press()
    os.kill(web, signal.SIGKILL)
    for desk in desks.all[middle:]:
        desk.press()
    wait_until(lambda: json.loads(pids.read_text()).get("web") not in (web, None), within=30)
    for desk in desks:
        expect(desk.offline, desk.step.name).to_be_hidden()
        expect(desk.page.locator("body")).to_have_attribute("data-busy", "")
        desk.shows_the_truth()
        if desk.refusal.count() and desk.page.get_by_test_id("retry").count():
            desk.retry()
            expect(desk.refusal, desk.step.name).to_have_count(0)
            desk.shows(desk.step.after)
            desk.shows_the_truth()
    done = desks.log()
    assert done, "the server died before anything was done"
    assert all(done[name] == list(desks[name].step.events) for name in done), done
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    assert logbook.verify(engine, BRANCH) == []
    engine.dispose()
