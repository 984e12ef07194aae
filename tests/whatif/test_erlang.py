"""Erlang's formulas against closed values, each other, and scipy's distributions."""

from math import exp

import pytest
from scipy import stats

from server.whatif import erlang
from server.whatif.erlang import Demand


@pytest.mark.parametrize(
    ("counters", "load", "blocked"),
    # Published tables give the traffic that loses one call in a hundred, and in ten.
    [(1, 0.0101, 0.01), (5, 1.361, 0.01), (10, 4.461, 0.01), (20, 12.03, 0.01), (5, 2.881, 0.1)],
)
def test_erlang_b_is_as_in_the_tables(counters: int, load: float, blocked: float) -> None:
    assert erlang.erlang_b(counters, load) == pytest.approx(blocked, rel=0.01)


@pytest.mark.parametrize(("counters", "load"), [(1, 0.4), (3, 2.55), (12, 10.8), (40, 33.0)])
def test_erlang_b_and_c_are_the_poisson_s(counters: int, load: float) -> None:
    b = stats.poisson.pmf(counters, load) / stats.poisson.cdf(counters, load)
    assert erlang.erlang_b(counters, load) == pytest.approx(b, rel=1e-9)
    c = b / (1 - load / counters * (1 - b))
    assert erlang.erlang_c(counters, load) == pytest.approx(c, rel=1e-9)


def test_the_values_of_the_measures_page() -> None:
    assert erlang.erlang_c(3, 2.55) == pytest.approx(0.730, abs=0.001)
    assert erlang.mean_wait(3, 2.55, 1) == pytest.approx(1.623, abs=0.002)
    assert erlang.erlang_c(12, 10.8) == pytest.approx(0.640, abs=0.001)
    # M/M/1: P(W <= t) = 1 - rho * exp(-(mu - lambda) t).
    assert erlang.share_within(1, 0.5, 10, 15) == pytest.approx(1 - 0.5 * exp(-0.05 * 15))
    # 80 % within 15 minutes of 12-minute services: 10, 20, 40, 90 an hour.
    found = [erlang.needed(n * 12 / 60, 12, 15, 0.8) for n in (10, 20, 40, 90)]
    assert found == [3, 5, 9, 20]


def test_erlang_a_meets_erlang_c_and_balances() -> None:
    patient = erlang.erlang_a(5, 4.0, 1.0, 1e9)
    assert patient.waiting == pytest.approx(erlang.erlang_c(5, 4.0), rel=1e-4)
    # M/M/1+M with equal rates is a Poisson number in the house: M/M/oo.
    found = erlang.erlang_a(1, 2.0, 1.0, 1.0)
    assert found.waiting == pytest.approx(1 - exp(-2), rel=1e-9)
    served = 1 * (1 - exp(-2))
    assert found.going == pytest.approx(1 - served / 2.0, rel=1e-9)


def test_nothing_to_do_and_too_much_to_do() -> None:
    assert erlang.needed(0, 0, 15, 0.8) == 0
    assert erlang.erlang_c(3, 3.5) == 1
    assert erlang.share_within(3, 3.5, 10, 15) == 0
    assert erlang.mean_wait(3, 3.0, 10) == float("inf")
    assert erlang.needed(500, 10, 15, 0.8) == erlang.MOST_COUNTERS
    assert erlang.square_root(9, 1.0) == 12
    assert erlang.square_root(0) == 0


def test_a_proposal_carries_work_into_the_next_half_hour() -> None:
    queue = Demand(by_half_hour={16: 30.0, 17: 0.0}, engaged=20.0)
    first, second = erlang.proposal([queue], 15, 0.8)
    assert first.load + second.load == pytest.approx(30 * 20 / 30)
    assert second.counters > 0
    assert first.within >= 0.8
