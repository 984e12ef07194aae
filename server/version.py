"""Which build this is. `kiosk/version.py` says the same: the agent installs without the server."""

from typing import Final

VERSION: Final = "0.4.0"
