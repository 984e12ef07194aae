"""The figures once more, by an auditor's hand: from the lines of an exported log and measures.md §2.

Nothing of the product's own counting is used, so that two mistakes would have to be the same.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
#: doors, opens, closes of each session of a day.
Sessions = tuple[tuple[time, time, time], ...]
ALL_DAY: Sessions = ((time(0), time(0), time.max),)
_VOID = ("mistake", "print_failure")


@dataclass
class Leg:
    """One stay in a queue, up to leaving it."""

    entered: datetime
    queue: str
    called: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    end: str = ""
    counter: str = ""
    officer: str = ""
    calls: int = 0


@dataclass
class Told:
    """What the log tells of one ticket."""

    issued: dict[str, Any]
    at: datetime
    legs: list[Leg]
    state: str = "waiting"
    code: str = ""
    ended: datetime | None = None
    priority: bool = False
    level: int | None = None
    #: Stretches in the state waiting.
    waiting: list[list[datetime | None]] = field(default_factory=list)

    def turn(self, state: str, at: datetime) -> None:
        if self.state == "waiting":
            self.waiting[-1][1] = at
        if state == "waiting":
            self.waiting.append([at, None])
        self.state = state


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _follow(told: Told, line: dict[str, Any], at: datetime) -> None:
    kind, said, leg = line["type"], line["payload"], told.legs[-1]
    if kind == "TicketCalled":
        leg.called = leg.called or at
        leg.counter, leg.officer, leg.calls = said["counter"], said["officer"], leg.calls + 1
        told.turn("called", at)
    elif kind == "TicketRecalled":
        leg.calls += 1
    elif kind == "CallWithdrawn":
        leg.called, leg.counter, leg.officer, leg.calls = None, "", "", 0
        told.turn("waiting", at)
    elif kind == "ServiceStarted":
        leg.started = leg.started or at
        told.turn("serving", at)
    elif kind in ("TicketParked", "NoShowRecorded", "TicketTransferred", "ServiceCompleted"):
        leg.ended, leg.end = leg.ended or at, kind
        told.turn(
            {"TicketParked": "parked", "NoShowRecorded": "no_show", "ServiceCompleted": "served"}
            .get(kind, "waiting"), at,
        )  # fmt: skip
        if kind == "TicketTransferred":
            told.legs.append(Leg(at, said["queue"]))
        if kind == "ServiceCompleted":
            told.code, told.ended = said["outcome"], at
    elif kind == "ServiceAdded":
        leg.ended, leg.end = at, kind
        told.legs.append(Leg(at, leg.queue, at, at, counter=leg.counter, officer=leg.officer))
    elif kind in ("TicketReinstated", "TicketResumed"):
        told.legs.append(Leg(at, leg.queue))
        told.ended = None
        if said.get("counter"):
            new = told.legs[-1]
            new.called, new.counter, new.officer, new.calls = (
                at,
                said["counter"],
                said["officer"],
                1,
            )
        told.turn("called" if said.get("counter") else "waiting", at)
    elif kind == "TicketCancelled":
        leg.ended, leg.end = leg.ended or at, leg.end or kind
        told.code, told.ended = said["code"], at
        told.turn("cancelled", at)
    elif kind == "SlipPrintFailed" and told.state == "waiting" and not told.issued.get("slip"):
        told.issued["slip"] = said["code"]
        told.turn("unprinted", at)
    elif kind in ("SlipPrinted", "SlipWaived", "ReprintRequested", "SlipPrintFailed"):
        told.issued["slip"] = kind
        if told.state == "unprinted" and kind in ("SlipPrinted", "SlipWaived"):
            told.turn("waiting", at)
    elif kind == "PriorityChanged":
        told.priority = bool(said.get("priority"))
    elif kind == "RatingGiven":
        told.level = said["level"]


def tickets(lines: list[dict[str, Any]]) -> dict[str, Told]:
    """The tickets of a log. A step that was taken back never happened, nor did its taking back."""
    undone = {x["payload"]["undone"] for x in lines if x["type"] == "StepUndone"}
    found: dict[str, Told] = {}
    for line in lines:
        if line["ticket"] is None or line["seq"] in undone or line["type"] == "StepUndone":
            continue
        at, said = _at(line["at"]), line["payload"]
        if line["type"] == "TicketIssued":
            given = _at(said["issued_at"]) if said.get("issued_at") else at
            said = {**said, "slip": "" if said.get("paper", True) else "none"}
            told = Told(
                said, given, [Leg(given, said["queue"])], priority=bool(said.get("priority"))
            )
            told.waiting.append([given, None])
            found[line["ticket"]] = told
        else:
            _follow(found[line["ticket"]], line, at)
    return found


def _s(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None else max(0, int((until - since).total_seconds()))


def visit(told: Told, sessions: Sessions, now: datetime) -> dict[str, Any] | None:
    """One ticket's values; None for one that another number replaced."""
    if told.state == "cancelled" and told.code == "replaced":
        return None
    local = told.at.astimezone(HANOI)
    bounds = [[datetime.combine(local.date(), t, HANOI) for t in session] for session in sessions]
    began = next((max(told.at, o) for d, o, c in bounds if d <= told.at < c), told.at)
    legs = told.legs
    first_start = next((i for i, x in enumerate(legs) if x.started), None)
    started = None if first_start is None else legs[first_start].started
    called = next((x.called for x in legs if x.called), None)
    last = next((x for x in reversed(legs) if x.called), None)
    if told.state in ("served", "no_show"):
        end = told.state
    elif told.state == "cancelled":
        end = (
            "void" if told.code in _VOID
            else "no_show" if legs[-1].end == "NoShowRecorded"
            else "unserved" if told.code == "day_close" else "left"
        )  # fmt: skip
    else:
        end = "open"
    until = told.ended if end == "unserved" else called or told.ended or now
    wait = _s(began, started)
    wait_open = None
    if started:
        wait_open = 0.0
        day = local.date()
        while day <= started.astimezone(HANOI).date():
            for _, opens, closes in sessions:
                a = max(began, datetime.combine(day, opens, HANOI))
                b = min(started, datetime.combine(day, closes, HANOI))
                wait_open += max(0.0, (b - a).total_seconds())
            day += timedelta(days=1)
        wait_open = int(wait_open)
    later = 0
    if first_start is not None:
        later = sum(_s(x.entered, x.started) or 0 for x in legs[first_start + 1 :])
    served = [_s(x.started, x.ended) for x in legs if x.started and x.ended]
    return {
        "date": local.date(), "hour": f"{local.hour:02d}", "queue": legs[0].queue,
        "service": told.issued["service"], "procedure": told.issued.get("procedure") or "",
        "counter": last.counter if last else "", "officer": last.officer if last else "",
        "channel": told.issued["channel"], "priority": "priority" if told.priority else "normal",
        "outcome": told.code if told.state in ("served", "cancelled") else end,
        "cell": f"{legs[0].queue}|{local.hour:02d}", "end": end,
        "wait": wait, "call": _s(began, called), "wait_open": wait_open,
        "wait_total": None if wait is None else wait + later,
        "age": None if started else _s(began, until),
        "parked": sum(
            _s(a.ended, b.entered) or 0 for a, b in pairwise(legs)
            if a.end == "TicketParked"
        ),
        "service_s": sum(x or 0 for x in served) if served else None,
        "walk": None if first_start is None else _s(legs[first_start].called, started),
        "sojourn": _s(told.at, told.ended) if end == "served" else None,
        "recalls": sum(max(0, x.calls - 1) for x in legs),
        "transfers": sum(x.end == "TicketTransferred" for x in legs),
        "parks": sum(x.end == "TicketParked" for x in legs),
        "added": sum(x.end == "ServiceAdded" for x in legs),
        "level": told.level, "readiness": told.issued.get("readiness") or "",
    }  # fmt: skip


