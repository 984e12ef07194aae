"""Plans beside the present over the same days: figures, how sure they are, and who pays for it.

measures.md §3.1: the same people in both (common random numbers), never one number alone: days
better and worse, the median day, a 95 % interval by drawing days, and a band for the model's own
error, 25 % of the change or 1.5 minutes, whichever is larger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from server.domain.measures import MIN_N_FOR_P90
from server.whatif.outcome import DayResult, DayRun, LineDay, merged, utilisation

#: Fewer days than this say nothing: "chưa đủ dữ liệu".
LEAST_DAYS: Final = 10
#: The model's own error: a share of the change, at least so many minutes.
BAND_SHARE: Final = 0.25
BAND_MINUTES: Final = 1.5
#: The same for a share: per cent of the change, at least so many points.
BAND_POINTS: Final = 1.5
_DRAWS: Final = 1_000
_SEED: Final = 7
#: A day whose mean wait differs by less than this is neither better nor worse, minutes.
_SAME_MINUTES: Final = 0.25
_PERCENTS: Final = (50, 75, 90)

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of satisfied ratings after a wait (measures.md §4.2): an association."""

    b0: float
    b1: float

    def mean(self, minutes: _Floats) -> float:
        """The mean share over these waits."""
        eta = self.b0 + self.b1 * np.log1p(minutes / 12)
        return float(np.mean(1 / (1 + np.exp(-eta))))


def figures(runs: Sequence[DayRun], limits: Sequence[int], curve: Curve | None) -> dict[str, Any]:
    """The figures of some days: waits in minutes, shares in [0, 1]."""
    lines = merged(runs)
    whole = _together(lines.values())
    waits = np.array(whole.served, dtype=float) / 60
    called = len(whole.served) + len(whole.no_shows)
    busy = utilisation(runs)
    engaged, open_s = (sum(v[n] for v in busy.values()) for n in (0, 1))
    return {
        "people": called + len(whole.lost),
        "served": len(whole.served),
        "no_shows": len(whole.no_shows),
        "lost": len(whole.lost),
        "no_show_share": len(whole.no_shows) / called if called else None,
        **_spread(waits),
        "felt": _felt(whole),
        "within": {str(limit): _within(whole, limit) for limit in limits},
        "over": {str(limit): _over(whole, limit) for limit in limits},
        "satisfied": curve.mean(waits) if curve and len(waits) else None,
        "utilisation": engaged / open_s if open_s else None,
        "counters": {c: e / o if o else None for c, (e, o) in sorted(busy.items())},
        "lines": [_line(line, limits) for _, line in sorted(lines.items())],
        "worst": _worst(lines),
    }


def _together(lines: Any) -> LineDay:
    whole = LineDay("", False, [], [], [])
    for line in lines:
        whole.served += line.served
        whole.no_shows += line.no_shows
        whole.lost += line.lost
    return whole


def _spread(waits: _Floats) -> dict[str, float | None]:
    if not len(waits):
        return {"mean": None, "p50": None, "p75": None, "p90": None}
    p50, p75, p90 = (float(x) for x in np.percentile(waits, _PERCENTS))
    is_enough = len(waits) >= MIN_N_FOR_P90
    return {"mean": float(waits.mean()), "p50": p50, "p75": p75, "p90": p90 if is_enough else None}


def _felt(line: LineDay) -> float | None:
    """The mean wait of everybody, those who went or were never served up to their end, minutes.

    Without them a plan that serves fewer people would look better for it.
    """
    people = len(line.served) + len(line.no_shows) + len(line.lost)
    return (
        (sum(line.served) + sum(line.no_shows) + sum(line.lost)) / people / 60 if people else None
    )


def _late(line: LineDay, limit: int) -> int:
    return sum(s > 60 * limit for s in line.no_shows) + sum(s > 60 * limit for s in line.lost)


def _within(line: LineDay, limit: int) -> float | None:
    """SLA_T of measures.md §2: those called late who had gone count against it."""
    of = len(line.served) + _late(line, limit)
    return sum(s <= 60 * limit for s in line.served) / of if of else None


def _over(line: LineDay, limit: int) -> int:
    """People who waited longer than the limit, those who went of it included."""
    return sum(s > 60 * limit for s in line.served) + _late(line, limit)


def _line(line: LineDay, limits: Sequence[int]) -> dict[str, Any]:
    return {
        "queue": line.queue,
        "is_priority": line.is_priority,
        "n": len(line.served),
        **_spread(np.array(line.served, dtype=float) / 60),
        "within": {str(limit): _within(line, limit) for limit in limits},
    }


