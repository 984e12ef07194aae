"""Which figures of a table may be told to strangers: no count below `LEAST` can be worked out.

A table has parts (the fields of a day) and their total. Columns are nested: each counts some of
those of the column before. Hiding a small count alone is not enough, since the total less the other
parts gives it back: so where something is hidden, further parts are, until the hidden ones are at
least two and together large enough, and the same holds for what a column differs by from the one
before. Which further part is hidden goes by names, never by values: nothing follows from the choice.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

#: The smallest count that is told.
LEAST: Final = 10

Counts = Mapping[str, int]


def hidden(columns: Sequence[Sequence[Counts]], seed: str) -> list[frozenset[str]]:
    """For each column the parts that are not told; with "" among them, not the total either.

    A column is given by the counts that could be worked out from it where it is told: its own and
    what is left to the column before. All have the same parts, none of them named "".
    """
    found: list[frozenset[str]] = []
    before: frozenset[str] = frozenset()
    for column in columns:
        before = _hidden(column, before, seed)
        found.append(before)
    return found


def _hidden(column: Sequence[Counts], before: frozenset[str], seed: str) -> frozenset[str]:
    parts = sorted(column[0], key=lambda part: _place(seed, part))
    gone = {p for p in parts if p in before or any(counts[p] < LEAST for counts in column)}
    for part in parts:
        if not gone or _is_safe(column, gone):
            break
        gone.add(part)
    # What cannot be hidden among others takes the total with it.
    if "" in before or (gone and not _is_safe(column, gone)) or not parts:
        return frozenset(gone) | {"", *parts}
    return frozenset(gone)


def _is_safe(column: Sequence[Counts], gone: set[str]) -> bool:
    """Whether the hidden parts, which the total less the others adds up, keep each other."""
    return len(gone) > 1 and all(sum(counts[p] for p in gone) >= LEAST for counts in column)


def _place(seed: str, part: str) -> bytes:
    """An order that is another one for each table, and always the same for one."""
    return hashlib.sha256(f"{seed}|{part}".encode()).digest()
