"""A mail server of the tests."""

from email import message_from_bytes, policy
from typing import Any


class Post:
    """A mail server; while `is_well` is false it takes nothing."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.is_well = True

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if not self.is_well:
            return "451 later"
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"
