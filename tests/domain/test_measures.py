"""The figures' definitions, on values small enough to check by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.measures import p90, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7.0], 0.9, 7.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.5),
        ([1.0, 2.0, 3.0, 4.0], 0.25, 1.75),
        ([10.0, 20.0], 0.9, 19.0),
        ([1.0, 2.0, 3.0], 0.0, 1.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
    ],
)
def test_percentiles_are_those_of_type_seven(
    values: list[float], share: float, expected: float | None
) -> None:
    assert percentile(values, share) == expected


def test_a_ninetieth_percentile_of_few_values_is_not_said() -> None:
    assert p90([float(n) for n in range(19)]) is None
    assert p90([float(n) for n in range(20)]) == pytest.approx(17.1)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_are_ordered_and_within_the_values(
    values: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    first, second = percentile(values, low), percentile(values, high)
    assert first is not None
    assert second is not None
    assert min(values) <= first <= second + 1e-6 <= max(values) + 1e-5
