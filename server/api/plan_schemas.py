"""Bodies and answers of the calls about plans, for checking and for the OpenAPI document."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from server.api.schemas import Body
from server.whatif.plans import Plan


class PlansBody(Body):
    """Days of the log, and one to four plans to live them again under."""

    days: Annotated[list[Annotated[str, Meta(max_length=10)]], Meta(max_length=92)]
    plans: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=4)]
    name: Annotated[str, Meta(max_length=80)] = ""


class NameBody(Body):
    """A name."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]


class PlansAnswer(Struct, kw_only=True):
    """How far a comparison is."""

    id: str
    name: str
    asked_by: str
    asked_at: str
    #: queued, working, ready, failed, cancelled.
    state: str
    done: int
    total: int
    reason: str
    #: Nothing has moved for a minute: the workers are busy, or stopped.
    is_stalled: bool
    days: list[str]
    plans: list[Plan]
    #: What it was computed with: model, catalogue, policy, last event.
    versions: dict[str, Any]


class PlansList(Struct, kw_only=True):
    """The comparisons that are kept."""

    plans: list[PlansAnswer]


class PlansResult(Struct, kw_only=True):
    """A comparison with its result; None until it is ready."""

    plan: PlansAnswer
    result: dict[str, Any] | None


class Deleted(Struct, kw_only=True):
    """The id that stands for nothing any more."""

    deleted: str
