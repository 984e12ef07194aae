"""Several branches side by side, for an account that looks at more than its own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from server import branches, database, oversight
from server.domain.ids import BranchId
from server.domain.text import Text
from tests.e2e.looks import fits, reads_well
from tests.e2e.managers import signed_in
from tests.live_office import BRANCH, MORNING, Office, running
from tests.server import office as made

pytestmark = pytest.mark.e2e
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
#: Branches beside the manager's own: the name, and how many people came yesterday and today.
OTHERS = {
    BranchId("gia-lam"): ("Điểm phục vụ hành chính công Gia Lâm", 2, 3),
    BranchId("dong-anh"): ("Điểm phục vụ hành chính công Đông Anh", 0, 1),
    BranchId("soc-son"): ("Điểm phục vụ hành chính công Sóc Sơn", 0, 0),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with running(tmp_path_factory.mktemp("oversight")) as started:
        engine = database.connect(f"sqlite:///{started.data / 'motcua.db'}")
        morning = datetime.fromisoformat(MORNING) - timedelta(hours=1)
        for branch, (name, yesterday, today) in OTHERS.items():
            first = morning - timedelta(days=1)
            named = replace(made.catalogue(branch=branch), name=Text(vi=name, en=name))
            branches.apply(engine, named, now=first, actor="job:test")
            there = made.Office(engine, now=first, branch=branch)
            counter = there.open()
            for begun, people in ((first, yesterday), (morning, today)):
                there.now = begun
                for _ in range(people):
                    there.issue()
                    there.now += timedelta(minutes=5)
                    there.serve(counter)
        oversight.oversee(engine, "giamsat", list(OTHERS))
        engine.dispose()
        yield started


@pytest.mark.parametrize("size", SIZES)
def test_branches_stand_side_by_side(
    office: Office, open_page: Callable[..., Page], size: str
) -> None:
    page = signed_in(office, open_page, "giamsat", size)
    page.goto(f"{office.base_url}/manager/{BRANCH}#oversight")
    rows = page.locator(".panel.oversight tbody tr")
    expect(rows).to_have_count(len(OTHERS) + 2, timeout=20_000)
    cells = [row.locator("th, td").all_inner_texts() for row in rows.all()]
    assert sorted(row[1] for row in cells[:-1]) == ["0", "0", "1", "3"]
    assert cells[-1][1:3] == ["4", "4"], "all branches together"
    assert {row[0] for row in cells} > {name for name, *_ in OTHERS.values()}
    assert float(cells[-1][3].replace(",", ".")) == pytest.approx(5, abs=0.1)
    fits(page, f"today, {size}")
    reads_well(page, f"today, {size}")
    page.get_by_role("button", name="7 ngày").click()
    expect(page.get_by_role("button", name="7 ngày")).to_have_attribute("aria-pressed", "true")
    expect(rows.last.locator("td").first).to_have_text("6")
    reads_well(page, f"a week, {size}")


def test_a_manager_of_one_branch_is_not_shown_the_page(
    office: Office, open_page: Callable[..., Page]
) -> None:
    page = signed_in(office, open_page, "quanly", "desk")
    expect(page.locator("a[href='#satisfaction']").first).to_be_visible(timeout=20_000)
    assert page.locator("a[href='#oversight']").count() == 0
