"""What the log of a branch teaches its forecasts (measures.md §1.5): little work for each event.

`Learner.apply` takes the events in their order, and `Learner.times` freezes what they taught for
one run. It knows nothing but those events, so a state read back (`learner_store`) and one rebuilt
from the log are the same, byte for byte.

What is not believed teaches nothing, is counted in `skipped` by its reason, and the first of a kind
each day is logged: times that are negative or absurdly long (`_MOST_S`), tickets whose beginning
the log does not hold, a service or queue that is not configured. What a counter does is believed
when it can no longer take it back: a step undone or a call withdrawn teaches nothing either.
"""

import logging
from collections import Counter as Tally
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final, cast

import msgspec

from server import codec
from server.domain import events as ev
from server.domain.catalogue import Catalogue
from server.domain.ids import CounterId
from server.forecast.arrivals import NORMAL, PRIORITY, TRANSFER, Arrivals
from server.forecast.calibration import Calibration
from server.forecast.durations import Durations
from server.forecast.model import Times
from server.forecast.watch import Lesson, Watch

_log = logging.getLogger(__name__)

#: What takes longer than this, seconds, was not it: somebody forgot to press, or the clock jumped.
_MOST_S: Final = {"walk": 1_800.0, "gap": 3_600.0, "no_show": 1_800.0, "pause": 10_800.0}
_DAY_S: Final = 86_400.0
#: A ticket that the log never ends is forgotten after so long.
_OPEN_S: Final = 5 * _DAY_S


