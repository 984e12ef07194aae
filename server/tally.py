"""What a group of visits adds up to: days, months and branches merge by adding their tallies."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import msgspec

from server import sketch
from server.domain.counter_time import CounterTime
from server.domain.ids import ServiceId
from server.domain.measures import MIN_N_FOR_P90, percentile
from server.domain.satisfaction import SATISFIED, Cell, MinuteKey, minute_of
from server.domain.service_index import service_component, waiting_component
from server.domain.visits import End, Visit, is_taken_back, is_within

#: Durations of which percentiles are asked, by the field of `Visit`.
SPREADS: Final = {"wait": "wait_s", "call": "wait_call_s", "service": "service_s"}
#: Durations of which means are asked.
_MEANS: Final = {
    **SPREADS,
    "wait_open": "wait_open_s",
    "wait_total": "wait_total_s",
    "walk": "walk_s",
    "sojourn": "sojourn_s",
}
#: Each mean's name, its field of `Visit`, and what its count and sum are called.
_COUNTED: Final = tuple((name, source, f"{name}_n", f"{name}_s") for name, source in _MEANS.items())
#: What is counted of the counters' time, by the field of `CounterTime`.
TIMES: Final = ("open_s", "paused_s", "engaged_s", "serving_s")
_SHARES: Final = (0.5, 0.75, 0.9)
_LEVELS: Final = 5


@dataclass(frozen=True, slots=True)
class Targets:
    """What was in force on the day of a visit, to count it by. Seconds."""

    #: Internal targets for the wait: amber from the first, red from the second.
    wait_s: tuple[int, int]
    #: Published duration of each service.
    norm_s: Mapping[str, float]
    #: Outcome codes with which people have to come again with more papers.
    incomplete: frozenset[str]


def _lists() -> dict[str, list[int]]:
    return defaultdict(list)


@dataclass(slots=True)
class Tally:
    """Additive figures of a group of visits.

    `n` counts and sums whole seconds by name. `sums` adds shares that are no whole numbers.
    `values` has every duration while few enough visits are held to tell exact percentiles; None
    once sketches came in.
    """

    n: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    values: dict[str, list[int]] | None = field(default_factory=_lists)
    buckets: dict[str, sketch.Buckets] = field(default_factory=dict)
    #: Completed, rated and satisfied visits by service and whole minute of the wait.
    cells: dict[MinuteKey, list[int]] = field(default_factory=dict)

    def add(self, visit: Visit, targets: Targets, *, with_cells: bool = True) -> None:  # noqa: C901, PLR0912 - one line a figure
        """Count one more visit; without what only satisfaction asks for where nobody does."""
        n, values = self.n, self.values
        n["voided"] += is_taken_back(visit)
        if visit.end is End.VOID:
            return
        n["issued"] += 1
        n[visit.end] += 1
        for name, source, count_name, sum_name in _COUNTED:
            seconds = getattr(visit, source)
            if seconds is not None:
                n[count_name] += 1
                n[sum_name] += seconds
                if name in SPREADS and values is not None:
                    values[name].append(seconds)
        n["parked_s"] += visit.parked_s
        for name in ("recalls", "transfers", "parks", "added"):
            if count := getattr(visit, name):
                n[name] += count
        for i, target_s in enumerate(targets.wait_s, 1):
            within = is_within(visit, target_s)
            if within is not None:
                n[f"within{i}_n"] += 1
                n[f"within{i}"] += within
        if visit.end is End.LEFT and (visit.age_s or 0) > targets.wait_s[0]:
            n["left_late"] += 1
        if visit.end is End.SERVED and visit.outcome in targets.incomplete:
            n["incomplete"] += 1
        if visit.level is not None and visit.end is End.SERVED:
            n[f"level{visit.level}"] += 1
        if visit.readiness:
            n["sheets_read"] += 1
            n["guidance_needed"] += visit.readiness == "guidance"
        if with_cells:
            self._add_satisfaction(visit, targets)

    def _add_satisfaction(self, visit: Visit, targets: Targets) -> None:
        waited = visit.age_s if visit.wait_s is None else visit.wait_s
        if waited is not None and visit.end is not End.LEFT:
            # Measures 4.2, A: also who was never served counts, with the age at the call or close.
            self.n["felt_n"] += 1
            self.sums["felt"] += waiting_component(waited, targets.wait_s[0])
        norm_s = targets.norm_s.get(visit.service)
        if visit.service_s is not None and norm_s:
            self.n["pace_n"] += 1
            self.sums["pace"] += service_component(visit.service_s, norm_s)
        if visit.end is End.SERVED and visit.wait_s is not None:
            cell = self.cells.setdefault(
                (ServiceId(visit.service), minute_of(visit.wait_s)), [0, 0, 0]
            )
            cell[0] += 1
            cell[1] += visit.level is not None
            cell[2] += (visit.level or 0) >= SATISFIED

    def add_time(self, time: CounterTime) -> None:
        """Count a stretch at a counter."""
        for name in TIMES:
            self.n[name] += getattr(time, name)

    def merge(self, other: Self) -> None:
        """Add another group's tally."""
        for name, count in other.n.items():
            self.n[name] += count
        for name, amount in other.sums.items():
            self.sums[name] += amount
        for key, (completed, rated, satisfied) in other.cells.items():
            cell = self.cells.setdefault(key, [0, 0, 0])
            cell[0] += completed
            cell[1] += rated
            cell[2] += satisfied
        if self.values is not None and other.values is not None:
            for name, seconds in other.values.items():
                self.values[name] += seconds
            return
        self.buckets, self.values = self.sketches(), None
        for name, counts in other.sketches().items():
            sketch.merge(self.buckets[name], counts)

    def sketches(self) -> dict[str, sketch.Buckets]:
        """The spread of each duration, in buckets."""
        if self.values is None:
            return {name: self.buckets.setdefault(name, {}) for name in SPREADS}
        return {name: sketch.buckets(self.values.get(name, ())) for name in SPREADS}

    def counted(self) -> set[str]:
        """The names of what is counted of visits."""
        return {name for name, count in self.n.items() if count}

    @property
    def is_exact(self) -> bool:
        """Whether percentiles come from every single duration."""
        return self.values is not None

    def spread(self, name: str) -> tuple[float | None, float | None, float | None]:
        """The 50th, 75th and 90th percentile of a duration, seconds; the last from 20 visits on."""
        if self.values is not None:
            seconds = self.values.get(name, [])
            found = [percentile(seconds, share) for share in _SHARES]
        else:
            found = sketch.percentiles(self.buckets.get(name, {}), _SHARES)
        p50, p75, p90 = found
        return p50, p75, p90 if self.n.get(f"{name}_n", 0) >= MIN_N_FOR_P90 else None

    def mean(self, name: str) -> float | None:
        """The mean of a duration, seconds: all its seconds through all its visits."""
        n = self.n.get(f"{name}_n", 0)
        return self.n.get(f"{name}_s", 0) / n if n else None

    def share(self, part: str, whole: str) -> float | None:
        """One count through another; None without any."""
        n = self.n.get(whole, 0)
        return self.n.get(part, 0) / n if n else None

    @property
    def levels(self) -> tuple[int, ...]:
        """How many ratings of 1 to 5 were given."""
        return tuple(self.n.get(f"level{level}", 0) for level in range(1, _LEVELS + 1))

    @property
    def rated(self) -> int:
        """How many visits were rated."""
        return sum(self.levels)

    @property
    def satisfied(self) -> int:
        """How many were rated 4 or 5."""
        return sum(self.levels[SATISFIED - 1 :])

    @property
    def table(self) -> dict[MinuteKey, Cell]:
        """Completed, rated and satisfied visits by service and whole minute of the wait."""
        return {key: Cell(*counts) for key, counts in self.cells.items()}

    def to_json(self) -> bytes:
        """The tally as it is stored; without single durations."""
        stored = _Stored(
            n={name: count for name, count in self.n.items() if count},
            sums=dict(self.sums),
            buckets={k: b for k, b in self.sketches().items() if b},
            cells={f"{service}|{minute}": cell for (service, minute), cell in self.cells.items()},
        )
        return msgspec.json.encode(stored)

    @classmethod
    def from_json(cls, text: bytes | str, *, with_cells: bool = True) -> Self:
        """A stored tally; without its `cells`, which are most of it, where nobody asks for them."""
        stored = msgspec.json.decode(text, type=_Stored if with_cells else _Slim)
        made = cls(values=None, buckets=stored.buckets)
        made.n.update(stored.n)
        made.sums.update(stored.sums)
        for key, cell in stored.cells.items() if isinstance(stored, _Stored) else ():
            service, _, minute = key.rpartition("|")
            made.cells[ServiceId(service), int(minute)] = cell
        return made


class _Slim(msgspec.Struct):
    n: dict[str, int]
    sums: dict[str, float]
    buckets: dict[str, dict[int, int]]


class _Stored(_Slim):
    cells: dict[str, list[int]]
