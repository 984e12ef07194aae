"""The kiosk's token as its agent keeps it: the one of the configuration, or a newer one.

A newer token is kept beside the old one until the server has been reached with it: whichever of the
two the server knows, the agent still has it. Both are in the ledger, which is on the disk.
"""

import hashlib
import threading
from typing import Any, Final

from kiosk.agent.ledger import Ledger

_KEY: Final = "token"


class Token:
    """May be asked from any thread."""

    def __init__(self, given: str, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        #: Another token in the configuration counts for more than what followed the last one.
        self._given = hashlib.sha256(given.encode()).hexdigest()
        kept: dict[str, Any] = ledger.kept(_KEY) or {}
        is_of_it = kept.get("given") == self._given
        self._own = str(kept["token"]) if is_of_it else given
        self._next = str(kept["next"]) if is_of_it else ""

    def now(self) -> str:
        """The token to come to the server with."""
        with self._lock:
            return self._next or self._own

    def offered(self) -> str:
        """A newer token that the server has not been reached with; empty where there is none."""
        with self._lock:
            return self._next

    def offer(self, token: str) -> None:
        """The server offers a newer one, which it does not count yet."""
        self._keep(self._own, token)

    def settle(self, token: str) -> None:
        """The server was reached with this one."""
        if token and token == self._next:
            self._keep(token, "")

    def refuse(self, token: str) -> None:
        """The server does not know this one: the older may still hold."""
        if token == self._next:
            self._keep(self._own, "")

    def adopt(self, token: str) -> None:
        """The kiosk was paired on its screen."""
        self._keep(token, "")

    def _keep(self, own: str, following: str) -> None:
        with self._lock:
            self._ledger.keep(_KEY, {"given": self._given, "token": own, "next": following})
            self._own, self._next = own, following
