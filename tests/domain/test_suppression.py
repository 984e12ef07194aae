"""No small count can be worked out from what is told of a table: solved exactly, not by guessing."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.suppression import LEAST, hidden

#: Of one part, from the innermost column outwards: satisfied, rated less, served less, issued less.
_PART = st.tuples(*(st.integers(0, 30) for _ in range(4)))
_TABLES = st.lists(_PART, min_size=1, max_size=4)
_COLUMNS = 4


def _known(parts: list[tuple[int, ...]], seed: str) -> tuple[list[list[int]], list[int]]:
    """The equations a reader has: a row of coefficients over every hidden-or-not base count."""
    names = [f"P{i}" for i in range(len(parts))]
    # Column c counts the sum of the base counts 0..3-c of a part.
    column = [
        {n: sum(p[: _COLUMNS - c]) for n, p in zip(names, parts, strict=True)}
        for c in range(_COLUMNS)
    ]
    rest = [
        {n: p[_COLUMNS - c] for n, p in zip(names, parts, strict=True)} for c in range(1, _COLUMNS)
    ]
    asked = [[column[0]], *([column[c], rest[c - 1]] for c in range(1, _COLUMNS))]
    gone = hidden(asked, seed)
    rows: list[list[int]] = []
    told: list[int] = []
    for c in range(_COLUMNS):
        for i, name in enumerate(names):
            if name not in gone[c]:
                rows.append(_row(len(parts), {i}, _COLUMNS - c))
                told.append(column[c][name])
        if "" not in gone[c]:
            rows.append(_row(len(parts), set(range(len(parts))), _COLUMNS - c))
            told.append(sum(column[c].values()))
    return rows, told


def _row(n: int, which: set[int], depth: int) -> list[int]:
    return [int(i in which and k < depth) for i in range(n) for k in range(_COLUMNS)]


def _solved(rows: list[list[int]], told: list[int], wanted: list[int]) -> Fraction | None:
    """The value of `wanted` if the equations settle it; None when they leave it open."""
    table = [[Fraction(x) for x in (*row, value)] for row, value in zip(rows, told, strict=True)]
    target = [Fraction(x) for x in (*wanted, 0)]
    for column in range(len(wanted)):
        pivot = next((r for r in table if r[column]), None)
        if pivot is None:
            if target[column]:
                return None
            continue
        table.remove(pivot)
        for row in (*table, target):
            if row[column]:
                times = row[column] / pivot[column]
                row[:] = [a - times * b for a, b in zip(row, pivot, strict=True)]
    return -target[-1]


# Solved in fractions, of which each example takes many.
@settings(max_examples=60)
@given(_TABLES, st.dates().map(str))
def test_no_small_count_follows_from_what_is_told(parts: list[tuple[int, ...]], seed: str) -> None:
    """Every count of a part or of the whole, and every difference of two columns."""
    rows, told = _known(parts, seed)
    everybody = set(range(len(parts)))
    for which in (*({i} for i in everybody), everybody):
        for outer in range(1, _COLUMNS + 1):
            for inner in range(outer):
                wanted = [
                    a - b
                    for a, b in zip(
                        _row(len(parts), which, outer),
                        _row(len(parts), which, inner),
                        strict=True,
                    )
                ]
                value = _solved(rows, told, wanted)
                assert value is None or value >= LEAST


@given(_TABLES.filter(lambda parts: len(parts) > 2))
def test_the_hidden_parts_together_are_no_small_count(parts: list[tuple[int, ...]]) -> None:
    issued = {f"P{i}": sum(part) for i, part in enumerate(parts)}
    (gone,) = hidden([[issued]], "2026-11-24")
    assert len(gone) != 1
    if gone and "" not in gone:
        assert sum(issued[p] for p in gone) >= LEAST


def test_the_test_finds_a_count_that_the_total_gives_back() -> None:
    """Hiding the small one alone is what the rule is there against."""
    rows = [_row(2, {0}, _COLUMNS), _row(2, {0, 1}, _COLUMNS)]
    assert _solved(rows, [40, 43], _row(2, {1}, _COLUMNS)) == 3


def test_large_counts_are_all_told() -> None:
    assert hidden([[{"A": 10, "B": 400}]], "x") == [frozenset()]


def test_a_small_one_takes_another_with_it_and_a_lonely_one_the_total() -> None:
    assert hidden([[{"A": 3, "B": 400}]], "x") == [frozenset({"A", "B"})]
    assert hidden([[{"A": 3}]], "x") == [frozenset({"", "A"})]
    assert hidden([[{"A": 3, "B": 2}]], "x") == [frozenset({"", "A", "B"})]


def test_which_one_goes_too_does_not_depend_on_its_count() -> None:
    """Otherwise the choice itself would tell how large the hidden one can be at most."""
    (one,) = hidden([[{"A": 3, "B": 40, "C": 50, "D": 60}]], "x")
    (other,) = hidden([[{"A": 3, "B": 60, "C": 40, "D": 50}]], "x")
    assert one == other
    assert len(one) == 2
