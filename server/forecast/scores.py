"""The figures of a backtest (measures.md §1.3, §7), over tickets that had to queue."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from server.domain.outlook import PERCENTS
from server.forecast.backtest import Priced, Replayed

_LATE_MINUTES: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Minutes, and shares from 0 to 1; None where there is nothing to divide by.

    `pinball` is the mean over the levels of `PERCENTS`, times two. `above` is the share of waits
    longer than the 90 % level. `hit`, `early`, `late` and `very_late` (by more than ten minutes) are
    about the printed range; `unsaid` is the share that would have read no minutes. `mae_naive` and
    `mae_fallback` are over those tickets for which each had an answer, `mae_beside` that of the
    forecast over the tickets for which both had one.
    """

    tickets: int
    mean_wait: float | None
    mae: float | None
    pinball: float | None
    coverage80: float | None
    coverage90: float | None
    above: float | None
    width80: float | None
    hit: float | None
    early: float | None
    late: float | None
    very_late: float | None
    unsaid: float | None
    mae_naive: float | None
    mae_fallback: float | None
    mae_beside: float | None


def score(tickets: Sequence[Priced]) -> Score:
    """The figures of these tickets; each was called, and had a forecast for today."""
    said = [(p, p.printed, _waited(p) / 60) for p in tickets if p.printed is not None]
    both = [p for p in tickets if p.naive_s is not None and p.fallback_s is not None]
    return Score(
        tickets=len(tickets),
        mean_wait=_mean([_waited(p) / 60 for p in tickets]),
        mae=_mean([_error(p, p.foretold.at(50)) for p in tickets]),
        pinball=_mean([_pinball(p) for p in tickets]),
        coverage80=_mean([float(_within(p, 10, 90)) for p in tickets]),
        coverage90=_mean([float(_within(p, 5, 95)) for p in tickets]),
        above=_mean([float(_waited(p) > _level(p, 90)) for p in tickets]),
        width80=_mean([(_level(p, 90) - _level(p, 10)) / 60 for p in tickets]),
        hit=_mean([float(low <= wait <= high) for _, (low, high), wait in said]),
        early=_mean([float(wait < low) for _, (low, _), wait in said]),
        late=_mean([float(wait > high) for _, (_, high), wait in said]),
        very_late=_mean([float(wait > high + _LATE_MINUTES) for _, (_, high), wait in said]),
        unsaid=_mean([float(p.printed is None) for p in tickets]),
        mae_naive=_mean([_error(p, p.naive_s) for p in tickets if p.naive_s is not None]),
        mae_fallback=_mean([_error(p, p.fallback_s) for p in tickets if p.fallback_s is not None]),
        mae_beside=_mean([_error(p, p.foretold.at(50)) for p in both]),
    )


#: What the tickets are put apart by.
GROUPS: Final[dict[str, Callable[[Priced], str]]] = {
    "queue": lambda p: p.queue,
    "class": lambda p: "priority" if p.is_priority else "normal",
    "hour": lambda p: f"{p.hour:02d}",
    "day": lambda p: p.day.isoformat(),
}


def scores(found: Replayed) -> dict[str, dict[str, Score]]:
    """The figures of all tickets, and by queue, class, hour of issue and day."""
    by: dict[str, dict[str, Score]] = {"all": {"": score(found.priced)}}
    for name, key in GROUPS.items():
        groups: dict[str, list[Priced]] = {}
        for priced in found.priced:
            groups.setdefault(key(priced), []).append(priced)
        by[name] = {one: score(groups[one]) for one in sorted(groups)}
    return by


def document(found: Replayed) -> dict[str, Any]:
    """Everything as builtins, for JSON."""
    return {
        "events": found.events,
        "skipped": dict(sorted(found.skipped.items())),
        "scores": {
            name: {one: _rounded(asdict(figures)) for one, figures in groups.items()}
            for name, groups in scores(found).items()
        },
    }


def text(found: Replayed) -> str:
    """A table for people."""
    lines = [
        "Minutes; shares in %. MAE of the median; pinball ×2; hit = inside the printed range.",  # noqa: RUF001
        "naive = people ahead × mean service ÷ open counters; QL = the fallback.",  # noqa: RUF001
        "",
    ]
    for name, groups in scores(found).items():
        lines.append(_row((name, *_HEADINGS)))
        lines += [_row((one or "all", *_cells(figures))) for one, figures in groups.items()]
        lines.append("")
    lines.append(f"{found.events} events; not scored:")
    lines += [f"  {n:6d}  {reason}" for reason, n in sorted(found.skipped.items())] or ["  none"]
    return "\n".join(lines)


_HEADINGS: Final = (
    *("tickets", "wait", "MAE", "pinball", "cov80", "cov90", ">p90", "width"),
    *("hit", "early", "late", "late>10", "naive", "QL"),
)
_FIRST, _OTHERS = 12, 8


def _cells(s: Score) -> tuple[str, ...]:
    return (
        str(s.tickets),
        *map(_minutes, (s.mean_wait, s.mae, s.pinball)),
        *map(_share, (s.coverage80, s.coverage90, s.above)),
        _minutes(s.width80),
        *map(_share, (s.hit, s.early, s.late, s.very_late)),
        *map(_minutes, (s.mae_naive, s.mae_fallback)),
    )


def _row(cells: Sequence[str]) -> str:
    return f"{cells[0]:{_FIRST}}" + "".join(f"{cell:>{_OTHERS}}" for cell in cells[1:])


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _waited(priced: Priced) -> float:
    assert priced.waited_s is not None, "only those that were called are scored"  # noqa: S101
    return priced.waited_s


def _level(priced: Priced, percent: int) -> float:
    """A level in seconds; one past today counts as the closing."""
    level = priced.foretold.at(percent)
    return max(priced.closes_s, 0.0) if level is None else float(level)


def _within(priced: Priced, low: int, high: int) -> bool:
    waited = _waited(priced)
    above = priced.foretold.at(high)
    return _level(priced, low) <= waited and (above is None or waited <= above)


def _error(priced: Priced, told_s: float | None) -> float:
    return abs(_waited(priced) - (told_s or 0.0)) / 60


def _pinball(priced: Priced) -> float:
    """Over all levels: a level p costs p for each minute too low, and 1 - p for each too high."""
    total = 0.0
    for percent in PERCENTS:
        off = (_waited(priced) - _level(priced, percent)) / 60
        total += max(percent / 100 * off, (percent / 100 - 1) * off)
    return 2 * total / len(PERCENTS)
