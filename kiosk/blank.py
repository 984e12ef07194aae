"""A slip before its ticket: the lines of the branch, filled in by the server or by an agent alone.

A blank is JSON: `lines` with `text`, `label`, `size`, `weight`, `services` and `after` as in the branch
file, in one language; `values` that are the same for every ticket of its queue; and `words`, those that
only some tickets need. The server makes it (`server/paper.py`), so only its own form is read here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from kiosk.slip import Line, Slip

#: A line of this text is drawn across the paper.
RULE: Final = "---"
#: Variables that have a line to themselves; each is a kind of line.
ALONE: Final = ("number", "papers", "qr")
#: The rest is told in a sentence: a slip is no longer than an arm.
MOST_PAPERS: Final = 10

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a slip tells of its own ticket. What nobody knows is ""."""

    number: str
    service: str
    service_name: str
    #: The branch's own time.
    at: datetime
    #: Where the QR code leads; "" = there is none.
    follow: str
    procedure_name: str = ""
    papers: tuple[str, ...] = ()
    fee: str = ""
    statutory_time: str = ""
    ahead: str = ""
    wait: str = ""
    has_priority: bool = False
    is_reprint: bool = False


def filled(blank: Mapping[str, Any], told: Told) -> Slip:
    """The slip of a ticket: lines that could tell nothing are left out."""
    values = {**blank["values"], **_values(blank["words"], told)}
    lines = [
        _line(line, values, blank["words"], told)
        for line in blank["lines"]
        if not line["services"] or told.service in line["services"]
        if not line["after"] or f"{told.at:%H:%M}" >= line["after"]
    ]
    return Slip(lines=_tidy([line for line in lines if line is not None]))


def _values(words: Mapping[str, Any], told: Told) -> dict[str, str]:
    return {
        "number": told.number,
        "service": told.service_name,
        "procedure": told.procedure_name,
        "time": f"{told.at:%H:%M}",
        "date": f"{told.at:%d/%m/%Y}",
        "weekday": words["weekdays"][told.at.weekday()],
        "ahead": told.ahead,
        "wait": told.wait,
        "priority": words["priority"] if told.has_priority else "",
        "papers": "; ".join(told.papers),
        "fee": told.fee,
        "statutory_time": told.statutory_time,
        "qr": told.follow,
        "reprint": words["reprint"] if told.is_reprint else "",
    }


def _line(
    line: Mapping[str, Any], values: Mapping[str, str], words: Mapping[str, Any], told: Told
) -> Line | None:
    """A line with its words; None when all it could tell is empty."""
    template = line["text"]
    if template == RULE:
        return Line(kind="rule")
    names = _VARIABLE.findall(template)
    if names and not any(values[name] for name in names):
        return None
    kind = next((name for name in ALONE if template == f"{{{name}}}"), "text")
    text = _VARIABLE.sub(lambda found: values[found[1]], template)
    is_papers = kind == "papers"
    return Line(
        kind=kind,
        text=_others(len(told.papers), words) if is_papers else text,
        label=line["label"],
        size=line["size"],
        weight=line["weight"],
        items=told.papers[:MOST_PAPERS] if is_papers else (),
    )


def _others(papers: int, words: Mapping[str, Any]) -> str:
    """How many papers did not fit; "" when all did."""
    more = papers - MOST_PAPERS
    if more <= 0:
        return ""
    sentence: str = words["one_more_paper" if more == 1 else "more_papers"]
    return sentence.replace("{n}", str(more))


def _tidy(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Without rules that part nothing: lines that were left out may have stood between them."""
    kept: list[Line] = []
    for line in lines:
        if line.kind != "rule" or (kept and kept[-1].kind != "rule"):
            kept.append(line)
    while kept and kept[-1].kind == "rule":
        kept.pop()
    return tuple(kept)
