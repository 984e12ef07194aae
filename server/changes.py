"""What a change carries: the rows in which two moments of an audience's tables differ."""

from collections.abc import Iterable, Mapping
from typing import Any

Row = dict[str, Any]
Tables = dict[str, dict[str, Row]]
#: Rows to be replaced; None = the row is gone.
Rows = dict[str, dict[str, Row | None]]

#: Tables whose rows are those of tickets.
_BY_TICKET = ("tickets", "calls")


def difference(old: Tables, new: Tables) -> Rows:
    """The rows of `new` that differ from `old`; None where a row is gone."""
    changed: Rows = {}
    for name, rows in new.items():
        before = old.get(name, {})
        table: dict[str, Row | None] = {
            key: row for key, row in rows.items() if before.get(key) != row
        }
        table.update(dict.fromkeys(before.keys() - rows.keys()))
        if table:
            changed[name] = table
    return changed


def since_any(
    old: Tables, new: Tables, touched: Iterable[str], passing: Mapping[str, Iterable[str]]
) -> Rows:
    """Rows that bring a screen to `new` from `old` or from any moment in between.

    A screen may have taken its snapshot between two events that are sent together: a row that
    changed and changed back differs for that screen alone. `touched` are the ids of the tickets
    whose rows may have come and gone, `passing` the keys of other such rows by table; whatever
    else there is is few, and travels whole.
    """
    changed = difference(old, new)
    for name, rows in new.items():
        table = changed.setdefault(name, {})
        if name in _BY_TICKET:
            table.update({key: rows.get(key) for key in touched})
        table.update({key: rows.get(key) for key in passing.get(name, ())})
        if name != "tickets":
            table.update(rows)
    return {name: table for name, table in changed.items() if table}