class Learner:
    """The learned state of one branch."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        #: The last event that was taken in.
        self.seq = 0
        self.watch = Watch(catalogue, self._skip)
        self.durations = Durations(catalogue)
        self.arrivals = Arrivals()
        self.calibration = Calibration()
        #: What taught nothing, by reason.
        self.skipped: Tally[str] = Tally()
        self.day: date | None = None
        self._said: set[str] = set()

    @property
    def catalogue(self) -> Catalogue:
        """The branch as it is configured: by the log, or as whoever holds the learner says."""
        return self._catalogue

    @catalogue.setter
    def catalogue(self, catalogue: Catalogue) -> None:
        if catalogue is not self._catalogue:
            self._catalogue = catalogue
            self.durations.reconfigure(catalogue)
            self.arrivals.keep_queues({q.id for q in catalogue.queues})
            self.watch.reconfigure(catalogue)

    # Reading ------------------------------------------------------------------------------
    def times(self, now: datetime) -> Times:
        """What is known at `now`, for one run."""
        local = now.astimezone(self.catalogue.zone)
        d = self.durations
        return Times(
            service={s.id: d.of(s.id).table() for s in self.catalogue.services},
            speed=d.speeds(),
            slow=d.slow(now.timestamp()),
            slow_sd=d.slow_sd(now.timestamp()),
            walk=d.walk.table(),
            gap=d.gap.table(),
            no_show=d.no_show.table(),
            pause=d.pause.table(),
            rest_share=d.rest_share,
            late_mean_s=d.late_mean_s,
            no_show_shares={s.id: d.no_show_shares(s.id) for s in self.catalogue.services},
            arrivals=self.arrivals.rates(self.catalogue, local),
            transfer_share=d.transfer_share,
        )

    def officer_of(self, counter: CounterId) -> str:
        """Who was at the counter last; empty when nobody is known to have been."""
        return self.watch.hall.desk(counter).officer

    # Taking in ----------------------------------------------------------------------------
    def apply(self, recorded: ev.Recorded) -> None:
        """Take the next event in. One that was taken in already changes nothing.

        Never raises for what an event says: what cannot be used is counted and logged.
        """
        if recorded.seq <= self.seq:
            return
        if self.seq and recorded.seq != self.seq + 1:
            self._skip("events are missing")
        self.seq = recorded.seq
        at = recorded.at.timestamp()
        self._begin_day(recorded.at, at)
        for lesson in self.watch.believable(at):
            _TEACH[lesson.kind](self, lesson)
        event = recorded.event
        if isinstance(event, ev.CounterEvent):
            self.watch.counter(event, at, recorded.seq)
        elif isinstance(event, ev.BranchEvent):
            self._branch(event)
        elif recorded.ticket is not None:
            if isinstance(event, ev.TicketIssued):
                self._arrived(event, at)
            self.watch.ticket(event, recorded.ticket, at, recorded.seq)

    def _begin_day(self, when: datetime, at: float) -> None:
        day = when.astimezone(self.catalogue.zone).date()
        if day != self.day:
            self.day = day
            self._said = set()
            self.watch.hall.end_day(at - _OPEN_S)
            self.arrivals.begin(day, self.catalogue)

    def _skip(self, reason: str, detail: object = "") -> None:
        self.skipped[reason] += 1
        if reason not in self._said:
            self._said.add(reason)
            _log.info("%s at seq %s: %s %s", self.catalogue.branch, self.seq, reason, detail)

    def _arrived(self, event: ev.TicketIssued, at: float) -> None:
        when = datetime.fromtimestamp(event.issued_at.timestamp() if event.issued_at else at, UTC)
        stream = NORMAL if event.priority is None else PRIORITY
        self.arrivals.add((event.queue, stream), when.astimezone(self.catalogue.zone))
        if event.priority not in (None, ev.EXPIRED):
            self.arrivals.add_class(str(event.priority))
        self.durations.asked(event.service)

    # Lessons ------------------------------------------------------------------------------
    def _teach_time(self, lesson: Lesson) -> None:
        seconds = cast("float", lesson.words[0])
        kind = lesson.kind
        if seconds < 0:
            self._skip(f"{kind}: negative", seconds)
        elif seconds > _MOST_S[kind]:
            self._skip(f"{kind}: too long", seconds)
        else:
            self.durations.simple(kind).add(seconds)

    def _teach_service(self, lesson: Lesson) -> None:
        service, officer, seconds = lesson.words
        if self.catalogue.service(service) is None:
            self._skip("service: not configured", service)
        elif seconds <= 0:
            self._skip("service: negative", seconds)
        elif seconds > self.durations.most_s(service):
            self._skip("service: too long", seconds)
        else:
            self.durations.served(service, officer, seconds, lesson.at)

    def _teach_leg(self, lesson: Lesson) -> None:
        self.durations.leg(is_transfer=bool(lesson.words[0]))

    def _teach_rest(self, lesson: Lesson) -> None:
        self.durations.rested(is_rest=bool(lesson.words[0]))

    def _teach_shown(self, lesson: Lesson) -> None:
        service, waited_s, is_no_show = lesson.words
        if self.catalogue.service(service) is None:
            self._skip("called: service not configured", service)
        elif waited_s < 0:
            self._skip("called: before it was issued", waited_s)
        else:
            self.durations.answered(service, waited_s, is_no_show=bool(is_no_show))

    def _teach_late(self, lesson: Lesson) -> None:
        self.durations.late(lesson.words[0])

    def _teach_back(self, lesson: Lesson) -> None:
        when = datetime.fromtimestamp(lesson.at, UTC).astimezone(self.catalogue.zone)
        self.arrivals.add((lesson.words[0], TRANSFER), when)

    def _teach_called(self, lesson: Lesson) -> None:
        ticket, waited_s, is_priority, raw_s = lesson.words
        if waited_s < 0:
            self._skip("called: before it was issued", waited_s)
        else:
            self.calibration.observe(ticket, waited_s, tuple(raw_s), is_priority=bool(is_priority))

    # Branch -------------------------------------------------------------------------------
    def _branch(self, event: ev.BranchEvent) -> None:
        policy = codec.policy_document(self.catalogue.policy)
        try:
            match event:
                case ev.CatalogueChanged():
                    self._reconfigure(codec.catalogue(event.catalogue, policy))
                case ev.PolicyPublished():
                    document = codec.catalogue_document(self.catalogue)
                    self._reconfigure(codec.catalogue(document, event.policy))
                case _:
                    pass
        except (msgspec.ValidationError, TypeError, ValueError, KeyError) as error:
            self._skip("configuration: cannot be used", error)

    def _reconfigure(self, catalogue: Catalogue) -> None:
        if catalogue.branch != self.catalogue.branch:
            self._skip("configuration: of another branch", catalogue.branch)
            return
        self.catalogue = catalogue


_TEACH: Final[dict[str, Callable[[Learner, Lesson], None]]] = {
    "walk": Learner._teach_time,  # noqa: SLF001
    "gap": Learner._teach_time,  # noqa: SLF001
    "no_show": Learner._teach_time,  # noqa: SLF001
    "pause": Learner._teach_time,  # noqa: SLF001
    "service": Learner._teach_service,  # noqa: SLF001
    "leg": Learner._teach_leg,  # noqa: SLF001
    "rest": Learner._teach_rest,  # noqa: SLF001
    "shown": Learner._teach_shown,  # noqa: SLF001
    "late": Learner._teach_late,  # noqa: SLF001
    "back": Learner._teach_back,  # noqa: SLF001
    "called": Learner._teach_called,  # noqa: SLF001
}
