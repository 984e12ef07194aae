"""The composite "Chỉ số phục vụ" of a branch, its components and its interval.

I = 100 (0.60 S_adj + 0.25 A + 0.15 FVR); measures.md §4.2. The weights are fixed for a year and
printed beside the number, the components are always shown, and without S there is no index.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import fsum, isclose, isfinite
from typing import Final, Self, TypeVar

from server.domain.measures import percentile
from server.domain.satisfaction import Adjusted, BandKey, Cell, adjusted, merged

#: Resamples of a bootstrap.
RESAMPLES: Final = 1000
#: Fewer days than this carry no interval: their spread is not known.
MIN_DAYS: Final = 10
#: The most resamples, as a share, that may be without a value.
_MAY_FAIL: Final = 0.05
_64_BITS: Final = (1 << 64) - 1
_NONE: Final = Cell()
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of the index from a day on. Raises ValueError unless they are shares of 1."""

    valid_from: date
    satisfaction: float
    waiting: float
    first_visit: float

    def __post_init__(self) -> None:
        parts = (self.satisfaction, self.waiting, self.first_visit)
        if not all(0 <= part <= 1 for part in parts) or not isclose(fsum(parts), 1, abs_tol=1e-9):
            raise ValueError(f"not weights that add up to 1: {parts}")


#: The weights of a centre that set none of its own (§4.2).
DEFAULT_WEIGHTS: Final = (Weights(date(2026, 1, 1), 0.60, 0.25, 0.15),)


def weights_on(day: date, table: Sequence[Weights] = DEFAULT_WEIGHTS) -> Weights:
    """The weights in force on a day, those of the earliest entry before that (§4.2).

    A past period is recomputed with the weights of that period. Raises ValueError for no table.
    """
    if not table:
        raise ValueError("an index needs weights")
    ordered = sorted(table, key=lambda w: w.valid_from)
    return next((w for w in reversed(ordered) if w.valid_from <= day), ordered[0])


@dataclass(frozen=True, slots=True)
class Tally:
    """A sum of scores of visits, each between 0 and 1, and how many visits they are of."""

    total: float = 0.0
    count: int = 0

    def __add__(self, other: Self) -> "Tally":
        return Tally(self.total + other.total, self.count + other.count)

    @property
    def mean(self) -> float | None:
        """The mean score; None without visits. Never a mean of means (measures.md §2)."""
        return self.total / self.count if self.count else None


def waiting_component(wait_s: float, target_s: float) -> float:
    """A of one visit: 1 up to the target T, 0 from 3T, straight between: clip((3T - W)/(2T)) (§4.2).

    Both in seconds. For a no-show or an unserved visit the wait is its age at the call or the
    closing. There is no cliff at T, so that setting a ticket aside just after T pays nothing.
    Raises ValueError for a target that is not above 0.
    """
    return _falling(wait_s, target_s)


def service_component(service_s: float, norm_s: float) -> float:
    """B of one visit: clip((3m - d)/(2m)), m the published time of its service (§4.2).

    Both in seconds. For information; it has no weight, since rewarding speed invites early
    closing. Raises ValueError for a published time that is not above 0.
    """
    return _falling(service_s, norm_s)


