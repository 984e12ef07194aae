"""Bodies and answers of the calls about calling policies."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from server.api.schemas import Body, Reason

Version = Annotated[int, Meta(ge=1)]
#: The whole policy, as `GET …/policy` shows it; its own `version` is not looked at.
Document = Annotated[dict[str, Any], Meta(description="All values of the policy")]
Effective = Annotated[str, Meta(description="now, next_opening, or a date: its first opening")]


class DraftBody(Body):
    """A draft of one's own. `revision` is the one you know; 0 when there is none."""

    policy: Document
    revision: Annotated[int, Meta(ge=0)] = 0


class PreviewBody(Body):
    """A policy to be compared with the one in force."""

    policy: Document


class PublishBody(Body):
    """A policy, or the `id` of a draft. `base` is the version that you know to be in force."""

    base: Version
    note: Reason
    policy: Document | None = None
    draft: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    effective: Effective = "next_opening"


class RollBackBody(Body):
    """The content of an earlier version, published as a new one."""

    version: Version
    base: Version
    note: Reason
    effective: Effective = "next_opening"


class WithdrawBody(Body):
    """Take back what is put down for later; `scheduled` is its place in the log."""

    scheduled: Version
    note: Annotated[str, Meta(max_length=200)] = ""


class DraftAnswer(Struct, kw_only=True):
    """The draft, and which revision it is now."""

    draft: str
    revision: int


class PolicyAnswer(Struct, kw_only=True):
    """The policy in force, one that waits for its day, drafts (for who may publish), all versions."""

    in_force: dict[str, Any]
    pending: dict[str, Any] | None
    drafts: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    #: Field -> its lowest and highest value.
    limits: dict[str, list[int]]
    next_opening: str | None


class Turn(Struct, kw_only=True):
    """A waiting number and its turn in its queue, from 1: as it is, and as it would be."""

    number: str
    priority: bool
    before: int
    after: int


class QueueTurns(Struct, kw_only=True):
    """The people of a queue, in the order they would be called in."""

    queue: str
    name: str
    people: list[Turn]


class PreviewAnswer(Struct, kw_only=True):
    """What would change: in words, and for those who wait now. `base` is the version in force."""

    base: int
    difference: list[str]
    sentences: list[str]
    queues: list[QueueTurns]
    sooner: int
    later: int
    #: By how many places somebody is later, at most.
    furthest: int
