"""A made-up centre's days in a row: as events, as a log file, or as a branch of the database."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy import Engine

from server import branches, bulk, codec, logbook, queries
from server.domain import events as ev
from server.domain import hours
from server.domain.catalogue import Catalogue
from server.domain.estimate import Learned
from server.domain.ids import CounterId
from server.domain.state import BranchState
from server.simulate import people
from server.simulate.centre import Centre
from server.simulate.centre_day import CentreDay
from server.simulate.history import Progress, taught, undisturbed

ACTOR = "job:simulate"


def working_days(catalogue: Catalogue, first: date) -> Iterator[date]:
    """The days from `first` on that the centre opens on, without end."""
    day = first
    while True:
        if hours.windows_of(catalogue.hours, day):
            yield day
        day += timedelta(days=1)


def days_before(catalogue: Catalogue, end: date, count: int) -> date:
    """The first of the `count` working days before `end`."""
    day = end
    while count:
        day -= timedelta(days=1)
        count -= bool(hours.windows_of(catalogue.hours, day))
    return day


def absent(centre: Centre, number: int) -> frozenset[CounterId]:
    """The counters without anybody on the working day with this number."""
    counters = enumerate(centre.catalogue.counters)
    return frozenset(c.id for n, c in counters if people.shift(centre, number, n).is_absent)


def configured(centre: Centre, at: datetime) -> list[ev.Recorded]:
    """How the centre's log begins: its policy and its catalogue."""
    catalogue = centre.catalogue
    first: tuple[ev.AnyEvent, ...] = (
        ev.PolicyPublished(
            version=catalogue.policy.version, policy=codec.policy_document(catalogue.policy)
        ),
        ev.CatalogueChanged(
            version=catalogue.version, catalogue=codec.catalogue_document(catalogue)
        ),
    )
    return [
        ev.Recorded(
            branch=catalogue.branch, seq=n + 1, at=at, actor=ACTOR, cause="sim-configured", event=e
        )
        for n, e in enumerate(first)
    ]


def live(centre: Centre, first: date, days: int) -> Iterator[tuple[date, list[ev.Recorded]]]:
    """The centre's first `days` working days from `first` on, each with what happened on it.

    The first day's events begin with the configuration.
    """
    state = BranchState(centre.catalogue.branch)
    evening = datetime.combine(first - timedelta(days=1), time(20), centre.catalogue.zone)
    begun = configured(centre, evening.astimezone(UTC))
    for recorded in begun:
        state.apply(recorded)
    for day, events in _days(centre, state, first, days):
        yield day, [*begun, *events]
        begun = []


def _days(
    centre: Centre, state: BranchState, first: date, days: int
) -> Iterator[tuple[date, list[ev.Recorded]]]:
    teaching = Learned()
    opened = working_days(centre.catalogue, first)
    for number in range(days):
        day = next(opened)
        lived = CentreDay(centre, state, day, number)
        lived.log.teaching = teaching
        lived.run()
        yield day, lived.log.events
        teaching = taught(state, teaching)
        state.forget_days_before(day + timedelta(days=1))


def write_file(centre: Centre, first: date, days: int, file: Path, progress: Progress) -> int:
    """Write the days as a log that `log import` reads. Returns how many events."""
    count = 0
    with TemporaryFile("w+", encoding="utf-8") as lines, undisturbed():
        for n, (_, events) in enumerate(live(centre, first, days)):
            lines.writelines(codec.to_json(logbook.line_of(e)) + "\n" for e in events)
            count += len(events)
            progress(n + 1, days)
        lines.seek(0)
        with file.open("w", encoding="utf-8") as out:
            out.write(codec.to_json(logbook.heading(centre.catalogue.branch, count)) + "\n")
            out.writelines(lines)
    return count


def write_branch(engine: Engine, centre: Centre, first: date, days: int, progress: Progress) -> int:
    """Write the days into the database as a new branch, marked as made up.

    Raises `HistoryRefused` when a branch of this name has a log already. Returns how many events.
    """
    catalogue = centre.catalogue
    evening = datetime.combine(first - timedelta(days=1), time(20), catalogue.zone)
    if branches.current(engine, catalogue.branch) is not None:
        with queries.reading(engine) as connection:
            last = queries.last_seq(connection, catalogue.branch)
        raise bulk.HistoryRefused(last_seq=last, first_seq=1)
    branches.apply(engine, catalogue, now=evening.astimezone(UTC), actor=ACTOR)
    state, _ = queries.load_state(engine, catalogue.branch, first)
    count = 0
    with undisturbed():
        for n, (_, events) in enumerate(_days(centre, state, first, days)):
            bulk.append_history(engine, catalogue.branch, events, state)
            count += len(events)
            progress(n + 1, days)
    return count
