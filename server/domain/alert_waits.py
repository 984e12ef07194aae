"""Alerts about queues and counters: who waits too long, and who could serve them.

measures.md §5. Whether a target will be passed the simulated forecast says while it is fresh; else
`estimate.work_ahead_s` and `alert_stats.chance_of_breach`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from server.domain import alert_stats, blocks, discipline, estimate, hours
from server.domain.alert_situation import AMBER, RED, Finding, Situation, minutes
from server.domain.catalogue import Counter, Queue
from server.domain.counters import CounterState, CounterStatus
from server.domain.discipline import Candidate
from server.domain.estimate import Load
from server.domain.ids import QueueId
from server.domain.ticket import Status, Ticket

#: A counter may be between two people for so long; a queue without an open one waits so long.
IDLE: Final = timedelta(minutes=5)
UNATTENDED: Final = timedelta(minutes=3)
#: A called number that nobody answers for so long is worth a look.
UNANSWERED: Final = timedelta(minutes=3)
#: A prediction is raised from the first chance on, and over below the second.
LIKELY, UNLIKELY = 0.5, 0.2
#: Nobody reads further down a line, and who stands there is not called within the target.
_LINE_MAX: Final = 200
#: Whom to ask first for help.
_HELP_ORDER: Final = {"idle": 0, "paused": 1, "closed": 2}
_HELP_MOST: Final = 4


# Queues ------------------------------------------------------------------------------------
def waits(at: Situation) -> Iterator[Finding]:
    """Beyond the target now, likely to be, longest wait, nobody who serves: one for each queue.

    A breach silences the milder two, and an unserved queue is nothing else.
    """
    load = at.load
    for queue in at.catalogue.queues:
        line = _line(at, queue.id)
        if not line or not (at.is_served(queue.id) or load.able(queue.id)):
            continue
        figures = _figures(at, queue.id, line, load)
        if not load.able(queue.id):
            since = min(map(at.waiting_since, line))
            if at.now - since >= UNATTENDED:
                yield Finding(
                    rule="no_counter", subject=queue.id, level=RED, since=since, figures=figures
                )
                continue
        beyond = _beyond(at, queue.id, line, figures)
        if beyond is not None:
            yield beyond
        if (beyond is None or beyond.rule != "breach") and (
            predicted := _predicted(at, queue.id, line, load, figures)
        ):
            yield predicted


def _line(at: Situation, queue: QueueId) -> list[Candidate]:
    """Who waits in a queue, in the order in which they are expected to be called."""
    lanes = at.state.lanes_of(queue)
    by_id = {c.ticket: c for lane in lanes.values() for c in lane}
    policy, counters = at.catalogue.policy, at.catalogue.counters
    since = discipline.line_since(policy, counters, queue, at.state.normal_since)
    places = islice(discipline.line(policy, lanes, since), _LINE_MAX)
    return [by_id[place.ticket] for place in places]


def _figures(at: Situation, queue: QueueId, line: list[Candidate], load: Load) -> dict[str, Any]:
    oldest = min(line, key=at.waiting_since)
    return {
        "queue": queue,
        "number": oldest.number,
        "from": _told(at.waiting_since(oldest)),
        "waiting": at.state.waiting(queue),
        "open": len(load.able(queue)),
        "help": helpers(at, queue),
    }


def _beyond(
    at: Situation, queue: QueueId, line: list[Candidate], figures: dict[str, Any]
) -> Finding | None:
    """An ordinary ticket beyond the target, else the longest wait beyond the first threshold."""
    amber, red = (timedelta(minutes=m) for m in at.catalogue.policy.wait_targets_minutes)
    late = [c for c in line if c.priority is None and at.now - at.waiting_since(c) > red]
    if late:
        first = min(late, key=at.waiting_since)
        since = at.waiting_since(first)
        more: dict[str, Any] = {"number": first.number, "from": _told(since)}
        more |= {"limit": minutes(red), "beyond": len(late)}
        return Finding(
            rule="breach", subject=queue, level=RED, since=since + red, figures=figures | more
        )
    since = min(map(at.waiting_since, line))
    if at.now - since <= amber:
        return None
    return Finding(
        rule="longest_wait",
        subject=queue,
        level=AMBER,
        since=since + amber,
        figures=figures | {"limit": minutes(amber)},
    )


def _predicted(
    at: Situation, queue: QueueId, line: list[Candidate], load: Load, figures: dict[str, Any]
) -> Finding | None:
    """Whether some ordinary ticket that waits is likely to pass the target uncalled."""
    target_s = at.catalogue.policy.wait_targets_minutes[1] * 60
    likely = UNLIKELY if at.stands("predicted_breach", queue) else LIKELY
    best, who = _simulated(at, queue, line) if at.outlook else _reckoned(at, queue, line, load)
    if who is None or best < likely:
        return None
    left_s = target_s - (at.now - at.waiting_since(who)).total_seconds()
    more = {
        "number": who.number,
        "chance": round(best, 2),
        "limit": target_s // 60,
        "due": _told(at.now + timedelta(seconds=max(0.0, left_s))),
    }
    return Finding(
        rule="predicted_breach",
        subject=queue,
        level=AMBER,
        since=at.now,
        figures=figures | more,
    )


def _simulated(
    at: Situation, queue: QueueId, line: list[Candidate]
) -> tuple[float, Candidate | None]:
    """The chance that the forecast gives some ordinary ticket to pass the target, and whose it is."""
    found = at.outlook.breaches.get(queue) if at.outlook else None
    ordinary = [c for c in line if c.priority is None]
    if found is None or not ordinary:
        return 0.0, None
    chance, ticket = found
    # Called a moment ago: then it is whoever has waited longest.
    likeliest = [c for c in ordinary if c.ticket == ticket]
    return chance, likeliest[0] if likeliest else min(ordinary, key=at.waiting_since)


def _reckoned(
    at: Situation, queue: QueueId, line: list[Candidate], load: Load
) -> tuple[float, Candidate | None]:
    """The same without a forecast: of everybody in line by the work ahead of them."""
    target_s = at.catalogue.policy.wait_targets_minutes[1] * 60
    counts = at.state.waiting_counts()
    best: tuple[float, Candidate | None] = (0.0, None)
    for ahead, candidate in enumerate(line):
        if candidate.priority is not None:
            continue
        expected_s = _expected_s(at, load, {**counts, queue: ahead}, queue)
        if expected_s is None:
            return 0.0, None
        waited_s = (at.now - at.waiting_since(candidate)).total_seconds()
        ratios = at.learned.ratios.get(estimate.bucket(expected_s))
        chance = alert_stats.chance_of_breach(waited_s, expected_s, ratios, target_s)
        if chance > best[0]:
            best = chance, candidate
    return best


def _expected_s(
    at: Situation, load: Load, ahead: dict[QueueId, int], queue: QueueId
) -> float | None:
    """Seconds until somebody behind `ahead` is called, by the clock on the wall: lunch counts."""
    c = at.catalogue
    work_s = estimate.work_ahead_s(c, load, at.learned, ahead, queue)
    if work_s is None:
        return None
    then = hours.add_working_time(c.hours, c.zone, queue, at.now, timedelta(seconds=work_s))
    return None if then is None else (then - at.now).total_seconds()


def helpers(at: Situation, queue: QueueId) -> list[dict[str, Any]]:
    """Counters that could serve a queue and do not: idle ones first, then paused, then closed.

    Nobody is sent to a counter whose officer is absent.
    """
    found: list[dict[str, Any]] = []
    absent = at.state.absent(at.now.astimezone(at.catalogue.zone).date())
    for counter in at.catalogue.counters:
        state = at.state.counter(counter.id)
        how = _leisure(state)
        if how and queue in counter.queues and not (how == "closed" and counter.id in absent):
            found.append({"counter": counter.number, "how": how})
    return sorted(found, key=lambda each: (_HELP_ORDER[each["how"]], each["counter"]))[:_HELP_MOST]


def _leisure(state: CounterState) -> str:
    if state.status is CounterStatus.OPEN:
        return "" if state.ticket else "idle"
    return state.status.value


def unserved(at: Situation) -> Iterator[Finding]:
    """People who wait though nothing opens again today, and series that are at their end."""
    left = [c for queue in at.catalogue.queues if _is_over(at, queue) for c in _line(at, queue.id)]
    if left:
        first = min(left)
        yield Finding(
            rule="left_over",
            subject="day",
            level=AMBER,
            since=first.arrival_at,
            figures={"waiting": len(left), "number": first.number},
        )
    day = at.now.astimezone(at.catalogue.zone).date()
    held = [b for b in at.state.blocks.values() if b.business_date == day]
    for queue in at.catalogue.queues:
        last = at.state.serials.get((queue.id, day), 0)
        if last >= blocks.lowest_held(queue, held) - 1:
            yield Finding(
                rule="series_full",
                subject=queue.id,
                level=RED,
                since=at.now,
                figures={"queue": queue.id, "last": last},
            )


def _is_over(at: Situation, queue: Queue) -> bool:
    zone = at.catalogue.zone
    opens = hours.opening_after(at.catalogue.hours, zone, queue.id, at.now)
    is_today = opens is not None and opens.astimezone(zone).date() == at.now.astimezone(zone).date()
    return not is_today and not at.load.able(queue.id)


# Counters ----------------------------------------------------------------------------------
def counters(at: Situation) -> Iterator[Finding]:
    """A counter without anybody though somebody eligible waits; a call that nobody answers."""
    for configured in at.catalogue.counters:
        state = at.state.counter(configured.id)
        ticket = at.state.ticket(state.ticket) if state.ticket else None
        if ticket is not None:
            yield from _unanswered(at, configured, ticket)
        elif state.status is CounterStatus.OPEN:
            yield from _idle(at, configured, state)


def _unanswered(at: Situation, counter: Counter, ticket: Ticket) -> Iterator[Finding]:
    if ticket.status is not Status.CALLED or ticket.called_at is None:
        return
    stage = at.state.stage(ticket.id)
    since = (stage.called_at if stage else None) or ticket.called_at
    if at.now - since < UNANSWERED:
        return
    figures = {
        "counter": counter.number,
        "number": ticket.number,
        "from": _told(since),
        "calls": ticket.calls,
    }
    yield Finding(rule="unanswered", subject=counter.id, level=AMBER, since=since, figures=figures)


def _idle(at: Situation, counter: Counter, state: CounterState) -> Iterator[Finding]:
    heads = [
        *at.state.heads(counter.queues),
        *at.state.directed_to(counter.id, state.officer),
    ]
    choice = discipline.choose(at.catalogue.policy, counter, heads, at.state.since, at.now)
    chosen = at.state.ticket(choice.ticket) if choice else None
    quiet_since = state.active_at or state.since
    if chosen is None or quiet_since is None or not at.is_served(chosen.queue):
        return
    # Both must have lasted: the officer's leisure, and somebody's wait for exactly this counter.
    since = max(quiet_since, chosen.entered_at)
    if at.now - since <= IDLE:
        return
    figures = {
        "counter": counter.number,
        "number": chosen.number,
        "queue": chosen.queue,
        "from": _told(since),
    }
    yield Finding(
        rule="idle_counter", subject=counter.id, level=AMBER, since=since, figures=figures
    )


def _told(at: datetime) -> str:
    """An instant as figures keep it."""
    return at.isoformat(timespec="seconds")
