"""Patience from what is seen at the call: recovered, and the same as another library's maximum."""

import random
from math import exp, log
from statistics import NormalDist

import numpy as np
import pytest
from scipy import optimize, stats

from server.whatif.patience import NEVER, Patience, fit


def _seen(n: int, p0: float, median: float, sigma: float, seed: int) -> list[tuple[float, bool]]:
    rng = random.Random(seed)
    found = []
    for _ in range(n):
        wait = rng.expovariate(1 / 35)
        gone = rng.random() < p0 or rng.lognormvariate(log(median), sigma) < wait
        found.append((wait, gone))
    return found


def test_the_truth_is_recovered_from_forty_days() -> None:
    found = fit(_seen(20_000, 0.047, 117, 0.70, 1), days=40)
    assert found.p0 == pytest.approx(0.047, abs=0.008)
    assert exp(found.mu) == pytest.approx(117, rel=0.07)
    assert found.sigma == pytest.approx(0.70, abs=0.07)


def test_it_is_the_maximum_that_scipy_finds() -> None:
    seen = _seen(3_000, 0.05, 60, 0.6, 2)
    waits = np.array([max(w, 0.5) for w, _ in seen])
    gone = np.array([g for _, g in seen])
    prior, spread = np.array([log(0.05 / 0.95), log(117), log(0.73)]), np.array([1, 0.5, 0.35])

    def cost(at: "np.ndarray") -> float:
        p0 = 1 / (1 + np.exp(-at[0]))
        p = p0 + (1 - p0) * stats.norm.cdf((np.log(waits) - at[1]) / np.exp(at[2]))
        p = np.clip(p, 1e-12, 1 - 1e-12)
        likelihood = np.where(gone, np.log(p), np.log1p(-p)).sum()
        return float(-likelihood + (((at - prior) / spread) ** 2).sum() / 2)

    best = optimize.minimize(cost, prior, method="Nelder-Mead", options={"maxiter": 4_000})
    found = fit(seen, days=30)
    assert found.p0 == pytest.approx(1 / (1 + exp(-best.x[0])), abs=0.002)
    assert found.mu == pytest.approx(best.x[1], abs=0.02)
    assert found.sigma == pytest.approx(exp(best.x[2]), abs=0.02)


@pytest.mark.parametrize("seen", [[], [(0.0, True)] * 3, [(5.0, False)] * 400, [(5.0, True)] * 9])
def test_little_or_odd_evidence_gives_a_sound_patience(seen: list[tuple[float, bool]]) -> None:
    found = fit(seen, days=1)
    assert 0 < found.p0 < 1
    assert 10 < exp(found.mu) < 3_000
    assert 0.1 < found.sigma < 4


@pytest.mark.parametrize("share", [0.0, 0.002, 0.01])
@pytest.mark.parametrize("mean_wait", [2, 8, 20])
def test_few_absences_make_people_neither_saints_nor_flighty(share: float, mean_wait: int) -> None:
    """Twenty-six days, hardly anybody missing, however long they waited."""
    rng = random.Random(7)
    seen = [(rng.expovariate(1 / mean_wait), rng.random() < share) for _ in range(8_000)]
    found = fit(seen, days=26)
    assert found.p0 == pytest.approx(share, abs=0.004)
    # What was seen is kept: within their usual waits nobody goes.
    assert found.gone_by(mean_wait) < 0.005
    # What was never seen stays near what is usual: nobody waits for ever, or all but.
    assert 90 < exp(found.mu) < 480
    assert found.gone_by(600) > 0.8
    if mean_wait == 2:
        assert exp(found.mu) == pytest.approx(117, rel=0.15)


def test_drawn_patience_agrees_with_what_was_seen() -> None:
    patience, normal = Patience(0.05, log(100), 0.7), NormalDist()
    rng = random.Random(3)
    served = [patience.of_served(40, rng.random()) for _ in range(4_000)]
    assert min(served) >= 40
    beyond = 1 - normal.cdf((log(80) - log(100)) / 0.7)
    share = beyond / (1 - normal.cdf((log(40) - log(100)) / 0.7))
    assert np.mean([s > 80 for s in served]) == pytest.approx(share, abs=0.025)
    absent = [patience.of_absent(40, rng.random(), rng.random()) for _ in range(4_000)]
    assert max(absent) <= 40
    never = 0.05 / patience.absent_at(40)
    assert np.mean([a == NEVER for a in absent]) == pytest.approx(never, abs=0.025)
    # Called at once they are away all the same: no wait is shorter than theirs.
    assert patience.of_absent(0, 0.5, 0.5) == NEVER < 0
