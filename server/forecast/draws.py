"""All the chance of one forecast, drawn before its replications begin and handed to them as lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, inf
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from server.domain.ids import QueueId, ServiceId
from server.domain.outlook import Lane
from server.forecast.model import QUANTILES, WAIT_BINS, Desk, Phase, Quantiles, Snapshot, Times
from server.forecast.quantiles import Floats, Table, strata

#: Upper edges of the bins of no-show shares, seconds.
BIN_EDGES_S = tuple(edge * 60 for edge in WAIT_BINS[:-1])
HALF_HOUR_S = 1_800.0

#: What a service nobody has told anything about is taken to be: ten minutes, as such visits vary.
_UNKNOWN: Quantiles = tuple(
    462.0 * exp(0.703 * NormalDist().inv_cdf((i + 0.5) / QUANTILES)) for i in range(QUANTILES)
)
#: No officer is so fast that time stands still, whatever was learnt.
_LEAST_FACTOR = 0.05
_NORMAL = NormalDist()
_UNKNOWN_SHARES = (0.05, 0.05, 0.1, 0.15)

Indexes = npt.NDArray[np.int_]
_Windows = list[tuple[float, float]]


@dataclass(slots=True)
class Draws:
    """By replication, then by key: that of a waiter is its index, arrivals have those after them.

    `service` is before the desk's factor; `comes` is compared with the share of no-shows.
    """

    service: list[list[float]]
    walk: list[list[float]]
    gap: list[list[float]]
    no_show: list[list[float]]
    comes: list[list[float]]
    #: By replication: when each overtaker arrives, and its index in the lanes asked for.
    arrivals: list[list[tuple[float, int]]]
    #: By desk, then by replication.
    free_s: list[list[float]]
    windows: list[list[_Windows]]
    #: By replication: how slow its hours are, times what is expected of them.
    slow: list[float]


class Chance:
    """The tables of one run and its generator. The order of the draws is part of the result."""

    def __init__(self, snapshot: Snapshot, times: Times, *, replications: int, seed: int) -> None:
        self._snapshot = snapshot
        self._times = times
        self._n = replications
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._walk = Table(times.walk)
        self._gap = Table(times.gap)
        self._no_show = Table(times.no_show)
        self._pause = Table(times.pause)
        self._services: dict[ServiceId, Table] = {}
        #: What all services of a replication have in common: it does not average out over a line.
        self._slow = self._shock(times.slow_sd)

    def draw(self, lanes: Mapping[Lane, float]) -> Draws:
        """Everything; `lanes` are those whose arrivals matter, with the seconds for which they do."""
        free_s, windows = [], []
        for desk in self._snapshot.desks:
            free_s.append(self._free(desk).tolist())
            windows.append(self._windows(desk))
        when, lane_at = self._arrivals(lanes)
        columns = len(self._snapshot.waiters) + when.shape[1]
        arrivals = [
            [(t, lane) for t, lane in zip(ts, of, strict=True) if lane >= 0]
            for ts, of in zip(when.tolist(), lane_at.tolist(), strict=True)
        ]
        return Draws(
            service=self._service(lanes, lane_at),
            walk=self._by_replication(self._walk.draw(self._levels(columns))),
            gap=self._by_replication(self._gap.draw(self._levels(columns)) + self._rests(columns)),
            no_show=self._by_replication(self._no_show.draw(self._levels(columns))),
            comes=self._by_replication(self._levels(columns)),
            arrivals=arrivals,
            free_s=free_s,
            windows=windows,
            slow=self._slow.tolist(),
        )

    # Pieces -------------------------------------------------------------------------------
    def factor(self, desk: Desk) -> float:
        """How long a service takes at `desk` today, times what it usually does."""
        factor = self._times.speed.get(desk.officer, 1.0) * self._times.slow
        return max(factor, _LEAST_FACTOR)

    def _shock(self, sd: float) -> Floats:
        """Log-normal about 1, by replication; stratified, so that its median is the forecast's."""
        if sd <= 0:
            return np.ones(self._n)
        scores = [_NORMAL.inv_cdf((k + 0.5) / self._n) for k in range(self._n)]
        return np.asarray(np.exp(sd * self._rng.permuted(np.array(scores))))

    def _rests(self, columns: int) -> Floats:
        """Pauses to come, seconds, 0 for most; (columns, replications)."""
        found = np.zeros((columns, self._n))
        rests = self._rng.random(found.shape) < self._times.rest_share
        found[rests] = self._pause.draw(self._rng.random(int(rests.sum())))
        return found

    def _levels(self, columns: int) -> Floats:
        return strata(self._rng, columns, self._n)

    def _one(self) -> Floats:
        return self._levels(1).reshape(-1)

    @staticmethod
    def _by_replication(values: Floats) -> list[list[float]]:
        found: list[list[float]] = values.T.tolist()
        return found

    def _table(self, service: ServiceId | None) -> Table:
        if service is None or service not in self._times.service:
            return Table(_UNKNOWN)
        if service not in self._services:
            self._services[service] = Table(self._times.service[service])
        return self._services[service]

    def _service(self, lanes: Mapping[Lane, float], lane_at: Indexes) -> list[list[float]]:
        """Seconds by replication and key; columns of one service are looked up together."""
        waiters = self._snapshot.waiters
        levels = self._levels(len(waiters) + lane_at.shape[1])
        known, later = levels[: len(waiters)], levels[len(waiters) :]
        rows: dict[ServiceId, list[int]] = {}
        for row, waiter in enumerate(waiters):
            rows.setdefault(waiter.service, []).append(row)
        for service, of in rows.items():
            known[of] = self._table(service).draw(known[of])
        for index, (queue, _) in enumerate(lanes):
            where = np.equal(lane_at.T, index)
            if where.any():
                table = self._table(self._snapshot.service_of.get(queue))
                later[where] = table.draw(later[where])
        return self._by_replication(levels)

    # Desks --------------------------------------------------------------------------------
    def _free(self, desk: Desk) -> Floats:
        """When the desk can call again, by replication."""
        match desk.phase:
            case Phase.SERVING:
                factor = self.factor(desk)
                table = self._table(desk.service)
                left = table.left(desk.phase_s / factor, self._one()) * factor
                return left * self._slow + self._next_gap()
            case Phase.CALLING:
                return self._after_call(desk) + self._next_gap()
            case Phase.WRAPPING:
                return self._gap.left(desk.phase_s, self._one())
            case Phase.PAUSED if _is_between(desk):
                return np.zeros(self._n)
            case Phase.PAUSED:
                if desk.returns_s is not None and desk.returns_s > 0:
                    return np.full(self._n, desk.returns_s)
                return self._pause.left(desk.phase_s, self._one())
            case Phase.IDLE | Phase.CLOSED:
                return np.zeros(self._n)

    def _next_gap(self) -> Floats:
        """From the end of the service under way to the next call."""
        return np.asarray(self._gap.draw(self._one()) + self._rests(1)[0])

    def _after_call(self, desk: Desk) -> Floats:
        """Of a call under way: who has not come yet is the likelier not to, the longer it lasts."""
        share = no_show_shares(self._times, desk.service)[_bin(desk.waited_s)]
        stays_away = share * self._no_show.share_beyond(desk.phase_s)
        comes = (1.0 - share) * self._walk.share_beyond(desk.phase_s)
        if stays_away + comes > 0:
            share = stays_away / (stays_away + comes)
        walked = self._walk.left(desk.phase_s, self._one())
        needed = self._table(desk.service).draw(self._one()) * self.factor(desk)
        served = walked + needed * self._slow
        in_vain = self._no_show.left(desk.phase_s, self._one())
        return np.where(self._one() < share, in_vain, served)

    def _late(self) -> Floats:
        return -max(self._times.late_mean_s, 0.0) * np.log1p(-self._one())

    def _windows(self, desk: Desk) -> list[_Windows]:
        """In which windows the desk calls, by replication: late ones, without those missed."""
        starts: list[Floats] = []
        ends: list[float] = []
        away: npt.NDArray[np.bool_] | None = None
        is_open = desk.phase is not Phase.CLOSED
        planned = [w for w in desk.windows if w[1] > 0]
        is_between = _is_between(desk)
        if is_open and not is_between and not any(start <= 0 for start, _ in planned):
            closes = self._closing(desk)
            if closes is not None:
                # Open, though not planned to be: until the session ends or its plan begins.
                starts.append(np.zeros(self._n))
                ends.append(min([closes, *(start for start, _ in planned)]))
        for n, (start, end) in enumerate(planned):
            if n == 0 and is_between:
                # From lunch they come back late, and being late has no memory.
                begins = max(start, 0.0) + self._late()
            elif is_open and n == 0:
                begins = np.full(self._n, max(start, 0.0))  # the officer is here already
            else:
                begins = max(start, 0.0) + self._late()
            if not is_open:
                # Whoever does not come in the morning does not come in the afternoon either.
                away = self._one() < self._absent(desk) if away is None else away
                begins[away] = inf
            starts.append(begins)
            ends.append(end)
        if not starts:
            return [[] for _ in range(self._n)]
        return [
            [(s, e) for s, e in zip(row, ends, strict=True) if s < e]
            for row in np.array(starts).T.tolist()
        ]

    def _absent(self, desk: Desk) -> float:
        """The chance that an officer so late does not come at all today."""
        start = next((start for start, end in desk.windows if end > 0), 0.0)
        delay_s = max(-start, desk.missed_s, 0.0)
        share = self._times.absent_share
        if self._times.late_mean_s <= 0:
            return 1.0 if delay_s > 0 and share > 0 else share
        still_late = (1.0 - share) * exp(-delay_s / self._times.late_mean_s)
        return share / (share + still_late) if share + still_late > 0 else 1.0

    def _closing(self, desk: Desk) -> float | None:
        """When the session under way of the desk's queues ends."""
        mine = set(desk.counter.queues)
        return max(
            (
                span.closes_s
                for span in self._snapshot.spans
                if span.opens_s <= 0 < span.closes_s and (not span.queues or mine & {*span.queues})
            ),
            default=None,
        )

    # Arrivals -----------------------------------------------------------------------------
    def _arrivals(self, lanes: Mapping[Lane, float]) -> tuple[Floats, Indexes]:
        """When who arrives and the index of the lane, (replications, most arrivals); -1 = nobody."""
        whens: list[Floats] = []
        ofs: list[Floats] = []
        replication: list[Floats] = []
        for index, (lane, horizon) in enumerate(lanes.items()):
            edges, expected = self._expected(lane, min(horizon, self._last_ticket(lane[0])))
            if expected[-1] <= 0:
                continue
            counts = self._rng.poisson(expected[-1], self._n)
            level = self._rng.random(int(counts.sum())) * expected[-1]
            whens.append(np.interp(level, expected, edges))
            ofs.append(np.full(len(level), index))
            replication.append(np.repeat(np.arange(self._n), counts))
        if not whens:
            return np.empty((self._n, 0)), np.empty((self._n, 0), dtype=int)
        when, of, rep = map(np.concatenate, (whens, ofs, replication))
        order = np.lexsort((when, rep))
        when, of, rep = when[order], of[order], rep[order]
        first = np.searchsorted(rep, np.arange(self._n))
        place = np.arange(len(rep)) - first[rep]
        width = int(place.max()) + 1 if len(place) else 0
        table, lane_at = np.zeros((self._n, width)), np.full((self._n, width), -1)
        table[rep, place], lane_at[rep, place] = when, of
        return table, lane_at

    def _expected(self, lane: Lane, horizon: float) -> tuple[Floats, Floats]:
        """Edges of half hours from now to the horizon, and how many are expected before each."""
        second = self._snapshot.second_of_day
        edges, totals = [0.0], [0.0]
        while edges[-1] < horizon:
            half_hour = int((second + edges[-1]) // HALF_HOUR_S)
            until = min((half_hour + 1) * HALF_HOUR_S - second, horizon)
            rate = max(self._times.arrivals.get((lane, half_hour % 48), 0.0), 0.0)
            totals.append(totals[-1] + rate * (until - edges[-1]))
            edges.append(until)
        return np.array(edges), np.array(totals)

    def _last_ticket(self, queue: QueueId) -> float:
        return max(
            (s.last_ticket_s for s in self._snapshot.spans if not s.queues or queue in s.queues),
            default=0.0,
        )


def _is_between(desk: Desk) -> bool:
    """Paused since before the window that is under way or next: gone until it begins."""
    if desk.phase is not Phase.PAUSED or desk.returns_s is not None:
        return False
    start = next((start for start, end in desk.windows if end > 0), None)
    return start is not None and desk.phase_s > -start


def no_show_shares(times: Times, service: ServiceId | None) -> tuple[float, float, float, float]:
    """By wait bin; something usual for a service nobody has told anything about."""
    if service is None:
        return _UNKNOWN_SHARES
    return times.no_show_shares.get(service, _UNKNOWN_SHARES)


def _bin(waited_s: float) -> int:
    return sum(waited_s > edge for edge in BIN_EDGES_S)
