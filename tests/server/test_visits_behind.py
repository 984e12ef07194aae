"""The visits behind a figure: as many as the figure says, each once, whatever days are counted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from server import branches, database, reports, stories, visits
from server.simulate import history

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


def test_every_visit_is_listed_once_in_order(database_url: str) -> None:
    engine = database.connect(database_url)
    database.migrate(engine)
    catalogue = history.make_branch(3)
    branches.apply(engine, catalogue, now=NOW - timedelta(days=9), actor="job:test")
    history.write(engine, catalogue, 3, until=NOW, seed=3, progress=lambda _done, _total: None)
    branch = catalogue.branch
    # A late rating broke the seal of the Tuesday: it lies between two days that are sealed.
    assert all(visits.seal(engine, branch, MONDAY + timedelta(days=n), NOW) for n in (0, 2))

    def asked(**where: str) -> reports.Question:
        return reports.Question(
            branches=(branch,), start=MONDAY, end=MONDAY + timedelta(days=3), by="weekday", where=where
        )  # fmt: skip

    def listed(question: reports.Question) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = stories.visits_behind(engine, question, NOW, after=after, limit=17)
            found += page["visits"]
            if page["next"] is None:
                assert page["total"] == len(found)
                return found
            after = page["next"]

    figures = reports.answer(engine, asked(), NOW)
    every = listed(asked())
    void = [one for one in every if one["end"] == "void"]
    assert len({one["ticket"] for one in every}) == len(every)
    assert len(every) - len(void) == figures["total"]["issued"]
    assert len(every) > 4 * 17
    dates = [one["business_date"] for one in every]
    assert dates == sorted(dates)
    assert [group["key"] for group in figures["groups"]] == ["1", "2", "3", "4"]
    for group in figures["groups"]:
        of_day = listed(asked(weekday=group["key"]))
        assert len(of_day) == group["issued"] + sum(one["end"] == "void" for one in of_day)
        narrowed = reports.answer(engine, asked(weekday=group["key"]), NOW)
        assert narrowed["total"]["issued"] == group["issued"]
        assert narrowed["total"]["wait_p50_s"] == group["wait_p50_s"]
        assert {date.fromisoformat(one["business_date"]).isoweekday() for one in of_day} == {
            int(group["key"])
        }
    engine.dispose()
