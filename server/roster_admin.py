"""The verb `roster`: a branch's roster from a CSV file, into one, or into its branch file."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from server import audit, branches, branchfile, database, roster_csv
from server.clock import Clock
from server.domain import numbering
from server.domain.catalogue import Catalogue
from server.domain.ids import BranchId
from server.handlers import rosters
from server.settings import Settings

Verb = Callable[[argparse.Namespace, Settings], int]


def add_parser(verb: Callable[[str, Verb, str], argparse.ArgumentParser]) -> None:
    """Declare the verb."""
    added = verb("roster", roster, "import or export who is planned to open which counter (CSV)")
    added.add_argument("action", choices=["import", "export"])
    added.add_argument("branch")
    added.add_argument(
        "file", type=Path, nargs="?", help="CSV file; export: none = standard output"
    )
    added.add_argument("--from", dest="first", type=date.fromisoformat, help="export: YYYY-MM-DD")
    added.add_argument("--days", type=int, default=7, help="export: so many days")
    added.add_argument("--into", type=Path, help="export: put the shifts into this branch file")
    added.add_argument("--yes", action="store_true", help="import without asking")


def roster(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run it; 2 when the file cannot be used."""
    engine = database.connect(settings.database)
    try:
        database.migrate(engine)
        catalogue = branches.require(engine, BranchId(arguments.branch))
        if arguments.action == "export":
            return _export(arguments, catalogue)
        return _import(arguments, engine, catalogue)
    finally:
        engine.dispose()


def _export(arguments: argparse.Namespace, catalogue: Catalogue) -> int:
    if arguments.into:
        text = branchfile.into(arguments.into.read_text("utf-8"), catalogue)
        try:
            branchfile.loads(text, arguments.into.name)
        except branchfile.BranchFileError as error:
            print(error, file=sys.stderr)
            return 2
        arguments.into.write_text(text, "utf-8")
        print(f"{arguments.into}: {len(catalogue.roster)} ca trực")
        return 0
    first = arguments.first or numbering.business_date(Clock().now(), catalogue.time_zone)
    text = roster_csv.text_of(catalogue, first, arguments.days)
    if arguments.file:
        arguments.file.write_text(text, "utf-8", newline="")
    else:
        print(text.removeprefix("\ufeff"), end="")
    return 0


def _import(arguments: argparse.Namespace, engine: Engine, catalogue: Catalogue) -> int:
    """Show what the file changes, then put it in force."""
    if not arguments.file:
        print("a FILE is needed", file=sys.stderr)
        return 2
    try:
        read = roster_csv.read(arguments.file.read_text("utf-8"), catalogue)
    except (roster_csv.BadRosterFile, UnicodeDecodeError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    now = Clock().now()
    today = numbering.business_date(now, catalogue.time_zone)
    roster_ = rosters.settled(roster_csv.merged(catalogue.roster, read), today)
    wanted = replace(catalogue, roster=roster_)
    changes = branchfile.difference(catalogue, wanted)
    print("\n".join(changes) or f"{catalogue.branch}: không có thay đổi")
    if not changes:
        return 0
    if not arguments.yes and sys.stdin.isatty() and input("Áp dụng? [c/K] ").strip().lower() != "c":
        return 2
    branches.apply(engine, wanted, now=now, actor="job:roster-import")
    audit.record(engine, at=now, actor="cli", action="roster.import", branch=catalogue.branch)
    return 0
