"""What a forecast costs, and the dispatcher beside the textbook at full length (A9, A15)."""

import sys
import time
from bisect import bisect_right
from math import inf

import numpy as np

from server.domain.catalogue import Mode
from server.forecast import kernel
from server.forecast.model import Raw
from tests.forecast import queues
from tests.forecast.scene import usual
from tests.forecast.world import World

_MOMENTS = 60
_CUSTOMERS = 250_000
_DAYS = 30
_MOMENTS_A_DAY = 12


def refresh() -> None:
    """One full refresh of branches of 1, 12 and 30 counters, 16 lanes priced, 100 replications."""
    for counters, waiting in ((1, 4), (3, 8), (12, 20), (30, 26), (12, 200)):
        for mode in Mode if counters == 12 and waiting == 20 else (Mode.INTERLEAVE,):
            wall, processor = [], []
            for n in range(_MOMENTS):
                here, taught = usual(counters, waiting, seed=n, mode=mode)
                began, spent = time.perf_counter(), time.process_time()
                kernel.run(here, taught, seed=n)
                wall.append((time.perf_counter() - began) * 1_000)
                processor.append((time.process_time() - spent) * 1_000)
            print(
                f"{counters} counters, {waiting} waiting, {mode}: wall p50 {np.median(wall):.0f},"
                f" p95 {np.quantile(wall, 0.95):.0f} ms; processor p50 {np.median(processor):.0f},"
                f" p95 {np.quantile(processor, 0.95):.0f} ms of {_MOMENTS}"
            )


def textbook() -> None:
    """Closed forms within three standard errors over 250,000 customers each; `ciw` to the bit."""
    wrong = 0
    for checks in queues.CHECKS.values():
        for check in checks(_CUSTOMERS, 11):
            wrong += not check.is_right
            print(
                f"{check.what}: {check.seen:.4f} ± {check.error:.4f}, textbook {check.expected:.4f}"
                f"{'' if check.is_right else '  <- more than three standard errors off'}"
            )
    for servers in (1, 3, 12):
        customers, largest = queues.difference_from_ciw(35_000, servers, seed=5)
        wrong += largest != 0.0
        print(f"ciw, {servers} servers: {customers} customers, largest difference {largest}")
    if wrong:
        sys.exit(f"{wrong} figures are off")


def oracle() -> None:
    """The kernel with the true parameters: how often the interval it gives holds what came."""
    for mode in Mode:
        places: list[float] = []
        for seed in range(_DAYS):
            world = World(seed, mode)
            for n in range(_MOMENTS_A_DAY):
                now = 1_800 + n * 1_350.0
                here = world.at(now)
                found = kernel.run(here, world.times, seed=seed * 100 + n)
                # Tickets of one moment share its errors: the last of each class tells enough.
                last = {w.candidate.priority: w.ticket for w in here.waiters}
                for ticket in last.values():
                    called = next(t for t in world.tickets if t.candidate.ticket == ticket).called_s
                    places.append(_place(found.waiting[ticket], called, now))
        n, seen = len(places), np.array(places)
        print(
            f"{mode}: {n} tickets; in the 80 % interval {np.mean((seen > 0.1) & (seen < 0.9)):.1%}"
            f" (below {np.mean(seen <= 0.1):.1%}, above {np.mean(seen >= 0.9):.1%}),"
            f" in the 90 % {np.mean((seen > 0.05) & (seen < 0.95)):.1%},"
            f" before the median {np.mean(seen < 0.5):.1%}"
        )


def _place(raw: Raw, called: float | None, now: float) -> float:
    """Where it fell among the levels: 0.025 = before all of them, 0.975 = after."""
    if called is None:
        called = inf
    known = [inf if level is None else level for level in raw.levels_s]
    return bisect_right(known, called - now) * 0.05 + 0.025
