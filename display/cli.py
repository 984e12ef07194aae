"""The command line of the displays: each tool adds its verbs to one parser."""

import argparse
from collections.abc import Sequence
from importlib.util import find_spec

from display.box import cli as box


def parser() -> argparse.ArgumentParser:
    """The parser of `python -m display`."""
    top = argparse.ArgumentParser(prog="python -m display", description="The wall's tools.")
    tools = top.add_subparsers(dest="tool", required=True)
    box.add_to(tools)
    # A wall's own machine has no server, and makes no voice.
    if find_spec("server") is not None:
        from display.voice import cli as voice  # noqa: PLC0415

        voice.add_to(tools.add_parser("voice", help="packs of clips for announcements"))
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a tool; its exit code."""
    arguments = parser().parse_args(argv)
    run = arguments.run
    return int(run(arguments))
