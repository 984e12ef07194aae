"""What every command carries, and what those of a counter carry besides."""

from dataclasses import dataclass

from server.domain.ids import BranchId, CounterId


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command carries."""

    branch: BranchId
    command_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCounter(Command):
    """What an officer does at a counter.

    `by` is the account that asks: said by its connection, never by the caller; empty for an
    integration, which answers for its own officers.
    """

    counter: CounterId
    by: str = ""
