"""What people think of the service, over a period: measures.md §4, from the same tallies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine

from server import queries, reports
from server.breath import Breath
from server.domain.satisfaction import (
    BAND_EDGES,
    Adjusted,
    Cell,
    MinuteKey,
    Share,
    by_band,
    pooled,
    share_of,
)
from server.domain.service_index import (
    DayCounts,
    ServiceIndex,
    index_interval,
    index_of,
    weights_on,
)
from server.domain.service_index import Tally as Scores
from server.domain.wait_curve import Curve, Estimate, fit_curve, overall, worth_of
from server.tally import Tally

#: The curve is drawn at these waits, minutes.
_DRAWN_AT: Final = (0, 5, 10, 15, 20, 30, 45, 60, 80, 100, 120)
#: More than this between S and the share expected of everybody asks who was not heard.
_UNLIKE: Final = 0.05


def satisfaction(
    engine: Engine, question: reports.Question, now: datetime, *, with_interval: bool = False
) -> dict[str, Any]:
    """Shares with their intervals, the index and what drives it; never by person.

    `with_interval` adds the index's own interval, which takes seconds: for a worker only.
    Raises `UnknownBranch` and `BadValue`.
    """
    breathe = Breath()
    with queries.reading(engine) as connection:
        fields = reports.gather(connection, replace(question, by="service"), now)
        # Days are what the interval draws from; fields add up to the same, and are few.
        parts = fields
        if with_interval:
            parts = reports.gather(connection, replace(question, by="day"), now)
    breathe()
    total = Tally()
    for _, tally in sorted(fields.items()):
        total.merge(tally)
    weights = weights_on(question.end)
    counts = [_day_counts(tally) for _, tally in sorted(parts.items())]
    index = index_of(counts, weights)
    breathe()
    interval = index_interval(counts, weights) if with_interval else None
    return {
        "from": question.start.isoformat(),
        "to": question.end.isoformat(),
        "levels": list(total.levels),
        "share": _share(share_of(pooled(total.table.values()))),
        "adjusted": _adjusted(index.satisfaction),
        "index": _index(index, interval),
        "fields": {
            key: _share(share_of(pooled(tally.table.values())))
            for key, tally in sorted(fields.items())
        },
        "bands": _bands(total.table),
        **_drivers(total),
    }


def _day_counts(tally: Tally) -> DayCounts:
    served = tally.n.get("served", 0)
    return DayCounts(
        cells=by_band(tally.table),
        waiting=Scores(tally.sums.get("felt", 0.0), tally.n.get("felt_n", 0)),
        first_visit=Scores(float(served - tally.n.get("incomplete", 0)), served),
    )


def _share(share: Share) -> dict[str, Any]:
    return {
        "satisfied": share.k,
        "n": share.n,
        "completed": share.completed,
        "share": share.share,
        "low": share.low,
        "high": share.high,
        "response": share.response_rate,
    }


def _adjusted(found: Adjusted) -> dict[str, Any]:
    return {
        "share": found.share,
        "low": found.low,
        "high": found.high,
        "least": found.least,
        "most": found.most,
    }


def _index(index: ServiceIndex, interval: tuple[float, float] | None) -> dict[str, Any]:
    weights = index.weights
    return {
        "value": index.index,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "waiting": index.waiting,
        "first_visit": index.first_visit,
        "weights": {
            "satisfaction": weights.satisfaction,
            "waiting": weights.waiting,
            "first_visit": weights.first_visit,
        },
    }


def _bands(table: Mapping[MinuteKey, Cell]) -> list[dict[str, Any]]:
    """The share by wait band, all services together: the first of the drivers."""
    found: list[list[Cell]] = [[] for _ in range(len(BAND_EDGES) + 1)]
    for (_, band), cell in by_band(table).items():
        found[band].append(cell)
    edges = (*BAND_EDGES, None)
    return [
        {"up_to_minutes": edge, **_share(share_of(pooled(cells)))}
        for edge, cells in zip(edges, found, strict=True)
    ]


def _drivers(total: Tally) -> dict[str, Any]:
    fit = fit_curve(total.table)
    if fit.curve is None:
        return {"curve": {"code": fit.code.value, "points": []}, "expected": None, "worth": None}
    expected = overall(fit.curve, total.table)
    worth = worth_of(fit.curve, total.table)
    share = share_of(pooled(total.table.values())).share
    return {
        "curve": {"code": fit.code.value, "points": _points(fit.curve)},
        "expected": (
            {
                **_estimate(expected),
                "is_unlike": share is not None and abs(share - expected.value) > _UNLIKE,
            }
            if expected
            else None
        ),
        "worth": _estimate(worth) if worth else None,
    }


def _points(curve: Curve) -> list[dict[str, Any]]:
    return [{"minutes": m, **_estimate(curve.interval_at(m))} for m in _DRAWN_AT]


def _estimate(found: Estimate) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}