def _worst(lines: Mapping[Any, LineDay]) -> dict[str, Any] | None:
    """The line whose 90th percentile is the longest: who pays for the rest."""
    enough = [line for line in lines.values() if len(line.served) >= MIN_N_FOR_P90]
    if not enough:
        return None
    worst = max(enough, key=lambda line: float(np.percentile(line.served, 90)))
    return {
        "queue": worst.queue,
        "is_priority": worst.is_priority,
        "n": len(worst.served),
        "p90": float(np.percentile(worst.served, 90)) / 60,
    }


# Beside each other ------------------------------------------------------------------------------
def compare(
    days: Sequence[DayResult], limits: Sequence[int], curve: Curve | None
) -> dict[str, Any]:
    """The present and every plan over the days; `is_enough` is False under ten days."""
    present = [day.present for day in days]
    count = len(days[0].plans) if days else 0
    base = figures(present, limits, curve)
    return {
        "days": [day.day for day in days],
        "is_enough": len(days) >= LEAST_DAYS,
        "limits": list(limits),
        "observed": figures([day.observed for day in days], limits, None),
        "present": base,
        "plans": [_plan(days, n, base, limits, curve) for n in range(count)],
    }


def _plan(
    days: Sequence[DayResult],
    n: int,
    base: Mapping[str, Any],
    limits: Sequence[int],
    curve: Curve | None,
) -> dict[str, Any]:
    found = figures([day.plans[n] for day in days], limits, curve)
    before = [_Day(day.present, limits[-1]) for day in days]
    after = [_Day(day.plans[n], limits[-1]) for day in days]
    moves = [b.mean - a.mean for a, b in zip(before, after, strict=True)]
    pairs = sorted(zip(moves, days, strict=True), key=lambda pair: pair[0])
    middle = pairs[len(pairs) // 2] if pairs else None
    satisfied = None
    if found["satisfied"] is not None and base["satisfied"] is not None:
        satisfied = found["satisfied"] - base["satisfied"]
    return {
        **found,
        "better": sum(move < -_SAME_MINUTES for move in moves),
        "worse": sum(move > _SAME_MINUTES for move in moves),
        "same": sum(abs(move) <= _SAME_MINUTES for move in moves),
        "median_day": {"day": middle[1].day, "move": middle[0]} if middle else None,
        "by_day": [
            {"day": day.day, "present": a.mean, "plan": b.mean}
            for day, a, b in zip(days, before, after, strict=True)
        ],
        "mean_move": _move(before, after, "wait", BAND_MINUTES),
        "over_move": _move(before, after, "over", BAND_POINTS / 100),
        "gone_move": _move(before, after, "gone", BAND_POINTS / 100),
        "satisfied_move": satisfied,
        "lines_move": _lines_moves(base["lines"], found["lines"]),
    }


class _Day:
    """A day's mean wait of everybody, and the sums that means over any drawing of days come of."""

    def __init__(self, run: DayRun, limit: int) -> None:
        whole = _together(run.lines)
        called = len(whole.served) + len(whole.no_shows)
        people = called + len(whole.lost)
        self.mean = _felt(whole) or 0.0
        self.sums = {
            "wait": (self.mean * people, people),
            "over": (float(_over(whole, limit)), people),
            "gone": (float(len(whole.no_shows)), called),
        }


def _move(
    before: Sequence[_Day], after: Sequence[_Day], name: str, least: float
) -> dict[str, float]:
    """A change of a mean or share: its value, 95 % interval over days, and the model's band."""
    sums = np.array(
        [[*a.sums[name], *b.sums[name]] for a, b in zip(before, after, strict=True)], dtype=float
    ).reshape(-1, 4)
    value = _difference(sums.sum(axis=0))
    band = max(least, BAND_SHARE * abs(value))
    rng = np.random.default_rng(_SEED)
    if len(sums):
        drawn = rng.integers(0, len(sums), size=(_DRAWS, len(sums)))
        moves = [_difference(sums[some].sum(axis=0)) for some in drawn]
        low, high = (float(x) for x in np.percentile(moves, (2.5, 97.5)))
    else:
        low = high = value
    return {
        "value": value,
        "low": low,
        "high": high,
        "band_low": min(low, value - band),
        "band_high": max(high, value + band),
    }


def _difference(sums: _Floats) -> float:
    a, n, b, m = (float(x) for x in sums)
    return (b / m if m else 0.0) - (a / n if n else 0.0)


def _lines_moves(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """By line, how the 90th percentile moves; lines with too few people are left out."""
    known = {(line["queue"], line["is_priority"]): line["p90"] for line in before}
    found = []
    for line in after:
        was = known.get((line["queue"], line["is_priority"]))
        if was is not None and line["p90"] is not None:
            found.append(
                {
                    "queue": line["queue"],
                    "is_priority": line["is_priority"],
                    "before": was,
                    "after": line["p90"],
                    "move": line["p90"] - was,
                }
            )
    return sorted(found, key=lambda line: -float(line["move"]))
