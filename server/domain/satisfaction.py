"""Satisfaction from counts: the headline share, the adjusted share and their intervals.

Definitions: measures.md §4.2. Everything is computed from cells of counts, and counts add: days,
months and branches merge by adding their cells, never by averaging what was computed from them.
A rating satisfies at level 4 or 5 of five; every share is between 0 and 1.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, fsum, sqrt
from typing import Final, Self, TypeVar

from server.domain.ids import ServiceId

#: The lowest level that counts as satisfied.
SATISFIED: Final = 4
#: Below this many ratings no share is said: "chưa đủ số liệu".
MIN_RATINGS: Final = 30
#: A cell with fewer ratings is not read alone.
MIN_CELL: Final = 5
#: Upper edges of the wait bands, minutes; the last band has none.
BAND_EDGES: Final = (5, 10, 20, 40, 80)
#: The last whole-minute bin holds every longer wait.
LAST_MINUTE: Final = 240
#: 97.5 % point of the normal distribution as measures.md rounds it.
Z95: Final = 1.96
#: Half of the plausible band where nobody answered: 10 points.
_SILENT_BAND: Final = 0.10

#: A service and one of its wait bands.
BandKey = tuple[ServiceId, int]
#: A service and a whole-minute wait bin.
MinuteKey = tuple[ServiceId, int]
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Cell:
    """Counts of visits: completed, of those rated, of those satisfied.

    Raises ValueError unless 0 <= satisfied <= rated <= completed: ratings are counted with the
    business day of their ticket, so none can be without its visit.
    """

    completed: int = 0
    rated: int = 0
    satisfied: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.satisfied <= self.rated <= self.completed:
            raise ValueError(f"not counts of visits, ratings and satisfied ones: {self}")

    def __add__(self, other: Self) -> "Cell":
        return Cell(
            self.completed + other.completed,
            self.rated + other.rated,
            self.satisfied + other.satisfied,
        )


def cell_of(level: int | None) -> Cell:
    """The cell of one completed visit, rated 1 to 5 or not at all (measures.md §4.1)."""
    return Cell(1, int(level is not None), int(level is not None and level >= SATISFIED))


def pooled(cells: Iterable[Cell]) -> Cell:
    """All cells as one."""
    total = Cell()
    for cell in cells:
        total += cell
    return total


def merged(tables: Iterable[Mapping[K, Cell]]) -> dict[K, Cell]:
    """The tables of several days, months or branches as one: cells of the same key are added."""
    total: dict[K, Cell] = defaultdict(Cell)
    for table in tables:
        for key, cell in table.items():
            total[key] += cell
    return dict(total)


def band_of(wait_s: float) -> int:
    """The wait band of a headline wait in seconds: 0 for up to 5 minutes, 5 for over 80 (§4.2)."""
    return band_of_minute(minute_of(wait_s))


def minute_of(wait_s: float) -> int:
    """The whole-minute bin of a wait in seconds: bin m holds waits over m-1 and up to m minutes.

    Bins end where bands do, so a bin lies in one band. Bin 0 holds no wait at all, the last one
    everything over 239 minutes.
    """
    return min(max(0, ceil(wait_s / 60)), LAST_MINUTE)


def band_of_minute(minute: int) -> int:
    """The wait band that a whole-minute bin lies in."""
    return bisect_left(BAND_EDGES, minute)


def by_band(bins: Mapping[MinuteKey, Cell]) -> dict[BandKey, Cell]:
    """The cells of S_adj from whole-minute bins, so that one table of counts serves both."""
    return merged({(service, band_of_minute(m)): cell} for (service, m), cell in bins.items())


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson interval of the share k of n (§4.2); (0, 1) where nothing was counted.

    Never Wald: at a share of .97 and n = 30 that covers 60 % of the time, this one 94 %.
    """
    if not n:
        return 0.0, 1.0
    z2 = Z95 * Z95
    middle = k + z2 / 2
    half = Z95 * sqrt(k * (n - k) / n + z2 / 4)
    # At k = 0 and k = n an end is 0 or 1 exactly; rounding must not put it on the other side.
    low = 0.0 if k == 0 else (middle - half) / (n + z2)
    high = 1.0 if k == n else (middle + half) / (n + z2)
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """S = k/n with its 95 % Wilson interval (§4.2); all three None below 30 ratings.

    `response_rate` is n over completed visits and is said whatever n is; None without visits.
    """

    k: int
    n: int
    completed: int
    share: float | None
    low: float | None
    high: float | None
    response_rate: float | None


