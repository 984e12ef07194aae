"""The form of the nine indicators: what is entered is scored exactly, and our facts are only facts."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from server import indicator_form, reports
from server.domain.errors import BadValue
from tests.server.office import BRANCH, NINE, Office, installed

DAY = NINE.date()
QUESTION = reports.Question(branches=(BRANCH,), start=DAY, end=DAY)
#: 2 for each of the nine but the first.
BEST = {
    "i2": "1,0,0", "i3": "1,0,0", "i4": "1,0,0", "i7": "1,0,0", "whole": "100", "received": "100",
    "posted": "true", "electronic": "true", "feedback": "0", "answered": "0",
    "online_procedures": "20", "online_dossiers": "30", "online_late": "false",
}  # fmt: skip


def _left_out(*names: str) -> dict[str, str]:
    return {name: value for name, value in BEST.items() if name not in names}


def test_what_is_entered_is_scored_and_nothing_else(database_url: str) -> None:
    with installed(database_url) as engine:
        office = Office(engine)
        counter = office.open()
        for _ in range(2):
            office.issue()
            office.serve(counter)
        now = NINE + timedelta(hours=1)

        def form(**entered: str) -> dict[str, Any]:
            return indicator_form.form(engine, QUESTION, entered, now)

        empty = form()
        assert (empty["total"], empty["grade"], empty["left_out"]) == (None, None, [*range(1, 10)])
        assert empty["facts"]["served"] == 2
        assert empty["is_replaced"]
        # 149 of 200 early and the others late: 1.49, written 1.5.
        whole = form(**BEST, i1="149,0,51")
        assert (whole["total"], whole["grade"], whole["left_out"]) == (17.5, "excellent", [])
        # 13 + 1.9 of the first: 14.9 is not yet excellent, 15.0 is.
        some = _left_out("i7", "posted") | {"feedback": "10", "answered": "9"}
        assert form(**some, i1="95,0,5")["total"] == 12.9
        assert form(**some, posted="true", i1="95,0,5")["total"] == 14.9
        assert form(**some, posted="true", i1="95,0,5")["grade"] == "good"
        assert form(**some, posted="true", i1="100,0,0")["total"] == 15.0
        assert form(**some, posted="true", i1="100,0,0")["grade"] == "excellent"
        # Shares are exact, and a comma is a decimal sign too.
        scores = {
            row["number"]: row["score"]
            for row in form(**BEST | {"online_dossiers": "29,99"})["rows"]
        }
        assert (scores[1], scores[9]) == (None, 1.0)
        assert form(tier="district", whole="50", received="0")["total"] == 2.0
        assert form(tier="commune", whole="99.9", received="100")["total"] == 1.0


def test_what_cannot_be_is_refused(database_url: str) -> None:
    wrong = [
        ("i1", "1,2"), ("i1", "1,2,-3"), ("i1", "1,2,9999999"), ("whole", "101"), ("whole", "1e2"),
        ("received", "."), ("posted", "yes"), ("feedback", "-1"), ("tier", "village"), ("answered", "5"),
    ]  # fmt: skip
    with installed(database_url) as engine:
        for name, value in wrong:
            with pytest.raises(BadValue) as refused:
                indicator_form.form(engine, QUESTION, {"feedback": "4", name: value}, NINE)
            assert refused.value.facts["field"] == name
        early = date(2018, 1, 2)
        with pytest.raises(BadValue):
            indicator_form.form(engine, replace(QUESTION, start=early, end=early), {}, NINE)
