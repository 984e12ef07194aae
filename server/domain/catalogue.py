"""A branch as configured: queues, services, counters, hours, policy, texts. Immutable, versioned."""

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from server.domain.alert_settings import AlertSettings
from server.domain.hall import Display, Media, Voice
from server.domain.ids import BranchId, CounterId, ProcedureId, QueueId, ServiceId
from server.domain.report_periods import ReportSchedule
from server.domain.shifts import Shift
from server.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """An ordered line of waiting tickets. Owns one number series: prefix + 3 digits a day."""

    id: QueueId
    prefix: str
    name: Text
    first_number: int = 1
    last_number: int = 999
    #: Whether kiosks print a slip for it (rule P6).
    prints: bool = True
    #: How many numbers a kiosk holds to give by itself when the server is out of reach.
    offline_numbers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a citizen comes for (a field of work); served from one queue."""

    id: ServiceId
    queue: QueueId
    name: Text
    hint: Text
    icon: str = "file-text"
    #: Prior of the service time, minutes: used until the branch has its own durations.
    mean_minutes: float = 10.0
    sd_minutes: float = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """An administrative procedure of a service, with the sheet shown before the ticket."""

    id: ProcedureId
    service: ServiceId
    name: Text
    papers: tuple[str, ...] = ()
    fee: str = ""
    statutory_time: str = ""
    steps: tuple[str, ...] = ()
    #: Of interlinked procedures (liên thông): those it does at once. One choice, one ticket.
    parts: tuple[ProcedureId, ...] = ()


class SourceRule(StrEnum):
    """When a counter takes from a group of queues."""

    ALWAYS = "always"
    OWN_EMPTY = "own_empty"
    WAIT_OVER = "wait_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A group of queues served as one line by a counter, and the condition for it.

    `wait_over`: when the longest wait in the group exceeds `minutes`, the group goes first;
    otherwise it is served when the counter's own queues are empty.
    """

    queues: tuple[QueueId, ...]
    when: SourceRule = SourceRule.ALWAYS
    minutes: int = 0