Seconds = dict[tuple[date, str, str], dict[str, int]]


def desks(lines: list[dict[str, Any]], some: Iterable[Told], now: datetime) -> Seconds:
    """Seconds by day, counter and officer: open, paused, engaged and serving."""
    found: Seconds = defaultdict(lambda: defaultdict(int))
    state: dict[str, tuple[datetime, str, bool]] = {}
    day: date | None = None

    def end_of(counter: str, until: datetime) -> None:
        since, officer, is_paused = state.pop(counter)
        seconds = int((until - since).total_seconds())
        if seconds:
            key = (since.astimezone(HANOI).date(), counter, officer)
            found[key]["open_s"] += seconds
            found[key]["paused_s"] += seconds if is_paused else 0

    def midnight() -> None:
        if day is not None:
            next_day = datetime.combine(day + timedelta(days=1), time(), HANOI)
            for counter in list(state):
                end_of(counter, min(next_day, now))

    for line in lines:
        if not line["type"].startswith("Counter"):
            continue
        at, counter = _at(line["at"]), line["payload"]["counter"]
        if at.astimezone(HANOI).date() != day:
            midnight()
            day = at.astimezone(HANOI).date()
        officer = state[counter][1] if counter in state else ""
        if counter in state:
            end_of(counter, at)
        if line["type"] in ("CounterOpened", "CounterHandedOver"):
            state[counter] = (at, line["payload"]["officer"], False)
        elif line["type"] in ("CounterPaused", "CounterResumed"):
            state[counter] = (at, officer, line["type"] == "CounterPaused")
    midnight()
    for told in some:
        for leg in told.legs:
            if leg.called:
                key = (told.at.astimezone(HANOI).date(), leg.counter, leg.officer)
                found[key]["engaged_s"] += _s(leg.called, leg.ended or now) or 0
                found[key]["serving_s"] += _s(leg.started, leg.ended or now) or 0
    return found


