"""Bodies and answers of the REST side. The OpenAPI document is generated from these."""

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Id = Annotated[str, Meta(min_length=1, max_length=80)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Instant = Annotated[str, Meta(description="ISO 8601, UTC")]
Priority = Annotated[str, Meta(min_length=1, max_length=8)]


class Body(Struct, forbid_unknown_fields=True, kw_only=True):
    """A request's content; an unknown field is an error."""


class ReportBody(Body):
    """Which report: any day of its period, and the files wanted of it."""

    day: str
    kind: Literal["day", "week", "month", "quarter", "year"] = "month"
    language: Literal["vi", "en"] = "vi"
    formats: list[Literal["pdf", "xlsx", "csv", "json"]] = field(default_factory=lambda: ["pdf"])


class NoBody(Body):
    """This call takes no content; an empty object is fine."""


class IssueBody(Body):
    """Take a number: one of `service` and `queue`."""

    service: Id | None = None
    queue: Id | None = None
    procedure: Id | None = None
    priority: Priority | None = None
    channel: Literal["kiosk", "phone", "staff", "api"] = "api"
    language: Literal["vi", "en"] = "vi"
    readiness: Literal["", "ready", "guidance"] = ""


class OpenBody(Body):
    """Who takes the counter; a user's token says it by itself."""

    officer: Annotated[str, Meta(max_length=120)] = ""


class CallNextBody(Body):
    """`outcome` completes the ticket being served first."""

    outcome: Id | None = None
    dossier_code: Annotated[str, Meta(max_length=60)] | None = None
    result_on: date | None = None


class CallBody(Body):
    """A chosen ticket, and why it is called out of order."""

    ticket: Id
    reason: Reason
    version: int | None = None


class CompleteBody(Body):
    """How the service ended."""

    outcome: Id
    dossier_code: Annotated[str, Meta(max_length=60)] | None = None
    result_on: date | None = None


class ParkBody(Body):
    """Why the ticket is held, and until when."""

    reason: Reason
    return_at: Instant | None = None


class ResumeBody(Body):
    """`ticket` resumes a parked ticket; without it the paused counter resumes."""

    ticket: Id | None = None
    to_counter: bool = False


class TransferBody(Body):
    """Where the ticket goes: one of queue, counter, officer."""

    reason: Reason
    to_queue: Id | None = None
    to_counter: Id | None = None
    to_officer: Annotated[str, Meta(max_length=120)] | None = None
    note: Annotated[str, Meta(max_length=200)] = ""


class AddServiceBody(Body):
    """The service added, and how the one before it ended."""

    service: Id
    outcome: Id


class PauseBody(Body):
    """Why the counter pauses, and until when."""

    reason: Reason
    return_at: Instant | None = None


class HandOverBody(Body):
    """The account of the next officer."""

    to: Id


class RollBody(Body):
    """A number of the paper roll, when there is no kiosk."""

    roll: Annotated[int, Meta(ge=1, le=9999)]
    service: Id | None = None
    queue: Id | None = None
    call: bool = True


class CloseDayBody(Body):
    """What becomes of those who still wait, where the policy asks."""

    waiting: Literal["", "close", "carry_over"] = ""


class ReasonBody(Body):
    """A step that is only taken with a reason."""

    reason: Reason


class CancelBody(Body):
    """Who gives the place up, and why."""

    code: Annotated[str, Meta(max_length=20)] = "citizen"
    reason: Annotated[str, Meta(max_length=200)] = ""


class RatingBody(Body):
    """A rating from 1 (very dissatisfied) to 5 (very satisfied)."""

    level: Annotated[int, Meta(ge=1, le=5)]
    reasons: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=5)] = ()
    comment: Annotated[str, Meta(max_length=500)] = ""


class ClockBody(Body):
    """The instant to set the server's clock to (simulation only)."""

    now: Instant


class Bilingual(Struct):
    """A text in both languages."""

    vi: str
    en: str


class Estimate(Struct):
    """The wait that was told: minutes from the issue, as a range."""

    kind: str
    low: int
    high: int
    initial: bool
    text: Bilingual
    short: Bilingual


class IssuedEstimate(Estimate):
    """The same with when it was reckoned, and whether it is an initial estimate."""

    as_of: Bilingual


class Ticket(Struct):
    """A ticket. Nothing in it is about a person."""

    id: str
    number: str
    queue: str
    service: str
    procedure: str | None
    status: str
    priority: str | None
    priority_confirmed: bool
    business_date: str
    issued_at: Instant
    arrival_at: Instant
    called_at: Instant | None
    started_at: Instant | None
    ended_at: Instant | None
    calls: int
    counter: str | None
    officer: str
    rule: str
    outcome: str | None
    channel: str
    language: str
    from_counter: str | None
    to_counter: str | None
    to_officer: str | None
    note: str
    park_reason: str
    return_at: Instant | None
    slip: str
    readiness: str
    yielded: int
    version: int


class Issued(Struct):
    """A new ticket."""

    ticket: Ticket
    ahead: int
    estimate: IssuedEstimate | None
    follow_url: str
    seq: int


class Done(Struct):
    """What a counter's step did; `ticket` is null when nobody waits."""

    ticket: Ticket | None
    seq: int


class Followed(Struct):
    """A ticket with its place in the line while it waits."""

    ticket: Ticket
    ahead: int | None
    estimate: Bilingual | None
    #: When it was reckoned; it is told anew only when that matters.
    estimate_as_of: Bilingual | None
    #: Why it grew, where it did and somebody knows.
    estimate_grew: Bilingual | None
    why: list[str]


class Board(Struct):
    """A snapshot: rows by table and id, true for `seq`."""

    seq: int
    at: Instant
    branch: dict[str, Any]
    catalogue: dict[str, Any]
    tables: dict[str, dict[str, dict[str, Any]]]


class LogEvent(Struct):
    """An event of the log."""

    seq: int
    type: str
    at: Instant
    actor: str
    cause: str
    ticket: str | None
    version: int | None
    payload: dict[str, Any]


class LogPage(Struct):
    """Events in order; `next` continues, `last_seq` is the newest place."""

    events: list[LogEvent]
    next: int
    last_seq: int


class ClockAnswer(Struct):
    """The server's clock."""

    now: Instant
    mode: str


class Problem(Struct, omit_defaults=True):
    """RFC 9457: what went wrong, with a stable `code` and a sentence in the caller's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    facts: dict[str, Any] = {}
    retry: bool = False
