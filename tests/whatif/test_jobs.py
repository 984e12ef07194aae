"""A comparison from the database to its result, on both engines: learned, lived, cancelled, kept."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec
import pytest
from sqlalchemy import Engine

from server import database
from server.domain.ids import BranchId
from server.simulate import centre as centres
from server.simulate import world
from server.simulate.behaviour import SCENARIOS
from server.whatif import facts, jobs, store
from server.whatif.plans import BadPlan, Plan, RemoveCounter
from server.whatif.store import Trial

BRANCH = BranchId("thu-nghiem")
NOW = datetime(2026, 9, 4, 15, tzinfo=UTC)
CENTRE = centres.make(SCENARIOS["small"], 4, BRANCH)
PLAN = Plan(name="A", changes=(RemoveCounter(CENTRE.catalogue.counters[0].id),))


def _trial(name: str, days: tuple[date, ...]) -> Trial:
    return Trial(
        id=name, name=name, asked_by="user:quanly", asked_at=NOW, moved_at=NOW, days=days,
        total=2 * len(days), plans=(PLAN,),
    )  # fmt: skip


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with database.opened(database_url) as made:
        database.migrate(made)
        world.write_branch(made, CENTRE, date(2026, 9, 1), 3, lambda *_: None)
        yield made


def test_a_comparison_is_computed_cancelled_and_kept(engine: Engine) -> None:
    with engine.connect() as connection:
        days = facts.days_with_visits(connection, BRANCH, date(2026, 1, 1), date(2026, 12, 31))
        loaded = facts.load(connection, BRANCH, days[0])
    assert len(days) == 3
    assert loaded.tickets
    assert set(loaded.stages) == {t.id for t in loaded.tickets}
    store.put(engine, BRANCH, _trial("one", tuple(days)))
    found = [jobs._Run(engine, BRANCH, "one", NOW).result() for _ in range(2)]
    # The same log gives the same bytes.
    assert found[0] == found[1]
    result = msgspec.json.decode(found[0][0])
    people = sum(len(facts_of(engine, day).tickets) for day in days)
    assert result["present"]["people"] == result["plans"][0]["people"] == people
    # On a day with another counter absent nobody is left for two queues: the mean wait of those
    # served falls, that of everybody does not.
    assert result["plans"][0]["lost"] > result["present"]["lost"]
    assert result["plans"][0]["mean"] < result["present"]["mean"]
    assert result["plans"][0]["felt"] > result["present"]["felt"] + 5
    assert result["plans"][0]["worse"] == 3
    assert not result["is_enough"]
    # Three days of a small office: what is usual speaks, and that is said with its ground.
    told = result["patience"]
    assert told["is_usual"]
    assert 0 <= told["gone_by"]["30"] <= told["gone_by"]["60"] < 0.5
    assert 0 < told["absent"] < people
    assert msgspec.json.decode(found[0][1])["model"] == jobs.MODEL
    trial, _ = store.find(engine, BRANCH, "one")
    assert (trial.state, trial.done, trial.total) == ("working", 6, 6)

    store.put(engine, BRANCH, _trial("two", tuple(days)))
    store.move(engine, BRANCH, "two", state="cancelled")
    with pytest.raises(jobs._Cancelled):
        jobs._Run(engine, BRANCH, "two", NOW).result()
    assert store.unfinished(engine) == [(BRANCH, "one")]

    for n in range(store.MOST_KEPT - 2):
        store.put(engine, BRANCH, replace_id(_trial("x", (days[0],)), f"k{n}"))
    with pytest.raises(BadPlan) as full:
        store.put(engine, BRANCH, _trial("more", (days[0],)))
    assert full.value.code == "plan_full"
    store.forget(engine, BRANCH, "two")
    store.put(engine, BRANCH, _trial("more", (days[0],)))
    with pytest.raises(store.UnknownTrial):
        store.find(engine, BRANCH, "two")


def facts_of(engine: Engine, day: date) -> facts.Facts:
    with engine.connect() as connection:
        return facts.load(connection, BRANCH, day)


def replace_id(trial: Trial, name: str) -> Trial:
    return msgspec.structs.replace(trial, id=name)
