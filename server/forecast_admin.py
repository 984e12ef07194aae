"""The verb about forecasts: how right they would have been on a log."""

import argparse
import itertools
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from server import branches, branchfile, codec, database, demo, logbook, queries
from server.domain import events as ev
from server.domain import hours
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId, TicketId
from server.settings import Settings

Verb = Callable[[argparse.Namespace, Settings], int]

#: A made-up history is always the same: it begins on this Wednesday, and three days only teach.
_DEMO_BEGINS: Final = date(2026, 3, 4)
_DEMO_TAUGHT: Final = 3
_SAID_EVERY: Final = 50


class NothingToTest(Exception):
    """The log has no configuration, or holds no event."""


def add_parser(verb: Callable[[str, Verb, str], argparse.ArgumentParser]) -> None:
    """The parser of `forecast`."""
    parser = verb("forecast", forecast, "how right the forecast of waits would have been on a log")
    parser.add_argument("action", choices=["backtest"])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--log", type=Path, help="an exported log; - = standard input")
    source.add_argument("--branch", help="a branch of the database")
    source.add_argument(
        "--demo", action="store_true", help="made-up days of the demo branch, the same each time"
    )
    parser.add_argument("--from", dest="since", type=date.fromisoformat, help="first scored day")
    parser.add_argument("--to", dest="until", type=date.fromisoformat, help="last scored day")
    parser.add_argument("--days", type=int, default=2, help="demo: so many scored days")
    parser.add_argument(
        "--warm-up",
        type=int,
        default=2,
        help="so many days before --from are priced without being scored: errors are learned",
    )
    parser.add_argument("--replications", type=int, default=100, help="runs for each ticket")
    parser.add_argument("--json", action="store_true", help="figures as JSON")


def forecast(arguments: argparse.Namespace, settings: Settings) -> int:
    """Live a log through and print how right its forecasts would have been."""
    if arguments.replications < 1 or arguments.days < 1 or arguments.warm_up < 0:
        print("--replications and --days from 1, --warm-up from 0", file=sys.stderr)
        return 2
    try:
        with _source(arguments, settings) as (catalogue, events):
            return _backtest(arguments, catalogue, events)
    except (logbook.BadLine, NothingToTest, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _backtest(
    arguments: argparse.Namespace, catalogue: Catalogue, events: Iterable[ev.Recorded]
) -> int:
    # numpy is loaded only by what makes forecasts.
    from server.forecast import backtest, scores  # noqa: PLC0415

    since: date | None = arguments.since
    priced_since = since - timedelta(days=arguments.warm_up) if since else None
    if arguments.demo:
        days = _demo_days(catalogue, arguments)
        since = since or days[_DEMO_TAUGHT + arguments.warm_up]
        priced_since = priced_since or days[_DEMO_TAUGHT]
    test = backtest.Backtest(
        catalogue,
        since=since,
        until=arguments.until,
        priced_since=priced_since,
        replications=arguments.replications,
        progress=_report,
    )
    found = test.run(events)
    if arguments.json:
        print(json.dumps(scores.document(found), ensure_ascii=False, indent=1))
    else:
        print(scores.text(found))
    return 0


def _report(day: date, count: int) -> None:
    if count % _SAID_EVERY == 0:
        print(f"{day}: {count}", file=sys.stderr, flush=True)


@contextmanager
def _source(
    arguments: argparse.Namespace, settings: Settings
) -> Iterator[tuple[Catalogue, Iterable[ev.Recorded]]]:
    """What is lived through, and how the branch was configured before it."""
    if arguments.demo:
        catalogue = branchfile.load(demo.BRANCH_FILE)
        yield catalogue, made_up(catalogue, _demo_days(catalogue, arguments), seed=1)
    elif arguments.branch:
        with database.opened(settings.database) as engine:
            branch = branches.require(engine, BranchId(arguments.branch)).branch
            with queries.reading(engine) as connection:
                yield _configured(logbook.read(connection, branch))
    elif str(arguments.log) == "-":
        yield _configured(logbook.parsed(sys.stdin)[1])
    else:
        with arguments.log.open(encoding="utf-8") as lines:
            yield _configured(logbook.parsed(lines)[1])


def _configured(events: Iterable[ev.Recorded]) -> tuple[Catalogue, Iterable[ev.Recorded]]:
    """The configuration that a log begins with, and all of its events."""
    read: list[ev.Recorded] = []
    catalogue: ev.CatalogueChanged | None = None
    policy: ev.PolicyPublished | None = None
    for recorded in (iterator := iter(events)):
        read.append(recorded)
        if isinstance(recorded.event, ev.CatalogueChanged):
            catalogue = catalogue or recorded.event
        elif isinstance(recorded.event, ev.PolicyPublished):
            policy = policy or recorded.event
        if catalogue and policy:
            configured = codec.catalogue(catalogue.catalogue, policy.policy)
            return configured, itertools.chain(read, iterator)
    raise NothingToTest("the log holds no CatalogueChanged and PolicyPublished event")


def _demo_days(catalogue: Catalogue, arguments: argparse.Namespace) -> list[date]:
    """The working days that are made up: those that teach, those priced, those scored."""
    every = (_DEMO_BEGINS + timedelta(days=n) for n in itertools.count())
    working = (day for day in every if hours.windows_of(catalogue.hours, day))
    wanted = _DEMO_TAUGHT + arguments.warm_up + arguments.days
    return list(itertools.islice(working, wanted))


def made_up(catalogue: Catalogue, days: Iterable[date], *, seed: int) -> list[ev.Recorded]:
    """These days of a branch, lived in memory; always the same for a seed."""
    from server.simulate.day import Day  # noqa: PLC0415 - only the demo is made up
    from server.simulate.memory import MemoryLog  # noqa: PLC0415

    rng = random.Random(seed)  # noqa: S311 - nothing here is a secret
    log = MemoryLog(catalogue, ticket_ids=lambda: TicketId(f"{rng.getrandbits(64):016x}"))
    for day in days:
        Day(log, day, rng, closed=demo.YOURS).run()
    return log.events
