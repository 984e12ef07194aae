"""The kernel of measures.md §1.5 once more, to compare the product's with: written from the page alone.

Numpy over replications, one ticket at a time, a static key (issue - boost of the class) and no call
of the product's discipline; it knows strict priority only, and counters with one line.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.forecast.model import Desk, Phase, Snapshot, Times, Waiter

Floats = npt.NDArray[np.float64]
_BOOST_S = 1e6
_TRANSFER_S = 3_600.0
_LEVELS = (np.arange(65) + 0.5) / 65
_BINS_S = np.array([20.0, 45.0, 90.0]) * 60


def _quantile(table: tuple[float, ...], u: Floats) -> Floats:
    q = np.asarray(table)
    tail = (q[-1] - q[-9]) / np.log(17.0)
    beyond = q[-1] + tail * np.log((1 - _LEVELS[-1]) / np.maximum(1 - u, 1e-9))
    return np.where(u > _LEVELS[-1], beyond, np.interp(u, _LEVELS, q))


def _rest(table: tuple[float, ...], elapsed: float, u: Floats) -> Floats:
    """What is left of something that has lasted `elapsed`."""
    q = np.asarray(table)
    if elapsed >= q[-1]:
        return -(q[-1] - q[-9]) / np.log(17.0) * np.log1p(-u)
    begun = float(np.interp(elapsed, q, _LEVELS, left=0.0))
    return np.maximum(_quantile(table, begun + (1 - begun) * u) - elapsed, 0.0)


@dataclass
class _Hall:
    """Everything of one pricing, by replication (first axis)."""

    free: Floats  # (R, desks)
    starts: Floats  # (R, desks, windows)
    ends: Floats  # (desks, windows)
    able: npt.NDArray[np.bool_]  # (desks, tickets)
    key: Floats  # (R, tickets)
    here: Floats  # (R, tickets): from when each can be called
    issued: Floats
    work: Floats  # (R, tickets), by an officer of speed 1
    factor: Floats  # (desks)
    walk: Floats
    gap: Floats
    gone: Floats
    comes: Floats
    shares: Floats  # (tickets, bins)


def price(
    snapshot: Snapshot, times: Times, asked: Waiter, *, replications: int, seed: int
) -> Floats:
    """Seconds until `asked` is called, by replication; inf = not today."""
    rng = np.random.default_rng(seed)
    hall = _hall(snapshot, times, asked, replications, rng)
    rows = np.arange(replications)
    waiting = np.ones(hall.key.shape, dtype=bool)
    called = np.full(replications, np.inf)
    for _ in range(4 * hall.key.shape[1] + 4 * hall.free.shape[1]):
        at = _next_window(hall)
        desk = at.argmin(axis=1)
        now = at[rows, desk]
        live = np.isfinite(now) & np.isinf(called)
        if not live.any():
            break
        can = waiting & hall.able[desk]
        ready = can & (hall.here <= now[:, None])
        takes = live & ready.any(axis=1)
        best = np.where(ready, hall.key, np.inf).argmin(axis=1)
        called[takes & (best == 0)] = now[takes & (best == 0)]
        _serve(hall, rows[takes], desk[takes], best[takes], now[takes])
        waiting[rows[takes], best[takes]] = False
        idle = live & ~takes
        soonest = np.where(can, hall.here, np.inf).min(axis=1)
        hall.free[rows[idle], desk[idle]] = np.maximum(soonest[idle], now[idle])
    return called


def _next_window(hall: _Hall) -> Floats:
    """When each desk can call next: when free, inside a window."""
    free = hall.free[:, :, None]
    at = np.maximum(free, hall.starts)
    return np.where(at < hall.ends[None], at, np.inf).min(axis=2)


def _serve(
    hall: _Hall,
    rows: npt.NDArray[np.int_],
    desk: npt.NDArray[np.int_],
    who: npt.NDArray[np.int_],
    now: Floats,
) -> None:
    waited = now - hall.issued[rows, who]
    away = hall.comes[rows, who] < hall.shares[who, np.searchsorted(_BINS_S, waited)]
    served = hall.walk[rows, who] + hall.work[rows, who] * hall.factor[desk]
    took = np.where(away, hall.gone[rows, who], served) + hall.gap[rows, who]
    hall.free[rows, desk] = now + took


def _hall(
    snapshot: Snapshot, times: Times, asked: Waiter, r: int, rng: np.random.Generator
) -> _Hall:
    at = snapshot.at

    def key_of(waiter: Waiter) -> float:
        arrived = (waiter.candidate.arrival_at - at).total_seconds()
        return arrived - _boost(snapshot, waiter.candidate.priority)

    mine = key_of(asked)
    ahead = [asked, *(w for w in snapshot.waiters if w is not asked and key_of(w) <= mine)]
    later = _later(snapshot, times, mine, r, rng)
    key = np.concatenate([np.tile([key_of(w) for w in ahead], (r, 1)), later.key], axis=1)
    here = np.concatenate([np.zeros((r, len(ahead))), later.here], axis=1)
    issued = np.concatenate([np.tile([w.issued_s for w in ahead], (r, 1)), later.here], axis=1)
    queues = [w.candidate.queue for w in ahead] + later.queues
    services = [w.service for w in ahead] + [snapshot.service_of[q] for q in later.queues]
    shape = key.shape
    work = np.stack([_quantile(times.service[s], rng.random(r)) for s in services], axis=1).reshape(
        shape
    )
    desks = snapshot.desks
    most = max((len(d.windows) for d in desks), default=0) or 1
    starts, ends = np.full((r, len(desks), most), np.inf), np.full((len(desks), most), -np.inf)
    for n, desk in enumerate(desks):
        for k, (start, end) in enumerate(desk.windows):
            starts[:, n, k] = _begins(desk, start, k, times, r, rng)
            ends[n, k] = end
    return _Hall(
        free=np.stack([_free(d, times, r, rng) for d in desks], axis=1),
        starts=starts,
        ends=ends,
        able=np.array([[q in d.counter.queues for q in queues] for d in desks]),
        key=key,
        here=here,
        issued=issued,
        work=work,
        factor=np.array([times.speed.get(d.officer, 1.0) * times.slow for d in desks]),
        walk=_quantile(times.walk, rng.random(shape)),
        gap=_quantile(times.gap, rng.random(shape)),
        gone=_quantile(times.no_show, rng.random(shape)),
        comes=rng.random(shape),
        shares=np.array([times.no_show_shares[s] for s in services]),
    )


def _boost(snapshot: Snapshot, code: str | None) -> float:
    known = snapshot.policy.priority_class(code)
    return 0.0 if known is None else _BOOST_S * (10 - known.rank)


@dataclass
class _Later:
    """Those who are not here yet and can overtake; never (inf) where a replication has fewer."""

    here: Floats
    key: Floats
    queues: list[str]


def _later(
    snapshot: Snapshot, times: Times, mine: float, r: int, rng: np.random.Generator
) -> _Later:
    here, key, queues = [np.zeros((r, 0))], [np.zeros((r, 0))], []
    last = max((s.last_ticket_s for s in snapshot.spans), default=0.0)
    for lane in sorted({lane for lane, _ in times.arrivals}, key=str):
        queue, code = lane
        head_start = _TRANSFER_S if code == "transfer" else _boost(snapshot, code)
        until = min(last, mine + head_start)
        second = snapshot.second_of_day
        halves = range(second // 1_800, int((second + max(until, 0)) // 1_800) + 1)
        for half in halves:
            low, high = max(0, half * 1_800 - second), min(until, (half + 1) * 1_800 - second)
            rate = times.arrivals.get((lane, half), 0.0)
            if high <= low or rate <= 0:
                continue
            counts = rng.poisson(rate * (high - low), r)
            come = np.where(
                np.arange(counts.max(initial=0))[None] < counts[:, None],
                rng.uniform(low, high, (r, counts.max(initial=0))),
                np.inf,
            )
            here.append(come)
            key.append(come - head_start)
            queues += [queue] * come.shape[1]
    return _Later(np.concatenate(here, axis=1), np.concatenate(key, axis=1), queues)


def _begins(
    desk: Desk, start: float, k: int, times: Times, r: int, rng: np.random.Generator
) -> Floats:
    is_here = desk.phase is not Phase.CLOSED
    if is_here and start <= 0:
        return np.zeros(r)
    late = rng.exponential(max(times.late_mean_s, 1e-9), r)
    begins = max(start, 0.0) + late
    if k == 0 and not is_here:
        share = times.absent_share
        still = (1 - share) * np.exp(-max(-start, 0.0) / max(times.late_mean_s, 1e-9))
        begins[rng.random(r) < share / (share + still)] = np.inf
    return begins


def _free(desk: Desk, times: Times, r: int, rng: np.random.Generator) -> Floats:
    factor = times.speed.get(desk.officer, 1.0) * times.slow
    table = times.service.get(desk.service) if desk.service else None
    gap = _quantile(times.gap, rng.random(r))
    match desk.phase:
        case Phase.SERVING if table:
            return _rest(table, desk.phase_s / factor, rng.random(r)) * factor + gap
        case Phase.CALLING if table:
            shares = times.no_show_shares[desk.service] if desk.service else (0.05,) * 4
            away = shares[int(np.searchsorted(_BINS_S, desk.waited_s))]
            served = _rest(times.walk, desk.phase_s, rng.random(r))
            served = served + _quantile(table, rng.random(r)) * factor
            gone = _rest(times.no_show, desk.phase_s, rng.random(r))
            return np.where(rng.random(r) < away, gone, served) + gap
        case Phase.WRAPPING:
            return _rest(times.gap, desk.phase_s, rng.random(r))
        case Phase.PAUSED:
            return _rest(times.pause, desk.phase_s, rng.random(r))
        case _:
            return np.zeros(r)
