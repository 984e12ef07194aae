"""How right the forecast is, on made-up centres with fresh seeds (measures.md §7: A1-A8, A16).

`BENCH_DAYS` is how many days are counted after ten of warm-up (20), `BENCH_SEED` the first seed,
`BENCH_ONLY` scenarios with commas between, lived in that order, `BENCH_REPLICATIONS` R (100). Not
every ticket is priced, and fewer by `BENCH_THIN` (1): all of them would take an hour. Two scenarios
are lived at a time.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from statistics import mean
from typing import Any

from server.domain.hits import Score
from server.forecast.backtest import Priced
from server.forecast.scores import score
from server.simulate.behaviour import SCENARIOS
from tests.bench.forecast_trace import Plan, Trace, follow

WARM_UP = 10
#: Scenario -> every how manieth ticket is priced; those that take longest come first.
_EVERY = {
    "large": 24, "busy": 12, "base": 12, "drift": 12, "boost": 12, "late": 12, "declared": 16,
    "small": 2, "single": 1,
}  # fmt: skip
_ORACLE, _REFERENCE = 3, 3
#: A centre that nobody has measured yet, and one that configured twice the true minutes.
_COLD_DAYS, _COLD_EVERY = 6, 3
_WEEK = 5
_COLD_S = 600
_RECALL = 0.7


def plans() -> list[Plan]:
    """What is lived, by the environment."""
    days = WARM_UP + int(os.environ.get("BENCH_DAYS", "20"))
    seed = int(os.environ.get("BENCH_SEED", "20261128"))
    replications = int(os.environ.get("BENCH_REPLICATIONS", "100"))
    thin = float(os.environ.get("BENCH_THIN", "1"))
    only = [name for name in os.environ.get("BENCH_ONLY", "").split(",") if name]
    made = [
        Plan(
            name=name,
            scenario=SCENARIOS[name],
            seed=seed + n,
            days=days,
            warm_up=WARM_UP,
            every=max(1, round(thin * every)),
            oracle_every=_ORACLE,
            reference_every=_REFERENCE if name == "base" else 0,
            replications=replications,
        )
        for n, (name, every) in enumerate(_EVERY.items())
    ]
    for n, (name, configured) in enumerate((("cold", 1.0), ("cold x2", 2.0))):
        made.append(
            Plan(
                name=name,
                scenario=replace(SCENARIOS["base"], configured=configured),
                seed=seed + 50 + n,
                days=_COLD_DAYS,
                warm_up=0,
                every=max(1, round(thin * _COLD_EVERY)),
                replications=replications,
            )
        )
    return sorted((p for p in made if p.name in only), key=lambda p: only.index(p.name)) or made


def forecast() -> None:
    """Live every scenario and print the figures."""
    print(f"{'scenario':10}" + "".join(f"{name:>9}" for name, _ in _COLUMNS), flush=True)
    with ProcessPoolExecutor(2) as pool:
        for done in as_completed([pool.submit(follow, plan) for plan in plans()]):
            trace = done.result()
            print(_row(trace), flush=True)
            for line in _more(trace):
                print(f"  {line}", flush=True)


# One row of a scenario ----------------------------------------------------------------------
def _ratio(over: float | None, under: float | None) -> float | None:
    return over / under if over is not None and under else None


def _median_s(priced: Priced) -> float | None:
    level = priced.foretold.at(50)
    return None if level is None else float(level)


def _mae(pairs: Iterable[tuple[Priced, float | None]]) -> float | None:
    errors = [
        abs(p.waited_s - s) / 60 for p, s in pairs if s is not None and p.waited_s is not None
    ]
    return mean(errors) if errors else None


def _beside(trace: Trace, of: Callable[[Any], float | None], mine: Callable[[Priced], float | None]) -> float | None:  # fmt: skip
    """The forecast's error over another's, on the tickets for which both said something."""
    both = [
        (p, m, o)
        for p in trace.replayed.priced
        if (m := mine(p)) is not None and (o := of(trace.beside[p.ticket])) is not None
    ]
    return _ratio(_mae((p, m) for p, m, _ in both), _mae((p, o) for p, _, o in both))


def _raw_s(trace: Trace) -> Callable[[Priced], float | None]:
    return lambda p: trace.beside[p.ticket].raw_s


_Column = Callable[[Trace, Score], float | None]
_COLUMNS: Sequence[tuple[str, _Column]] = (
    ("tickets", lambda _t, s: s.n),
    ("wait", lambda _t, s: _minutes(s.wait_mean_s)),
    ("MAE", lambda _t, s: _minutes(s.mae_s)),
    ("/naive", lambda _t, s: _ratio(s.mae_told_s, s.mae_naive_s)),
    ("/QL", lambda _t, s: _ratio(s.mae_told_s, s.mae_fallback_s)),
    ("/oracle", lambda t, _s: _beside(t, lambda b: b.oracle_s, _median_s)),
    ("/ref", lambda t, _s: _beside(t, lambda b: b.reference_s, _raw_s(t))),
    ("cov80 %", lambda _t, s: _percent(s.coverage80)),
    ("cov90 %", lambda _t, s: _percent(s.coverage90)),
    (">p90 %", lambda _t, s: _percent(s.above90)),
    ("width80", lambda _t, s: _minutes(s.width80_s)),
    ("hit %", lambda _t, s: _percent(s.right)),
    ("late10 %", lambda _t, s: _percent(s.very_late)),
    ("runs", lambda t, _s: t.runs),
    ("s", lambda t, _s: t.seconds),
)


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 60


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _row(trace: Trace) -> str:
    found = score(trace.replayed.priced)
    return f"{trace.plan.name:10}" + "".join(
        f"{_written(name, column(trace, found)):>9}" for name, column in _COLUMNS
    )


def _written(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if name.startswith("/") else f"{value:.0f}" if value > 200 else f"{value:.1f}"  # fmt: skip


# What is asked of some ----------------------------------------------------------------------
def _more(trace: Trace) -> Iterator[str]:
    name = trace.plan.name
    if name.startswith("cold"):
        yield from _cold(trace)
        return
    if name == "drift":
        yield f"drift: cov80 by week: {_by(trace, lambda n: n // _WEEK)}"
    yield f"{name}: breach alerts: {_breach(trace)}"
    yield f"{name}: not scored: {dict(trace.replayed.skipped)}"


def _by(trace: Trace, key: Callable[[int], int]) -> str:
    days = sorted({p.day for p in trace.replayed.priced})
    number = {day: n + trace.plan.warm_up for n, day in enumerate(days)}
    groups: dict[int, list[Priced]] = {}
    for priced in trace.replayed.priced:
        groups.setdefault(key(number[priced.day]), []).append(priced)
    found = {k: score(group).coverage80 for k, group in sorted(groups.items())}
    return ", ".join(f"{k + 1}: {100 * (v or 0):.0f} %" for k, v in found.items())


def _cold(trace: Trace) -> Iterator[str]:
    yield f"{trace.plan.name}: cov80 by day: {_by(trace, lambda n: n)}"
    first = [p for p in trace.replayed.priced if p.day == trace.first]
    day = score(first)
    ratio = _ratio(day.mae_told_s, day.mae_naive_s)
    initial = [p for p in trace.replayed.priced if trace.beside[p.ticket].is_initial]
    widths = [
        high - low
        for p in initial
        if (low := p.foretold.at(5)) is not None and (high := p.foretold.at(95)) is not None
    ]
    narrow = sum(width < _COLD_S for width in widths)
    found = f"{narrow} of {len(widths)} narrower than 10 min" if widths else "no initial forecast"
    yield f"{trace.plan.name}: day 1 MAE / naive {ratio or 0:.2f}; initial 90 % intervals: {found}"


def _breach(trace: Trace) -> str:
    watches = trace.watches
    if not watches:
        return "none watched"
    base = mean(w.happened for w in watches)
    brier = mean((w.said - w.happened) ** 2 for w in watches)
    best: tuple[float, float, float] | None = None
    for limit in (n / 20 for n in range(1, 20)):
        raised = [w for w in watches if w.said >= limit]
        hits = sum(w.happened for w in raised)
        recall = hits / max(1, sum(w.happened for w in watches))
        if raised and recall >= _RECALL and (best is None or hits / len(raised) > best[0]):
            best = hits / len(raised), recall, limit
    said = (
        f"precision {best[0]:.2f} at recall {best[1]:.2f} (P ≥ {best[2]:.2f})"
        if best
        else "no limit with recall .7"
    )
    half = [w for w in watches if w.said >= 0.5]
    at_half = mean(w.happened for w in half) if half else 0.0
    return f"{len(watches)} samples, Brier {brier:.3f} (climatology {base * (1 - base):.3f}), {said}; at P ≥ .5 precision {at_half:.2f}"
