"""The verb that reads the audit trail from the shell."""

import argparse
import csv
import sys
from datetime import UTC, datetime, timedelta

from server import audit, branches, database
from server.clock import Clock
from server.domain.ids import BranchId
from server.settings import Settings

_COLUMNS = ("at", "actor", "action", "outcome", "detail", "address")


def trail(arguments: argparse.Namespace, settings: Settings) -> int:
    """List the newest lines of a branch, or write them all as CSV."""
    engine = database.connect(settings.database)
    try:
        database.migrate(engine)
        branch = branches.require(engine, BranchId(arguments.branch)).branch
        since = Clock().now() - timedelta(days=arguments.days)
        rows = audit.lines(
            engine,
            branch,
            action=arguments.do,
            actor=arguments.actor,
            since=since,
            limit=1_000_000 if arguments.action == "export" else arguments.limit,
        )
        if arguments.action == "export":
            audit.record(
                engine, at=Clock().now(), actor="cli", action="audit.export", branch=branch
            )
    finally:
        engine.dispose()
    writer = csv.writer(sys.stdout)
    if arguments.action == "export":
        writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_told(row[name]) for name in _COLUMNS])
    return 0


def _told(value: object) -> object:
    """One cell; a leading = + - or @ is disarmed, so that no spreadsheet runs it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return f"'{value}" if str(value).startswith(("=", "+", "-", "@", "\t", "\r")) else value
