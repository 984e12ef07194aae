"""What the calls about figures answer. Meaning, units and source: `server/domain/visits.py`."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field


class Figures(Struct, kw_only=True):
    """The measures of a group of visits; times in seconds, null when there are too few."""

    issued: int
    served: int
    #: The same as `served`; ratings are counted against it.
    completed: int
    no_show: int
    #: Given up before they were served, and how many of them after the target.
    left: int
    left_late: int
    #: Not served when the day was closed.
    unserved: int
    cancelled: int
    #: Not ended yet.
    open: int
    #: Taken back by staff, or not printed; of these only the officer's are among `left`.
    voided: int
    no_show_share: float | None
    #: Issue (or opening) to the first start of service.
    wait_n: int
    wait_mean_s: float | None
    wait_p50_s: float | None
    wait_p75_s: float | None
    wait_p90_s: float | None
    #: The same to the first call.
    call_n: int
    call_mean_s: float | None
    call_p50_s: float | None
    call_p90_s: float | None
    #: Without published closed time.
    wait_open_mean_s: float | None
    #: With the waits after transfers and returns.
    wait_total_mean_s: float | None
    #: Shares in time, by the first and the second target; of `within_n`.
    within_target: float | None
    within_red: float | None
    within_n: int
    service_n: int
    service_mean_s: float | None
    service_p50_s: float | None
    service_p90_s: float | None
    walk_mean_s: float | None
    sojourn_mean_s: float | None
    parked_s: int
    recalls: int
    transfers: int
    parks: int
    added: int
    #: Served with an outcome that asks for no more papers.
    first_visit: float | None
    #: Of so many who read a procedure's sheet at the kiosk, how many said that they need guidance.
    sheets_read: int
    guidance_needed: int
    #: How many ratings of 1, 2, 3, 4 and 5.
    levels: list[int]
    ratings_n: int
    ratings_satisfied: int
    #: Of the counters: open (pauses included), paused, with a person, serving.
    open_s: int
    paused_s: int
    engaged_s: int
    serving_s: int
    occupancy: float | None
    service_share: float | None


class ShrunkShare(Struct, kw_only=True):
    """Satisfaction drawn towards the mean of all as far as the ratings are few; 90 % interval."""

    share: float | None
    low: float | None
    high: float | None


class FigureGroup(Figures, kw_only=True):
    """The measures of one day, hour, queue, counter or service."""

    key: str
    #: Of officers only.
    shrunk: ShrunkShare | UnsetType = UNSET


class FiguresAnswer(Struct, kw_only=True):
    """The measures of a period, in total and by group."""

    start: str = field(name="from")
    to: str
    by: str
    where: dict[str, str]
    #: Of the definitions.
    version: int
    target_minutes: int
    targets_minutes: list[int]
    #: By what share of itself a percentile may be off; 0 = exact.
    error: float
    total: Figures
    groups: list[FigureGroup]


class OversightAnswer(FiguresAnswer, kw_only=True):
    """The measures of several branches; `names` are theirs."""

    names: dict[str, str]


class SharedOpinion(Struct, kw_only=True):
    """The share of ratings of 4 and 5 with its 95 % interval; null below 30 ratings."""

    satisfied: int
    n: int
    completed: int
    share: float | None
    low: float | None
    high: float | None
    response: float | None


class AdjustedOpinion(Struct, kw_only=True):
    """The share weighed by service and wait, its plausible band, and the bounds of all silence."""

    share: float | None
    low: float | None
    high: float | None
    least: float | None
    most: float | None


class IndexAnswer(Struct, kw_only=True):
    """The index 0-100 with its components and weights; null while a component is missing."""

    value: float | None
    low: float | None
    high: float | None
    waiting: float | None
    first_visit: float | None
    weights: dict[str, float]


class BandOpinion(SharedOpinion, kw_only=True):
    """The share among visits that waited up to so long; the last band has no end."""

    up_to_minutes: int | None


class Estimated(Struct, kw_only=True):
    """A share, or a difference of shares, with its 95 % interval."""

    value: float
    low: float
    high: float


class CurvePoint(Estimated, kw_only=True):
    """The share expected after a wait of so many minutes."""

    minutes: int


class CurveAnswer(Struct, kw_only=True):
    """How the share falls with the wait; `code` says why there is none."""

    code: str
    points: list[CurvePoint]


class Expected(Estimated, kw_only=True):
    """The share expected of everybody, also of who was silent; unlike = more than 5 points off."""

    is_unlike: bool


class ForecastFigures(Struct, kw_only=True):
    """Tickets that had to queue; shares from 0 to 1, null where there are fewer than `least`.

    Each figure is null where fewer than `least` of its own tickets are there to say it.
    """

    #: Told a range of minutes, and how many of those by simulation.
    n: int
    simulated: int
    #: Told no minutes.
    unsaid: int
    #: First called within the printed range, before it, after it, more than ten minutes after it.
    right: float | None
    early: float | None
    late: float | None
    very_late: float | None
    #: So wide that only "more than an hour" was printed.
    vague: float | None
    #: From the issue to the first call.
    wait_mean_s: float | None
    #: Mean distance of the call from the median that was foretold.
    mae_s: float | None
    #: Of the simulated ones: calls within the 80 % and the 90 % interval, after its 90 % level, the
    #: mean width of the 80 % interval, and the pinball loss.
    coverage80: float | None
    coverage90: float | None
    above90: float | None
    width80_s: float | None
    pinball_s: float | None
    #: Tickets kept with what both simpler rules would have said, and how many of those were told
    #: a simulation; over these same tickets the mean error of what was told, of the fallback
    #: formula, and of the naive rule, people ahead x mean service / open counters.
    compared: int
    compared_simulated: int
    mae_told_s: float | None
    mae_fallback_s: float | None
    mae_naive_s: float | None


class ForecastGroup(ForecastFigures, kw_only=True):
    """The same for one queue, class (priority or normal), hour of issue or day."""

    key: str


class ForecastDay(Struct):
    """The newest day of the last week that is over and had enough tickets."""

    date: str
    is_yesterday: bool
    n: int
    right: float


class ForecastAnswer(Struct, kw_only=True, rename={"from_": "from"}):
    """How right the told waits of a period were."""

    from_: str
    to: str
    by: str
    #: The share that is to be right, and the fewest tickets of which a share is told.
    target: float
    least: int
    last_day: ForecastDay | None
    total: ForecastFigures
    groups: list[ForecastGroup]


class SatisfactionAnswer(Struct, kw_only=True):
    """What people think of the service over a period (measures.md, section 4)."""

    start: str = field(name="from")
    to: str
    levels: list[int]
    share: SharedOpinion
    adjusted: AdjustedOpinion
    index: IndexAnswer
    fields: dict[str, SharedOpinion]
    bands: list[BandOpinion]
    curve: CurveAnswer
    expected: Expected | None
    #: What five minutes less would be worth.
    worth: Estimated | None


class IndicatorRow(Struct, kw_only=True):
    """One of the nine indicators; the score is null where it was not entered whole."""

    number: int
    level: str
    by_dossier: bool
    score: float | None


class GradeBand(Struct, kw_only=True):
    """A grade and the lowest total that earns it."""

    lowest: float
    grade: str


class IndicatorFacts(Struct, kw_only=True):
    """What our own visits say: visits, not dossiers, so they help and do not score."""

    served: int
    #: Of those, ended with "yêu cầu bổ sung".
    supplements: int
    #: Ratings of 1 and 2 that named the attitude, and how many have been looked into.
    attitude: int
    attitude_settled: int


class IndicatorsAnswer(Struct, kw_only=True):
    """The form of the nine indicators, scored from what was entered; nothing of it is stored."""

    start: str = field(name="from")
    to: str
    source: str
    #: The law no longer knows the table at the end of the period.
    is_replaced: bool
    rows: list[IndicatorRow]
    total: float | None
    grade: str | None
    left_out: list[int]
    bands: list[GradeBand]
    facts: IndicatorFacts


class VisitAnswer(Struct, kw_only=True):
    """A visit behind a figure; times in seconds."""

    ticket: str
    number: str
    business_date: str
    hour: int
    queue: str
    service: str
    procedure: str
    counter: str
    channel: str
    priority: str
    end: str
    outcome: str
    wait_s: int | None
    wait_call_s: int | None
    service_s: int | None
    recalls: int
    transfers: int
    parks: int
    level: int | None
    officer: str | None = None


class VisitsAnswer(Struct, kw_only=True):
    """The visits behind a figure, and how many there are."""

    total: int
    visits: list[VisitAnswer]
    #: The `after` of the following page; null at the end.
    next: str | None


class StoryEvent(Struct, kw_only=True):
    """One thing that happened to a ticket."""

    seq: int
    at: str
    type: str
    actor: str
    payload: dict[str, Any]


class StoryAnswer(Struct, kw_only=True):
    """Everything that happened to a ticket, and between whom it was called."""

    ticket: str
    number: str
    queue: str
    events: list[StoryEvent]
    #: Numbers that waited in its queue when it was issued and were called before it.
    ahead: list[str]
    #: Numbers issued later in its queue and called before it.
    overtaken_by: list[str]


class ReportAnswer(Struct, kw_only=True):
    """How far a report is; `files` has the names of its files once it is ready."""

    id: str
    kind: str
    start: str = field(name="from")
    to: str
    language: str
    formats: list[str]
    asked_at: str
    asked_by: str
    #: queued, working, ready, failed.
    state: str
    #: Steps done, of how many.
    done: int
    total: int
    #: Why it failed: disk, period, worker, internal.
    reason: str
    made_at: str
    files: dict[str, str]
    #: What the accounts and devices that acted are called: `people`, `devices`.
    names: dict[str, dict[str, str]]
