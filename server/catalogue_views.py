"""What screens are told of their branch's configuration, beside the rows."""

from datetime import time
from typing import Any

from server import replies
from server.domain.catalogue import Catalogue, Procedure

Row = dict[str, Any]


def catalogue_part(catalogue: Catalogue, audience: str) -> Row:
    """The configuration an audience needs beside its rows."""
    part: Row = {
        "services": [
            {
                "id": s.id,
                "queue": s.queue,
                "name": replies.text(s.name),
                "hint": replies.text(s.hint),
                "icon": s.icon,
                "mean_minutes": s.mean_minutes,
            }
            for s in catalogue.services
        ],
        "queues": [
            {"id": q.id, "prefix": q.prefix, "name": replies.text(q.name)} for q in catalogue.queues
        ],
        "counters": [{"id": c.id, "number": c.number} for c in catalogue.counters],
        "notices": [replies.text(n) for n in catalogue.notices],
        "policy": {
            "version": catalogue.policy.version,
            "mode": catalogue.policy.mode.value,
            "wait_targets_minutes": list(catalogue.policy.wait_targets_minutes),
            "undo_seconds": catalogue.policy.undo_seconds,
            "recalls_before_no_show": catalogue.policy.recalls_before_no_show,
            "day_close": catalogue.policy.day_close.value,
        },
    }
    if audience in ("kiosk", "agent", "counter", "manager"):
        part["priority_classes"] = [
            {"code": c.code, "name": replies.text(c.name), "declarable": not c.urgent}
            for c in catalogue.policy.classes
        ]
        part["procedures"] = [_procedure(p, catalogue) for p in catalogue.procedures]
    if audience == "display":
        part["media"] = _media(catalogue)
    if audience == "manager":
        part["speaks"] = list(catalogue.voice.speaks)
    if audience in ("counter", "manager"):
        part["lock_minutes"] = catalogue.lock_minutes
        part["roll_prefix"] = catalogue.roll_prefix
        part["outcomes"] = [
            {"code": o.code, "name": replies.text(o.name), "services": list(o.services)}
            for o in catalogue.outcomes
        ]
    return part


def display_part(catalogue: Catalogue, name: str) -> Row:
    """How the display of this name is laid out, whose calls are its own, how loud it is."""
    display = catalogue.display(name)
    return {
        "name": display.name,
        "layout": display.layout.value,
        "counters": list(display.counters),
        "speaks": display.speaks,
        "volume": display.volume,
        "hours": [
            {"since": _clock(part.since), "until": _clock(part.until), "volume": part.volume}
            for part in display.hours
        ],
    }


def _media(catalogue: Catalogue) -> list[Row]:
    return [
        {
            "file": media.file,
            "text": replies.text(media.text),
            "seconds": media.seconds,
            "since": _clock(media.since),
            "until": _clock(media.until),
        }
        for media in catalogue.media
    ]


def _clock(at: time | None) -> str | None:
    return f"{at:%H:%M}" if at else None


def _procedure(procedure: Procedure, catalogue: Catalogue) -> Row:
    return {
        "id": procedure.id,
        "service": procedure.service,
        "name": replies.text(procedure.name),
        "papers": list(catalogue.papers_of(procedure)),
        "fee": procedure.fee,
        "statutory_time": procedure.statutory_time,
        "steps": list(procedure.steps),
        "parts": [replies.text(part.name) for part in catalogue.parts_of(procedure)],
    }


def branch_part(catalogue: Catalogue) -> Row:
    """Which branch a screen is of."""
    return {
        "id": catalogue.branch,
        "name": replies.text(catalogue.name),
        "address": catalogue.address,
        "time_zone": catalogue.time_zone,
        "is_demo": catalogue.is_demo,
    }