class Direction(StrEnum):
    """Where a counter is, seen from the wall display."""

    LEFT = "left"
    RIGHT = "right"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A desk where service is given."""

    id: CounterId
    number: int
    sources: tuple[Source, ...]
    direction: Direction = Direction.AHEAD
    agency: str = ""
    #: Whether ending one ticket calls the next by itself.
    auto_call: bool = False

    @property
    def queues(self) -> tuple[QueueId, ...]:
        """Every queue this counter may serve, own queues first, each once."""
        return tuple(dict.fromkeys(q for s in self.sources for q in s.queues))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One stretch of opening hours, local time. Tickets are given from `doors` to `last_ticket`."""

    opens: time
    closes: time
    doors: time
    last_ticket: time
    #: The queues that are open in it; empty = all.
    queues: tuple[QueueId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Opening hours by weekday (0 = Monday), and the days that differ."""

    weekly: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()
    special: tuple[tuple[date, tuple[Window, ...]], ...] = ()

    def __hash__(self) -> int:  # type: ignore[explicit-override]  # typing.override is 3.12
        # Cheap, because sessions are looked up by it for every estimate; few ever live side by side.
        return hash((self.holidays, len(self.special)))


class Mode(StrEnum):
    """How priority tickets and normal tickets share a line."""

    STRICT = "strict"
    INTERLEAVE = "interleave"
    HEAD_START = "head_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityClass:
    """A group of people served ahead of the normal order, as far as the policy lets it."""

    code: str
    name: Text
    #: Lower goes first in strict mode, and breaks ties of arrival elsewhere.
    rank: int
    #: Advance on the arrival time in head-start mode, minutes.
    head_start_minutes: int = 15
    #: Given by an officer with a reason: next at once, and outside the overtaking cap.
    urgent: bool = False


class DayClose(StrEnum):
    """What becomes of those who still wait at the end of the day (rule N7)."""

    CLOSE = "close"
    CARRY_OVER = "carry_over"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The declarative calling policy. Each call records the version that chose it (rule F1)."""

    version: int = 1
    mode: Mode = Mode.INTERLEAVE
    #: Interleave: one priority ticket for so many normal ones.
    normal_per_priority: int = 2
    #: A ticket is never overtaken by one that arrived more than this after it.
    overtaking_cap_minutes: int = 20
    classes: tuple[PriorityClass, ...] = ()
    #: Internal targets for the wait, minutes: amber from the first, red from the second.
    wait_targets_minutes: tuple[int, int] = (15, 30)
    undo_seconds: int = 15
    counter_lease_minutes: int = 240
    rating_hours: int = 24
    #: How many people a citizen may let go first with one press on the phone; 0 = not offered.
    yield_places: int = 5
    #: How often a ticket is recalled before it may be a no-show.
    recalls_before_no_show: int = 0
    day_close: DayClose = DayClose.CLOSE
    #: How long the pad at the counter asks for a rating after a visit.
    rating_pad_seconds: int = 90
    #: Working days within which a manager looks into a rating of 1 or 2.
    follow_up_days: int = 3

    def priority_class(self, code: str | None) -> PriorityClass | None:
        """The class with this code; None for a normal ticket or an expired class."""
        # A plain loop: a forecast asks hundreds of thousands of times.
        if code is not None:
            for known in self.classes:
                if known.code == code:
                    return known
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a service ended; `services` empty = every service may end so."""

    code: str
    name: Text
    services: tuple[ServiceId, ...] = ()
    #: Papers were missing, and the person has to come again: against first-visit resolution.
    incomplete: bool = False


class SlipSize(StrEnum):
    """How large a line of the slip is; the number and the QR code have sizes of their own."""

    SMALL = "small"
    NORMAL = "normal"
    LARGE = "large"


class SlipWeight(StrEnum):
    """How strong a line of the slip is; `inverse` is white on black."""

    REGULAR = "regular"
    BOLD = "bold"
    INVERSE = "inverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipLine:
    """One line of a branch's slip: words with `{variables}`, see `slip_template.py`."""

    text: Text
    #: Stands before the words; above the number and the papers, below the QR code.
    label: Text = Text(vi="")
    size: SlipSize = SlipSize.NORMAL
    weight: SlipWeight = SlipWeight.REGULAR
    #: Only on slips of these services; empty = on all.
    services: tuple[ServiceId, ...] = ()
    #: Only on slips issued from this local time on.
    after: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """What strangers may read of the branch without signing in."""

    #: The page of waits, its data and the daily figures, or none of them.
    page: bool = True
    #: Origins of the sites that may show the page in a frame.
    frame: tuple[str, ...] = ()
    #: Under which licence the daily figures may be used.
    licence: str = "CC BY 4.0"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Everything a branch is configured with."""

    branch: BranchId
    name: Text
    time_zone: str
    queues: tuple[Queue, ...]
    services: tuple[Service, ...]
    procedures: tuple[Procedure, ...]
    counters: tuple[Counter, ...]
    hours: Hours
    policy: Policy
    outcomes: tuple[Outcome, ...]
    version: int = 1
    address: str = ""
    #: Demo data is always labelled as such.
    is_demo: bool = False
    notices: tuple[Text, ...] = ()
    officers: tuple[str, ...] = ()
    #: The lines of the slip; empty = `slip_template.USUAL`.
    slip: tuple[SlipLine, ...] = ()
    #: Stands before the number of a preprinted roll; no queue has it.
    roll_prefix: str = "P"
    #: An unattended counter locks itself after so long.
    lock_minutes: int = 10
    #: Whether administrators sign in with a second factor.
    admin_second_factor: bool = False
    displays: tuple[Display, ...] = ()
    media: tuple[Media, ...] = ()
    voice: Voice = Voice()
    reports: tuple[ReportSchedule, ...] = ()
    alerts: AlertSettings = field(default_factory=AlertSettings)
    public: Public = Public()
    #: Who is planned to open which counter; a counter without shifts: for every session.
    roster: tuple[Shift, ...] = ()

    @cached_property
    def _queue(self) -> dict[QueueId, Queue]:
        return {q.id: q for q in self.queues}

    @cached_property
    def _service(self) -> dict[ServiceId, Service]:
        return {s.id: s for s in self.services}

    @cached_property
    def _procedure(self) -> dict[ProcedureId, Procedure]:
        return {p.id: p for p in self.procedures}

    @cached_property
    def _counter(self) -> dict[CounterId, Counter]:
        return {c.id: c for c in self.counters}

    @cached_property
    def _shifts(self) -> dict[CounterId, tuple[Shift, ...]]:
        by_counter: dict[CounterId, list[Shift]] = {}
        for shift in self.roster:
            by_counter.setdefault(shift.counter, []).append(shift)
        return {counter: tuple(shifts) for counter, shifts in by_counter.items()}

    @cached_property
    def zone(self) -> ZoneInfo:
        """The branch's time zone."""
        return ZoneInfo(self.time_zone)

    def queue(self, queue: QueueId) -> Queue | None:
        """The queue with this id."""
        return self._queue.get(queue)

    def service(self, service: ServiceId) -> Service | None:
        """The service with this id."""
        return self._service.get(service)

    def procedure(self, procedure: ProcedureId) -> Procedure | None:
        """The procedure with this id."""
        return self._procedure.get(procedure)

    def parts_of(self, procedure: Procedure) -> tuple[Procedure, ...]:
        """The procedures that an interlinked one does at once; none for any other."""
        return tuple(p for p in map(self.procedure, procedure.parts) if p)

    def papers_of(self, procedure: Procedure) -> tuple[str, ...]:
        """What to bring: the procedure's own list, else those of its parts, each paper once."""
        if procedure.papers:
            return procedure.papers
        return tuple(dict.fromkeys(p for part in self.parts_of(procedure) for p in part.papers))

    def counter(self, counter: CounterId) -> Counter | None:
        """The counter with this id."""
        return self._counter.get(counter)

    def shifts_of(self, counter: CounterId) -> tuple[Shift, ...]:
        """The shifts that name this counter, of whichever day."""
        return self._shifts.get(counter, ())

    def display(self, name: str) -> Display:
        """How the display of this name is; as the defaults say where it is not listed."""
        return next((d for d in self.displays if d.name == name), Display(name=name))

    def service_of_queue(self, queue: QueueId) -> Service | None:
        """The first service of a queue: what a ticket is for when only a queue was named."""
        return next((s for s in self.services if s.queue == queue), None)

    def outcome(self, code: str, service: ServiceId) -> Outcome | None:
        """The outcome with this code, if this service may end with it."""
        fitting = (o for o in self.outcomes if not o.services or service in o.services)
        return next((o for o in fitting if o.code == code), None)
