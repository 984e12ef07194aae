"""A learner's state as bytes and back: compact, versioned, and the same for the same log."""

import zlib
from collections import Counter as Tally
from collections import deque
from datetime import date
from typing import Any, Final

import msgspec

from server.domain.catalogue import Catalogue
from server.forecast.calibration import KEPT
from server.forecast.durations import Durations, Officer, Share
from server.forecast.learner import Learner
from server.forecast.visits import Desk, Step, Visit
from server.forecast.watch import Lesson

#: Changed whenever a state means something else: one of another version is learned anew.
VERSION: Final = 2


class OtherVersion(Exception):
    """The state was kept by another version, or is none; it has to be rebuilt from the log."""


def dumps(learner: Learner) -> bytes:
    """The state without the branch's configuration, which the log and the database have."""
    d, a, c, hall = learner.durations, learner.arrivals, learner.calibration, learner.watch.hall
    document = {
        "version": VERSION,
        "branch": learner.catalogue.branch,
        "seq": learner.seq,
        "day": learner.day,
        "skipped": sorted(learner.skipped.items()),
        "visits": sorted(hall.visits.items()),
        "desks": sorted(hall.desks.items()),
        "steps": list(hall.steps),
        "pending": list(learner.watch.pending),
        "services": sorted((s, list(one.values)) for s, one in d.services.items()),
        "simple": [list(one.values) for one in (d.walk, d.gap, d.no_show, d.pause)],
        "officers": sorted(d.officers.items()),
        "recent": list(d.recent),
        "lates": list(d.lates),
        "absences": sorted(d.absences.items()),
        "transfers": d.transfers,
        "rests": d.rests,
        "wanted": sorted(d.wanted.items()),
        "arrivals": {
            "day": a.day,
            "today": sorted(a.today.items()),
            "sums": sorted(a.sums.items()),
            "days": sorted(a.days.items()),
            "classes": sorted(a.classes.items()),
        },
        "first_calls": c.first_calls,
        "errors": sorted((group, list(us)) for group, us in c.errors.items()),
    }
    return zlib.compress(msgspec.json.encode(document), 6)


def loads(state: bytes, catalogue: Catalogue) -> Learner:
    """The learner that `dumps` was given; `catalogue` is the branch as it is configured.

    Raises `OtherVersion` when the bytes are not a state of this version and branch.
    """
    try:
        document: dict[str, Any] = msgspec.json.decode(zlib.decompress(state))
        if (document["version"], document["branch"]) != (VERSION, catalogue.branch):
            raise OtherVersion(f"{document['version']} of {document['branch']}")
        return _learner(document, catalogue)
    except (zlib.error, msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise OtherVersion(str(error)) from error


def _learner(document: dict[str, Any], catalogue: Catalogue) -> Learner:
    learner = Learner(catalogue)
    learner.seq = document["seq"]
    learner.day = _day(document["day"])
    learner.skipped = Tally(dict(document["skipped"]))
    _fill_hall(learner, document)
    _fill_durations(learner.durations, document)
    kept = document["arrivals"]
    arrivals = learner.arrivals
    arrivals.day = _day(kept["day"])
    arrivals.today = {((s[0], s[1]), n): v for (s, n), v in kept["today"]}
    arrivals.sums = {((s[0], s[1]), n): v for (s, n), v in kept["sums"]}
    arrivals.days = dict(kept["days"])
    arrivals.classes = dict(kept["classes"])
    calibration = learner.calibration
    calibration.first_calls = document["first_calls"]
    for (is_priority, n), us in document["errors"]:
        calibration.errors[is_priority, n] = deque(us, maxlen=KEPT)
    return learner


def _fill_hall(learner: Learner, document: dict[str, Any]) -> None:
    hall = learner.watch.hall
    hall.visits = {t: _visit(v) for t, v in document["visits"]}
    hall.desks = {c: Desk(*d) for c, d in document["desks"]}
    hall.steps = deque(
        Step(at, seq, ticket, None if v is None else _visit(v), counter, Desk(*desk))
        for at, seq, ticket, v, counter, desk in document["steps"]
    )
    learner.watch.pending = deque(
        Lesson(at, seq, kind, tuple(tuple(w) if isinstance(w, list) else w for w in words))
        for at, seq, kind, words in document["pending"]
    )


def _fill_durations(durations: Durations, document: dict[str, Any]) -> None:
    for service, values in document["services"]:
        if service in durations.services:
            durations.services[service].values.extend(values)
    simple = (durations.walk, durations.gap, durations.no_show, durations.pause)
    for sample, values in zip(simple, document["simple"], strict=True):
        sample.values.extend(values)
    durations.officers = {name: Officer(*o) for name, o in document["officers"]}
    durations.recent.extend((at, x) for at, x in document["recent"])
    durations.lates.extend(document["lates"])
    durations.absences = {(s, n): Share(*v) for (s, n), v in document["absences"]}
    durations.transfers = Share(*document["transfers"])
    durations.rests = Share(*document["rests"])
    durations.wanted = dict(document["wanted"])


def _visit(fields: list[Any]) -> Visit:
    visit = Visit(*fields)
    return visit._replace(raw_s=tuple(visit.raw_s))


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
