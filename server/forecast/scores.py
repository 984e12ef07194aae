"""The figures of a backtest, as the manager's page has them (`domain/hits.py`)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from server.domain import hits
from server.domain.hits import Score
from server.forecast.backtest import Priced, Replayed


def score(tickets: Iterable[Priced]) -> Score:
    """The figures of these tickets, each of which was called; also of a few.

    A small group is told here, with how many it has: its reader is who works on the forecast.
    """
    return hits.score((one.told for one in tickets), least=1)


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
        "Minutes; shares in %. MAE of the median; pinball ×2; right = inside the told range.",  # noqa: RUF001
        "told, QL and naive: MAE over the same tickets, of the forecast, of the fallback, and of",
        "people ahead × mean service ÷ open counters.",  # noqa: RUF001
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
    *("tickets", "unsaid", "wait", "MAE", "pinball", "cov80", "cov90", ">p90", "width"),
    *("right", "early", "late", "late>10", "same", "told", "QL", "naive"),
)
_FIRST, _OTHERS = 12, 8


def _cells(s: Score) -> tuple[str, ...]:
    return (
        *map(str, (s.n, s.unsaid)),
        *map(_minutes, (s.wait_mean_s, s.mae_s, s.pinball_s)),
        *map(_share, (s.coverage80, s.coverage90, s.above90)),
        _minutes(s.width80_s),
        *map(_share, (s.right, s.early, s.late, s.very_late)),
        str(s.compared),
        *map(_minutes, (s.mae_told_s, s.mae_fallback_s, s.mae_naive_s)),
    )


def _row(cells: Sequence[str]) -> str:
    return f"{cells[0]:{_FIRST}}" + "".join(f"{cell:>{_OTHERS}}" for cell in cells[1:])


def _minutes(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 60:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