def composite(
    s_adj: float | None, waiting: float | None, first_visit: float | None, weights: Weights
) -> float | None:
    """I on 0 to 100 from S_adj, A and FVR, each a share (§4.2).

    None where a component that has a weight is missing: the others never take its place.
    S_adj must be there whatever its weight.
    """
    parts = (
        (s_adj, weights.satisfaction),
        (waiting, weights.waiting),
        (first_visit, weights.first_visit),
    )
    if s_adj is None or any(part is None and weight > 0 for part, weight in parts):
        return None
    return 100 * fsum(part * weight for part, weight in parts if part is not None)


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What the index of one day, one branch is computed from; all of it adds.

    `waiting` tallies A over all tickets, `first_visit` tallies 1 for each completed visit that
    resolved its matter and 0 for the others.
    """

    cells: Mapping[BandKey, Cell] = field(default_factory=dict)
    waiting: Tally = Tally()
    first_visit: Tally = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIndex:
    """I of a period with its components; `index` is on 0 to 100, the components are shares."""

    index: float | None
    satisfaction: Adjusted
    waiting: float | None
    first_visit: float | None
    weights: Weights


def index_of(days: Iterable[DayCounts], weights: Weights) -> ServiceIndex:
    """The index of a period from its days (§4.2): their counts are added first."""
    known = tuple(days)
    satisfaction = adjusted(merged(day.cells for day in known))
    waiting = _mean([day.waiting for day in known])
    first_visit = _mean([day.first_visit for day in known])
    return ServiceIndex(
        index=composite(satisfaction.share, waiting, first_visit, weights),
        satisfaction=satisfaction,
        waiting=waiting,
        first_visit=first_visit,
        weights=weights,
    )


def index_interval(
    days: Sequence[DayCounts], weights: Weights, seed: int = 0
) -> tuple[float, float] | None:
    """The 95 % interval of I, by resampling days, on 0 to 100 (§4.2); None under 10 days.

    Days are resampled and not tickets, since the tickets of one day are alike. `days` in the order
    of their dates: the same days in the same order give the same interval to the last bit.
    """
    keys = sorted({key for day in days for key in day.cells})
    rows = [_row(day, keys) for day in days]

    def index_of_rows(picked: Sequence[Sequence[float]]) -> float | None:
        # Columns are added as numbers and made cells once: a year has 250 days of 60 cells.
        sums = list(map(sum, zip(*picked, strict=True)))
        counts = [int(n) for n in sums[:-4]]
        cells = {key: Cell(*counts[3 * n : 3 * n + 3]) for n, key in enumerate(keys)}
        waited, visits, resolved, completed = sums[-4:]
        return composite(
            adjusted(cells).share,
            Tally(waited, int(visits)).mean,
            Tally(resolved, int(completed)).mean,
            weights,
        )

    return bootstrap(rows, index_of_rows, seed)


def bootstrap(
    days: Sequence[D], statistic: Callable[[Sequence[D]], float | None], seed: int = 0
) -> tuple[float, float] | None:
    """The 95 % percentile interval of a statistic, from 1 000 resamples of whole days (§4.2).

    In the statistic's own unit. None under 10 days, and where more than 5 % of the resamples have
    no value. The same days in the same order with the same seed give the same bytes, on every
    machine and every version of Python.
    """
    if len(days) < MIN_DAYS:
        return None
    draw = _Draws(seed)
    values = []
    for _ in range(RESAMPLES):
        value = statistic([days[draw.below(len(days))] for _ in days])
        if value is not None and isfinite(value):
            values.append(value)
    if len(values) < RESAMPLES * (1 - _MAY_FAIL):
        return None
    low, high = percentile(values, 0.025), percentile(values, 0.975)
    return (low, high) if low is not None and high is not None else None


class _Draws:
    """Draws of a seed: SplitMix64, the same for ever and no secret of anything."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _64_BITS

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1; uneven by less than n in 2^64."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _64_BITS
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _64_BITS
        return ((z ^ (z >> 31)) * n) >> 64


def _falling(value_s: float, norm_s: float) -> float:
    if norm_s <= 0:
        raise ValueError("a time to compare with is above 0 seconds")
    return min(1.0, max(0.0, (3 * norm_s - value_s) / (2 * norm_s)))


def _mean(tallies: Sequence[Tally]) -> float | None:
    count = sum(t.count for t in tallies)
    return fsum(t.total for t in tallies) / count if count else None


def _row(day: DayCounts, keys: Sequence[BandKey]) -> tuple[float, ...]:
    """The counts of a day as numbers: three for each key, then the two tallies."""
    row: list[float] = []
    for key in keys:
        cell = day.cells.get(key, _NONE)
        row += (cell.completed, cell.rated, cell.satisfied)
    for tally in (day.waiting, day.first_visit):
        row += (tally.total, tally.count)
    return tuple(row)