def _within(some: list[dict[str, Any]], target_s: int) -> tuple[int, int]:
    good = sum(v["wait"] is not None and v["wait"] <= target_s for v in some)
    missed = sum(
        v["wait"] > target_s if v["wait"] is not None
        else v["end"] != "left" and v["age"] is not None and v["age"] > target_s
        for v in some
    )  # fmt: skip
    return good, good + missed


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole > 0 else None


def figures(
    some: list[dict[str, Any]], times: list[dict[str, int]], targets_s: tuple[int, int] = (900, 1800),
    incomplete: frozenset[str] = frozenset(),
) -> dict[str, Any]:  # fmt: skip
    """What a group of visits and of counters' days comes to."""
    voided = sum(
        v["end"] != "served" and v["outcome"] in (*_VOID, "officer") for v in some
    )  # fmt: skip
    some = [v for v in some if v["end"] != "void"]
    ends = {
        e: sum(v["end"] == e for v in some)
        for e in ("served", "no_show", "left", "unserved", "open")
    }
    made: dict[str, Any] = {
        "issued": len(some), "voided": voided, **ends, "completed": ends["served"],
        "cancelled": ends["left"] + ends["unserved"],
        "left_late": sum(v["end"] == "left" and (v["age"] or 0) > targets_s[0] for v in some),
        "no_show_share": _share(ends["no_show"], ends["no_show"] + ends["served"]),
    }  # fmt: skip
    for name, key, shares in (
        ("wait", "wait", (50, 75, 90)), ("call", "call", (50, 90)), ("service", "service_s", (50, 90)),
    ):  # fmt: skip
        values = [v[key] for v in some if v[key] is not None]
        made[f"{name}_n"] = len(values)
        for share in shares:
            is_said = values and (share < 90 or len(values) >= 20)
            made[f"{name}_p{share}_s"] = (
                round(float(np.percentile(values, share)), 1) if is_said else None
            )
    for name in ("wait", "call", "wait_open", "wait_total", "service", "walk", "sojourn"):
        key = "service_s" if name == "service" else name
        values = [v[key] for v in some if v[key] is not None]
        made[f"{name}_mean_s"] = round(sum(values) / len(values), 1) if values else None
    good, n = _within(some, targets_s[0])
    made |= {"within_target": _share(good, n), "within_n": n}
    made["within_red"] = _share(*_within(some, targets_s[1]))
    made["parked_s"] = sum(v["parked"] for v in some)
    for name in ("recalls", "transfers", "parks", "added"):
        made[name] = sum(v[name] for v in some)
    short = sum(v["end"] == "served" and v["outcome"] in incomplete for v in some)
    made["first_visit"] = _share(ends["served"] - short, ends["served"])
    made["sheets_read"] = sum(v["readiness"] != "" for v in some)
    made["guidance_needed"] = sum(v["readiness"] == "guidance" for v in some)
    rated = [v["level"] for v in some if v["level"] is not None and v["end"] == "served"]
    made["levels"] = [rated.count(level) for level in range(1, 6)]
    made |= {"ratings_n": len(rated), "ratings_satisfied": sum(x >= 4 for x in rated)}
    for name in ("open_s", "paused_s", "engaged_s", "serving_s"):
        made[name] = sum(t.get(name, 0) for t in times)
    made["occupancy"] = _share(made["engaged_s"], made["open_s"] - made["paused_s"])
    made["service_share"] = _share(made["serving_s"], made["open_s"])
    return made


