"""`simulate`: made-up days, of a branch that is configured by a file or of a whole made-up centre."""

import argparse
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from server import branches, branchfile, database
from server.clock import Clock
from server.settings import Settings
from server.simulate.behaviour import SCENARIOS

#: What one call may ask for: a longer history is simulated in several branches.
MOST_COUNTERS: Final = 30
MOST_DAYS: Final = 400


class AddVerb(Protocol):
    """Adds a verb to the command line."""

    def __call__(self, name: str, function: Any, words: str, /) -> argparse.ArgumentParser: ...


def add_parser(verb: AddVerb) -> None:
    """The verb and its options."""
    made = verb("simulate", simulate, "write made-up days as a log file, or into a branch's log")
    into = made.add_mutually_exclusive_group()
    into.add_argument(
        "--out", type=Path, help="a log file, for `log import` or `forecast backtest`"
    )
    into.add_argument("--branch", help="a new branch of this name, marked as made up (the default)")
    into.add_argument(
        "--branch-file", type=Path, help="the days of the branch of this file instead"
    )
    made.add_argument("--scenario", choices=sorted(SCENARIOS), default="base")
    made.add_argument(
        "--counters", type=_up_to(MOST_COUNTERS), help=f"1-{MOST_COUNTERS}; else the scenario's own"
    )
    days = "working days of a centre; days of the calendar with --branch-file"
    made.add_argument("--days", type=_up_to(MOST_DAYS), default=30, help=days)
    made.add_argument("--seed", type=int, default=1, help="the same seed, the same people")
    made.add_argument(
        "--first", type=date.fromisoformat, help="the first day; else they end yesterday"
    )


def _up_to(most: int) -> Any:
    def number(written: str) -> int:
        value = int(written)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"1-{most}")
        return value

    return number


def simulate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write made-up days where the options say."""
    from server.simulate import centre, world  # noqa: PLC0415 - only this verb needs them

    if arguments.branch_file:
        return _days_of_file(arguments, settings)
    scenario = SCENARIOS[arguments.scenario]
    if arguments.counters:
        scenario = replace(scenario, counters=arguments.counters)
    made = centre.make(scenario, arguments.seed, arguments.branch or "")
    today = Clock().now().astimezone(made.catalogue.zone).date()
    first = arguments.first or world.days_before(made.catalogue, today, arguments.days)
    if arguments.out:
        count = world.write_file(made, first, arguments.days, arguments.out, _tell)
        print(f"{arguments.out}: {count}")
        return 0
    with database.opened(settings.database) as engine:
        count = world.write_branch(engine, made, first, arguments.days, _tell)
    print(f"{made.catalogue.branch}: {count}")
    return 0


def _days_of_file(arguments: argparse.Namespace, settings: Settings) -> int:
    from server.simulate import history  # noqa: PLC0415 - only this verb needs it

    wanted = branchfile.load(arguments.branch_file)
    now = Clock().now()
    before = now - timedelta(days=arguments.days + 1)
    with database.opened(settings.database) as engine:
        branches.apply(engine, wanted, now=before, actor="job:simulate")
        history.write(
            engine, wanted, arguments.days, until=now, seed=arguments.seed, progress=_tell
        )
    return 0


def _tell(done: int, total: int) -> None:
    print(f"{done}/{total}", flush=True)
