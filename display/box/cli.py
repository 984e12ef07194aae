"""`python -m display run|check`.

Exit codes: 0 ended as asked, or all is well; 1 something is wrong; 2 the configuration is.
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any, Final

from display.box import config
from display.box.check import check
from display.box.wall import Wall

_CONFIG: Final = Path("/etc/motcua/display.toml")


def add_to(tools: "argparse._SubParsersAction[Any]") -> None:
    """Add the verbs of a wall's machine."""
    run = tools.add_parser("run", help="show the wall on this machine, for ever")
    run.add_argument("flags", nargs="*", help="further flags of the browser, after --")
    run.set_defaults(run=_run)
    look = tools.add_parser("check", help="play a chime; look at screen, server and page")
    look.set_defaults(run=_check)
    for verb in (run, look):
        verb.add_argument("--config", type=Path, default=_CONFIG, help="TOML file; see RUNBOOK.md")


def _run(arguments: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    read = _read(arguments.config)
    return 2 if read is None else Wall(read, flags=tuple(arguments.flags)).run()


def _check(arguments: argparse.Namespace) -> int:
    read = _read(arguments.config)
    if read is None:
        return 2
    findings = check(read)
    for finding in findings:
        print(f"{'tốt' if finding.is_well else 'LỖI'}  {finding.text}")
    return 0 if all(finding.is_well for finding in findings) else 1


def _read(path: Path) -> config.Config | None:
    try:
        return config.load(path)
    except config.ConfigError as error:
        print(error, file=sys.stderr)
        return None