_OF_DAY = {
    "day": lambda d: d.isoformat(),
    "week": lambda d: (d - timedelta(days=d.weekday())).isoformat(),
    "month": lambda d: d.isoformat()[:7],
    "quarter": lambda d: f"{d.year}-Q{(d.month - 1) // 3 + 1}",
    "year": lambda d: str(d.year),
    "weekday": lambda d: str(d.isoweekday()),
    "none": lambda _: "",
}


def report(
    exported: str,
    by: str,
    first: date,
    last: date,
    now: datetime,
    sessions: Sessions = ALL_DAY,
    incomplete: frozenset[str] = frozenset({"thieu"}),
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The figures in total and by group, from the text of an exported log."""
    lines = [json.loads(line) for line in exported.splitlines()][1:]
    told = tickets(lines)
    some = [v for t in told.values() if (v := visit(t, sessions, now))]
    some = [v for v in some if first <= v["date"] <= last]
    times = {k: v for k, v in desks(lines, told.values(), now).items() if first <= k[0] <= last}
    groups: dict[str, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for v in some:
        groups[_OF_DAY[by](v["date"]) if by in _OF_DAY else v[by]][0].append(v)
    for (day, counter, officer), spent in times.items():
        if by in _OF_DAY:
            groups[_OF_DAY[by](day)][1].append(spent)
        elif by in ("counter", "officer"):
            groups[counter if by == "counter" else officer][1].append(spent)
    total = figures(some, list(times.values()), incomplete=incomplete)
    return total, {
        key: figures(*group, incomplete=incomplete) for key, group in sorted(groups.items())
    }


def queue_integral(exported: str, now: datetime) -> tuple[float, float, int]:
    """∫Q dt by sweeping over the changes of Q; the sum of waiting-state times; and λW by tickets."""
    lines = [json.loads(line) for line in exported.splitlines()][1:]
    changes: list[tuple[datetime, int]] = []
    total = 0.0
    told = tickets(lines)
    for ticket in told.values():
        for since, until in ticket.waiting:
            assert since is not None
            total += ((until or now) - since).total_seconds()
            changes += [(since, 1), (until or now, -1)]
    changes.sort(key=lambda change: (change[0], -change[1]))
    integral, length = 0.0, 0
    for (at, change), (following, _) in pairwise(changes):
        length += change
        assert length >= 0
        integral += length * (following - at).total_seconds()
    return integral, total, len(told)
