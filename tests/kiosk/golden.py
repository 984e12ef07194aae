"""`python -m tests.kiosk.golden`: draw the approved images of the slips anew. Then look at them."""

from pathlib import Path
from typing import Final

from kiosk.slip import render
from tests.kiosk.slips import SLIPS, WIDTHS

FOLDER: Final = Path(__file__).parents[1] / "golden"


def path(slip: str, width: str) -> Path:
    """Where the approved image of a slip is kept."""
    return FOLDER / f"slip-{slip}-{width}.png"


if __name__ == "__main__":
    for name, slip in SLIPS.items():
        for width, dots in WIDTHS.items():
            render(slip, dots).save(path(name, width), optimize=True)
            print(path(name, width))  # noqa: T201
