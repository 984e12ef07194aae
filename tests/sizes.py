"""How large the long tests are: as usual, or whole with `LONG=1` (`make long`)."""

import os

IS_LONG = os.environ.get("LONG") == "1"


def sized(usual: int, whole: int) -> int:
    """`usual`, or `whole` in a long run."""
    return whole if IS_LONG else usual
