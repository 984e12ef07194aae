"""Accounts that look at several branches see the figures of those, and of no others."""

from datetime import timedelta

import pytest

from server import accounts, branches, oversight
from server.access import Actor, Role
from server.domain.errors import UnknownBranch
from server.domain.ids import BranchId
from tests.server.office import BRANCH, NINE, Office, catalogue, installed

OTHER, THIRD = BranchId("other"), BranchId("third")


def test_only_what_was_given_is_seen_side_by_side(database_url: str) -> None:
    with installed(database_url) as engine:
        for branch in (OTHER, THIRD):
            branches.apply(engine, catalogue(branch=branch), now=NINE, actor="test")
        for branch, people in ((BRANCH, 2), (OTHER, 3)):
            office = Office(engine, branch=branch)
            counter = office.open()
            for _ in range(people):
                office.issue()
                office.now += timedelta(minutes=5)
                office.serve(counter)
        accounts.put_user(engine, username="tp", password="p", name="Thành phố", branch=BRANCH)
        city = accounts.user(engine, "tp")
        assert city
        now = NINE + timedelta(hours=1)
        alone = oversight.side_by_side(engine, city, [], None, None, now)
        assert [g["key"] for g in alone["groups"]] == [BRANCH]
        oversight.oversee(engine, "tp", [OTHER])
        both = oversight.side_by_side(engine, city, [], None, None, now)
        assert {g["key"]: g["issued"] for g in both["groups"]} == {BRANCH: 2, OTHER: 3}
        assert both["total"]["issued"] == 5
        assert set(both["names"]) == {BRANCH, OTHER}
        assert both["total"]["wait_p50_s"] == pytest.approx(300, rel=0.01)
        with pytest.raises(UnknownBranch):
            oversight.side_by_side(engine, city, [THIRD], None, None, now)
        oversight.oversee(engine, "tp", [THIRD])
        quiet = oversight.side_by_side(engine, city, [THIRD], None, None, now)
        assert [(g["key"], g["issued"]) for g in quiet["groups"]] == [(THIRD, 0)]
        with pytest.raises(UnknownBranch):
            oversight.oversee(engine, "tp", [BranchId("nowhere")])
        assert oversight.overseen(engine, city) == [BRANCH, THIRD], "a refusal changes nothing"
        device = Actor(role=Role.INTEGRATION, id="tp", branch=OTHER)
        assert oversight.overseen(engine, device) == [OTHER], (
            "a device of the same name sees its own"
        )
