"""How forecasts turned out, counted by hand."""

from dataclasses import replace

import pytest

from server.domain import hits
from server.domain.hits import Told, Verdict
from server.domain.outlook import PERCENTS


def told(waited: float, low: float = 12, high: float = 24, *levels: int | None) -> Told:
    """Minutes; printed 10 to 30."""
    return Told(
        waited_s=60 * waited,
        expected_s=round(60 * (low + high) / 2),
        low_s=round(60 * low),
        high_s=round(60 * high),
        levels_s=tuple(None if m is None else 60 * m for m in levels),
    )


@pytest.mark.parametrize(
    ("waited", "verdict", "is_very_late"),
    [
        (9.9, "early", False), (10, "right", False), (30, "right", False), (30.1, "late", False),
        (40, "late", False), (40.1, "late", True),
    ],
)  # fmt: skip
def test_the_range_counts_as_it_was_printed(
    waited: float, verdict: str, is_very_late: bool
) -> None:
    found = told(waited)
    assert (found.verdict, found.is_very_late) == (Verdict(verdict), is_very_late)
    assert not found.is_vague
    assert told(waited, 20, 130).is_vague


@pytest.mark.parametrize(
    ("waited", "verdict"),
    [(59, "early"), (60, "right"), (65, "right"), (210, "right"), (211, "late")],
)
def test_more_than_an_hour_is_early_before_the_hour_and_late_after_its_range(
    waited: float, verdict: str
) -> None:
    assert told(waited, 50, 210).verdict == verdict
    assert told(waited, 75, 210).verdict == verdict


def test_of_few_tickets_no_share_is_told() -> None:
    few = hits.score([told(15)] * (hits.LEAST - 1))
    assert (few.n, few.right, few.mae_s) == (29, None, None)
    assert hits.score([told(15)] * hits.LEAST).right == 1.0


def test_the_figures_by_hand() -> None:
    """Twenty right, five early, fifteen late of which five very late; thirty were simulated."""
    levels = (4, 6, 8, 10, 18, 24, 28, 30, 34)
    some = [
        *[told(18, 12, 24, *levels)] * 15, *[told(20)] * 5,
        *[told(5, 12, 24, *levels)] * 5,
        *[told(32, 12, 24, *levels)] * 10, *[told(45)] * 5,
    ]  # fmt: skip
    found = hits.score(some)
    assert (found.n, found.simulated) == (40, 30)
    assert (found.right, found.early, found.late) == (20 / 40, 5 / 40, 15 / 40)
    assert found.very_late == 5 / 40
    assert found.mae_s == pytest.approx(60 * (5 * 2 + 5 * 13 + 10 * 14 + 5 * 27) / 40)
    # Of the simulated ones: 18 lies within both, 5 within 90 % alone, 32 within that and above 30.
    assert (found.coverage80, found.coverage90, found.above90) == (15 / 30, 1.0, 10 / 30)


def test_pinball_is_least_at_the_truth_and_blind_to_what_was_not_foretold() -> None:
    def loss(waited: float, *levels: int | None) -> float:
        found = hits.score([told(waited, 12, 24, *levels)] * hits.LEAST).pinball_s
        assert found is not None
        return found

    sure = (10,) * len(PERCENTS)
    assert loss(10, *sure) == 0
    assert loss(12, *sure) == pytest.approx(2 * 120 * sum(PERCENTS) / 100 / len(PERCENTS))
    # A level past today is left out; where all are, there is nothing to lose.
    assert loss(12, *sure[:4], *(None,) * 5) == pytest.approx(2 * 120 * 0.55 / 4)
    assert hits.score([told(10, 12, 24, *(None,) * 9)] * hits.LEAST).pinball_s is None
    # A level past today is later than any call of today.
    late = hits.score([told(50, 12, 24, 4, 6, 8, 10, 18, 24, 28, None, None)] * hits.LEAST)
    assert (late.coverage80, late.above90) == (1.0, 0.0)


def test_width_is_over_those_whose_both_ends_are_of_today() -> None:
    known = [told(15, 12, 24, 4, 6, 8, 10, 18, 24, 28, 30, 34)] * hits.LEAST
    past = [told(15, 12, 24, 4, 6, 8, 10, 18, 24, 28, None, None)] * hits.LEAST
    assert hits.score([*known, *past]).width80_s == 24 * 60
    assert hits.score(past).width80_s is None


def test_the_simpler_rules_are_held_against_the_same_tickets() -> None:
    """Of forty, thirty have all three answers, ten of those by the formula: nobody else counts."""
    levels = (4, 6, 8, 10, 18, 24, 28, 30, 34)
    one = replace(told(20, 12, 24, *levels), fallback_s=1_500, naive_s=600)
    formula = replace(told(26), fallback_s=told(26).expected_s, naive_s=0)
    half_known = replace(told(90), fallback_s=0)
    found = hits.score([*[one] * 20, *[formula] * 10, *[half_known] * 10, None])
    assert (found.n, found.unsaid, found.compared, found.compared_simulated) == (40, 1, 30, 20)
    assert found.mae_told_s == pytest.approx(60 * (20 * 2 + 10 * 8) / 30)
    assert found.mae_fallback_s == pytest.approx(60 * (20 * 5 + 10 * 8) / 30)
    assert found.mae_naive_s == pytest.approx(60 * (20 * 10 + 10 * 26) / 30)
    few = hits.score([*[one] * 29, half_known])
    assert (few.compared, few.mae_told_s, few.mae_naive_s) == (29, None, None)
    assert few.mae_s is not None
    assert hits.score([one], least=1).mae_naive_s == 600


def test_who_is_called_within_fifteen_seconds_did_not_queue() -> None:
    assert not hits.had_to_queue(15)
    assert hits.had_to_queue(15.1)