def share_of(cell: Cell) -> Share:
    """The headline S of a cell (§4.2)."""
    k, n = cell.satisfied, cell.rated
    share = low = high = None
    if n >= MIN_RATINGS:
        share = k / n
        low, high = wilson(k, n)
    return Share(
        k=k,
        n=n,
        completed=cell.completed,
        share=share,
        low=low,
        high=high,
        response_rate=n / cell.completed if cell.completed else None,
    )


@dataclass(frozen=True, slots=True)
class Stratum:
    """Wait bands of one service that are read as one cell, for the audit page.

    The rest - services with fewer than 5 ratings each - has no service and no bands.
    """

    service: ServiceId | None
    bands: tuple[int, ...]
    cell: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """S_adj and what may stand beside it (§4.2). Shares; all None below 30 ratings.

    `low` and `high` are the plausible band S_adj -+ 0.10 (1 - n/N); `least` and `most` the Manski
    bounds [k/N, (k + N - n)/N]: S if every silent visitor had been dissatisfied, or satisfied.
    """

    k: int
    n: int
    completed: int
    share: float | None
    low: float | None
    high: float | None
    least: float | None
    most: float | None


def strata(cells: Mapping[BandKey, Cell]) -> tuple[Stratum, ...]:
    """The cells of S_adj after merging, in the order of services and bands (§4.2).

    In each service bands are taken from the shortest wait up, and joined with the next until they
    hold 5 ratings together. What is left over after the last such group joins that group. A
    service with fewer than 5 ratings altogether goes to the rest, where all such services are one.
    """
    done: list[Stratum] = []
    rest = Cell()
    for service in sorted({service for service, _ in cells}):
        groups: list[Stratum] = []
        bands: tuple[int, ...] = ()
        held = Cell()
        for band in sorted(b for s, b in cells if s == service):
            bands, held = (*bands, band), held + cells[service, band]
            if held.rated >= MIN_CELL:
                groups.append(Stratum(service, bands, held))
                bands, held = (), Cell()
        if groups:
            last = groups.pop()
            groups.append(Stratum(service, last.bands + bands, last.cell + held))
        else:
            rest += held
        done += groups
    return (*done, Stratum(None, (), rest)) if rest.completed else tuple(done)


def adjusted(cells: Mapping[BandKey, Cell]) -> Adjusted:
    """S_adj = sum over strata of (N_c/N) (k_c/n_c), its plausible band and Manski bounds (§4.2).

    It mends response that differs by service or by wait, not response that depends on the opinion
    itself. A rest that holds fewer than 5 ratings counts at the share of all ratings k/n.
    """
    total = pooled(cells.values())
    k, n, visits = total.satisfied, total.rated, total.completed
    share = low = high = least = most = None
    if n >= MIN_RATINGS:
        weighed = [
            (s.cell.completed, s.cell if s.cell.rated >= MIN_CELL else total) for s in strata(cells)
        ]
        # fsum: the same figure to the last bit in whatever order the cells were stored.
        share = min(1.0, fsum(w * c.satisfied / c.rated for w, c in weighed) / visits)
        reach = _SILENT_BAND * (1 - n / visits)
        low, high = max(0.0, share - reach), min(1.0, share + reach)
        least, most = k / visits, (k + visits - n) / visits
    return Adjusted(
        k=k,
        n=n,
        completed=visits,
        share=share,
        low=low,
        high=high,
        least=least,
        most=most,
    )
