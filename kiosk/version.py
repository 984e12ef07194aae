"""Which build the agent is of. A test holds it to `server/version.py`, which it has to do without."""

from typing import Final

VERSION: Final = "0.4.0"
