"""Alerts about devices, and about a day that is unlike the branch's other days. measures.md §5."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from server.domain import alert_stats
from server.domain.alert_situation import AMBER, RED, DeviceReport, Finding, Situation
from server.domain.ids import ServiceId
from server.domain.ticket import Status

#: No rating in so much activity; longer gaps between two visits count as this much of it.
_UNRATED_S: Final = 2 * 3600
_GAP_S: Final = 15 * 60
_UNRATED_VISITS: Final = 10
#: Below these, history says too little.
_ENOUGH_SERVICES: Final = 30
_ENOUGH_CALLS: Final = 20
_UNLIKELY_ABSENCES, _LIKELY_ABSENCES = 0.001, 0.05
_ABSENCES: Final = 4
_CLOCK_JUMP_S: Final = 30.0
#: How many forecasts are looked at together, and between which shares all is well.
COVERAGE_OF: Final = 200
_COVERED_LEAST, _COVERED_MOST = 0.70, 0.92
#: What a printer says when nothing comes out of it.
_NO_PAPER: Final = ("paper_out", "cover_open", "offline", "lost")
_VOICE_PROBLEMS: Final = ("sound_failed", "voice_incomplete")


# Devices -----------------------------------------------------------------------------------
def devices(at: Situation) -> Iterator[Finding]:
    """Printers that print nothing, screens out of reach, walls that do not speak; the clock."""
    for name, how in at.state.printers.items():
        rule = "printer" if how in _NO_PAPER else how
        if rule in ("printer", "paper_low"):
            yield Finding(
                rule=rule,
                subject=name,
                level=RED if rule == "printer" else AMBER,
                since=at.now,
                figures={"device": name, "state": how},
            )
    for device in at.devices:
        figures: dict[str, Any] = {"device": device.name, "kind": device.kind}
        if device.lost_since is not None:
            yield Finding(
                rule="device_lost",
                subject=device.id,
                level=RED if device.kind == "display" else AMBER,
                since=device.lost_since,
                figures=figures | {"from": device.lost_since.isoformat(timespec="seconds")},
            )
        elif silent := _silence(device):
            yield Finding(
                rule="voice",
                subject=device.id,
                level=AMBER,
                since=at.now,
                figures=figures | {"problem": silent},
            )
    if abs(at.clock_jump_s) > _CLOCK_JUMP_S:
        figures = {"seconds": round(at.clock_jump_s)}
        yield Finding(
            rule="clock_jump", subject="clock", level=AMBER, since=at.now, figures=figures
        )


def _silence(device: DeviceReport) -> str:
    if device.sound == "muted":
        return "muted"
    return next((p for p in device.problems if p in _VOICE_PROBLEMS), "")


# The day against earlier days ----------------------------------------------------------------
def unrated(at: Situation) -> Iterator[Finding]:
    """Two hours in which visits ended and nobody rated one, where people do rate."""
    pads = any(device.kind == "rating" for device in at.devices)
    if not (at.history.is_rated or pads):
        return
    ended = sorted(
        (t.ended_at, t.level is not None)
        for t in at.state.tickets.values()
        if t.status is Status.SERVED and t.ended_at is not None
    )
    rated = [n for n, (_, is_rated) in enumerate(ended) if is_rated]
    silent = [ended_at for ended_at, _ in ended[rated[-1] + 1 if rated else 0 :]]
    active_s = sum(min((b - a).total_seconds(), _GAP_S) for a, b in pairwise(silent))
    if len(silent) < _UNRATED_VISITS or active_s < _UNRATED_S:
        return
    figures = {"visits": len(silent), "hours": round(active_s / 3600, 1)}
    yield Finding(rule="no_rating", subject="branch", level=AMBER, since=silent[0], figures=figures)


def slow_services(at: Situation) -> Iterator[Finding]:
    """Services that take longer today than this branch is used to: CUSUM of measures.md §5."""
    durations: dict[ServiceId, list[tuple[datetime, float]]] = {}
    for stages in at.state.stages.values():
        for stage in stages:
            if stage.service_s is not None and stage.ended_at is not None:
                durations.setdefault(stage.service, []).append((stage.ended_at, stage.service_s))
    for service, ended in durations.items():
        known = at.history.services.get(service)
        if known is None or known.n < _ENOUGH_SERVICES:
            continue
        ended.sort()
        level = alert_stats.cusum((d for _, d in ended), known)
        stands = at.stands("slow_service", service)
        limit = alert_stats.CUSUM_OVER if stands else alert_stats.CUSUM_ALARM
        if level <= limit:
            continue
        recent = [d for _, d in ended[-10:]]
        figures = {
            "service": service,
            "minutes": round(sorted(recent)[len(recent) // 2] / 60, 1),
            "usual": round(known.minutes, 1),
            "n": len(recent),
            "cusum": round(level, 1),
        }
        yield Finding(
            rule="slow_service", subject=service, level=AMBER, since=ended[0][0], figures=figures
        )


def absences(at: Situation) -> Iterator[Finding]:
    """More people absent when called than this branch's own history makes likely."""
    if at.history.first_calls < _ENOUGH_CALLS:
        return
    called = [
        t
        for t in at.state.tickets.values()
        if t.first_called_at is not None and t.status in (Status.SERVED, Status.NO_SHOW)
    ]
    absent = [t for t in called if t.status is Status.NO_SHOW]
    if len(called) < _ENOUGH_CALLS or len(absent) < _ABSENCES:
        return
    chance = alert_stats.tail(len(absent), len(called), at.history.no_show_share)
    stands = at.stands("no_shows", "branch")
    if chance > (_LIKELY_ABSENCES if stands else _UNLIKELY_ABSENCES):
        return
    since = min(t.ended_at or at.now for t in absent)
    figures = {
        "absent": len(absent),
        "called": len(called),
        "usual": round(100 * at.history.no_show_share),
    }
    yield Finding(rule="no_shows", subject="branch", level=AMBER, since=since, figures=figures)


def forecasts(at: Situation) -> Iterator[Finding]:
    """Forecasts that are right too seldom, or so often that they are wider than they need be.

    Of the last 200, as many waits should lie between the levels of 10 and 90 % as these promise.
    """
    n, inside = at.history.foretold
    if n < COVERAGE_OF:
        return
    share = inside / n
    if _COVERED_LEAST <= share <= _COVERED_MOST:
        return
    figures = {"share": round(100 * share), "n": n, "promised": 80}
    yield Finding(rule="forecast_off", subject="branch", level=AMBER, since=at.now, figures=figures)
