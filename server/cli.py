"""The command line: one verb for each thing an operator does. Every verb has --help."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from server import (
    admin,
    audit_admin,
    device_admin,
    forecast_admin,
    people_admin,
    roster_admin,
    run,
    simulate_admin,
)
from server.domain.errors import Refused
from server.settings import Settings, SettingsError, load
from server.text import LANGUAGES

Verb = Callable[[argparse.Namespace, Settings], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; 0 when it did what it says, 2 when it could not."""
    logging.basicConfig(
        level=os.environ.get("LOGLEVEL", "WARNING"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    arguments = parser().parse_args(argv)
    try:
        settings = load(os.environ | _overrides(arguments))
        settings.data.mkdir(parents=True, exist_ok=True)
        verb: Verb = arguments.verb_function
        return verb(arguments, settings)
    except SettingsError as error:
        print(f"Cấu hình không dùng được: {error}", file=sys.stderr)
    except Refused as refusal:
        print(f"{refusal.code}: {refusal.facts}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 2


def _overrides(arguments: argparse.Namespace) -> dict[str, str]:
    """Options that are settings; the children of a supervisor read them from the environment."""
    names = ("data", "port", "host", "clock", "relay")
    given = {n: getattr(arguments, n, None) for n in names}
    overrides = {f"MOTCUA_{n.upper()}": str(v) for n, v in given.items() if v is not None}
    os.environ.update(overrides)
    return overrides


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="python -m server", description="Motcua")
    verbs = top.add_subparsers(dest="verb", required=True)

    def verb(name: str, function: Verb, words: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=words, description=words)
        added.add_argument("--data", type=Path, help="data folder (MOTCUA_DATA)")
        added.set_defaults(verb_function=function)
        return added

    _serving(verb)
    _administration(verb)
    return top


def _serving(verb: Callable[[str, Verb, str], argparse.ArgumentParser]) -> None:
    serve = verb("run", run.run, "run everything on this machine: Redis, web, relay, worker")
    _add_listening(serve)
    serve.add_argument("--branch-file", type=Path, help="apply this branch file first")
    demo = verb("demo", run.demo, "run the Long Biên demo with its simulated history")
    _add_listening(demo)
    _add_listening(verb("web", run.web, "only the web process (screens and REST)"))
    verb("worker", run.worker, "only a worker for print jobs")
    verb("relay", run.relay, "only the relay, beside several web processes")
    verb("demo-driver", run.demo_driver, "only the simulated citizens and officers of the demo")


def _add_listening(parser_: argparse.ArgumentParser) -> None:
    parser_.add_argument("--port", type=int, help="port (MOTCUA_PORT)")
    parser_.add_argument("--host", help="address to listen on (MOTCUA_HOST)")
    parser_.add_argument("--clock", choices=["real", "manual", "shifted"], help="see README")
    parser_.add_argument("--relay", choices=["inside", "outside"], help="see RUNBOOK")


def _administration(verb: Callable[[str, Verb, str], argparse.ArgumentParser]) -> None:
    verb("migrate", admin.migrate, "bring the database's schema up to date")
    branch = verb("branch", admin.branch, "configure a branch from a file, or write its file")
    branch.add_argument("action", choices=["apply", "export", "list", "slip"])
    branch.add_argument("target", nargs="?", help="FILE to apply or to draw a slip of, or a branch")
    branch.add_argument("--out", type=Path, default=Path("slip.png"), help="slip: the PNG to write")
    branch.add_argument("--width", type=int, default=576, help="slip: dots, 384 for 58 mm paper")
    branch.add_argument("--language", choices=LANGUAGES, default="vi", help="slip: vi or en")
    branch.add_argument(
        "--policy",
        choices=["file", "keep"],
        default="",
        help="apply: which calling policy holds where managers published another than the file's",
    )
    branch.add_argument("--yes", action="store_true", help="apply without asking")
    device_admin.add_parser(verb)
    people_admin.add_parsers(verb)
    roster_admin.add_parser(verb)
    trail = verb("audit", audit_admin.trail, "list or export who did what (CSV)")
    trail.add_argument("action", choices=["list", "export"])
    trail.add_argument("--branch", required=True)
    trail.add_argument("--do", default="", help="only this action, such as sign_in")
    trail.add_argument("--actor", default="", help="only actors that contain this")
    trail.add_argument("--days", type=int, default=30, help="so far back")
    trail.add_argument("--limit", type=int, default=50, help="list: so many lines")
    log = verb("log", admin.log, "export, import, verify, rebuild or purge a branch's log")
    log.add_argument("action", choices=["export", "import", "verify", "rebuild", "purge"])
    log.add_argument("--branch", default="")
    log.add_argument("--demo", action="store_true", help="the demo branch")
    log.add_argument("--file", type=Path, help="JSON Lines file; - or none = standard streams")
    dossiers = verb("dossiers", admin.dossiers, "import dossiers for the look-up at the kiosk")
    dossiers.add_argument("action", choices=["import"])
    dossiers.add_argument("file", type=Path, help="CSV file; see deploy/DOSSIERS.md")
    dossiers.add_argument("--branch", required=True)
    dossiers.add_argument("--skip-bad", action="store_true", help="import the good lines anyway")
    backup = verb("backup", admin.backup, "copy database and keys into one archive")
    backup.add_argument("file", type=Path)
    restore = verb("restore", admin.restore, "put an archive back into an empty data folder")
    restore.add_argument("file", type=Path)
    simulate_admin.add_parser(verb)
    forecast_admin.add_parser(verb)
