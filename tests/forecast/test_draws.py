"""The chance of a forecast: pauses to come, and what all services of a replication have in common."""

from dataclasses import replace

import pytest

from server.forecast import kernel
from tests.forecast.scene import at, by_number, constant, desk, snapshot, times, waiter


def test_officers_pause_between_two_tickets() -> None:
    here = snapshot([waiter(1, 5), waiter(2, 4)], [desk(1, "A")])
    taught = replace(times(constant(300)), pause=constant(500), rest_share=0.25)
    found = kernel.run(here, taught, replications=400, seed=1)
    second = by_number(found)["A2"]
    assert (at(second, 50), at(second, 90)) == (300.0, 800.0)
    assert set(second) == {300.0, 800.0}
    assert second.count(800.0) in range(3, 7), "a quarter of nineteen levels"


def test_how_slow_the_day_is_counts_for_all_services_of_a_replication() -> None:
    """Ten in a row vary as one does: what they have in common does not average out."""
    here = snapshot([waiter(n + 1, 30 - n) for n in range(11)], [desk(1, "A")])
    taught = replace(times(constant(300)), slow_sd=0.07)
    found = kernel.run(here, taught, replications=400, seed=1)
    for number, services in (("A2", 1), ("A11", 10)):
        levels = by_number(found)[number]
        assert at(levels, 50) == pytest.approx(300 * services, rel=0.001)
        assert at(levels, 90) == pytest.approx(300 * services * 1.094, rel=0.005)
