"""The roster, and who is not there: declared, taken back, put in force as a whole."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from server import codec
from server.domain import absences, errors, roster, shifts
from server.domain import commands as cmd
from server.domain import events as ev
from server.domain.ids import CounterId
from server.domain.shifts import Shift
from server.handlers.shared import Decision, Fact, Log, find_counter

#: Shifts that ended so long ago leave the roster: earlier catalogues in the log keep them.
KEPT: Final = timedelta(days=60)
#: More than 99 counters with two shifts for each day of two months is no roster of one branch.
MOST_SHIFTS: Final = 10_000
_NAME_MAX: Final = 120


def declare_absence(command: cmd.DeclareAbsence, log: Log) -> Decision:
    """Today or within the next 60 days; said twice, it counts once."""
    counter, _ = find_counter(log, command.counter)
    day = _day(command.business_date, log)
    if command.reason not in absences.REASONS:
        raise errors.BadValue(field="reason", problem=", ".join(absences.REASONS[1:]))
    if command.since and command.until and command.since >= command.until:
        raise errors.BadValue(
            field="since", problem=f"{command.since:%H:%M} >= {command.until:%H:%M}"
        )
    officer = _name(command.officer) or _planned(log, counter.id, day)
    event = ev.AbsenceDeclared(
        counter=counter.id,
        business_date=day,
        officer=officer,
        since=command.since,
        until=command.until,
        reason=command.reason,
    )
    known = log.absence(counter.id, day)
    if known and known.stands and known == absences.evolve(known, event, known.declared_at):
        return Decision([])
    return Decision([(None, event)])


def _planned(log: Log, counter: CounterId, day: date) -> str:
    """Whom the roster names; the names of a day with several."""
    stretches = roster.stretches(log.catalogue, counter, day)
    return ", ".join(dict.fromkeys(s.officer for s in stretches if s.officer))[:_NAME_MAX]


def withdraw_absence(command: cmd.WithdrawAbsence, log: Log) -> Decision:
    """Also of an absence that nobody declared: then there is nothing to do."""
    counter, _ = find_counter(log, command.counter)
    return Decision(_withdrawn(log, counter.id, _day(command.business_date, log)))


def there_after_all(log: Log, counter: CounterId) -> list[Fact]:
    """Whoever opens a counter says so that it is there: an absence that is under way is over."""
    known = log.absence(counter, log.business_date)
    if known is None or not known.stands:
        return []
    since, until = (datetime.combine(log.business_date, at, log.zone) for at in known.hours)
    return _withdrawn(log, counter, log.business_date) if since <= log.now < until else []


def _withdrawn(log: Log, counter: CounterId, day: date) -> list[Fact]:
    known = log.absence(counter, day)
    if known is None or not known.stands:
        return []
    return [(None, ev.AbsenceWithdrawn(counter=counter, business_date=day))]


def _day(wanted: date | None, log: Log) -> date:
    """The day meant. Raises `BadValue` for the past, and for what is too far ahead."""
    day = wanted or log.business_date
    last = log.business_date + timedelta(days=absences.MOST_DAYS_AHEAD)
    if not log.business_date <= day <= last:
        raise errors.BadValue(field="business_date", problem=f"{log.business_date} - {last}")
    return day


def publish(command: cmd.PublishRoster, log: Log) -> Decision:
    """The roster anew: refused with what is wrong in it, or when it is another by now."""
    if command.base and command.base != log.catalogue.version:
        raise errors.RosterChanged(version=log.catalogue.version)
    asked = command.shifts
    if asked is None:
        if not {*command.drop} <= {*log.catalogue.roster}:
            raise errors.RosterChanged(version=log.catalogue.version)
        asked = changed(log.catalogue.roster, command.add, command.drop)
    if len(asked) > MOST_SHIFTS:
        raise errors.BadValue(field="shifts", problem=f"<= {MOST_SHIFTS}")
    wanted = settled(asked, log.business_date)
    refuse(wanted, tuple(counter.id for counter in log.catalogue.counters))
    if wanted == settled(log.catalogue.roster, log.business_date):
        return Decision([])
    version = log.catalogue.version + 1
    document = codec.catalogue_document(replace(log.catalogue, roster=wanted, version=version))
    return Decision([(None, ev.CatalogueChanged(version=version, catalogue=document))])


def changed(
    present: tuple[Shift, ...], add: tuple[Shift, ...], drop: tuple[Shift, ...]
) -> tuple[Shift, ...]:
    """A roster without some of its shifts, and with others."""
    return (*(shift for shift in present if shift not in drop), *add)


def refuse(wanted: tuple[Shift, ...], known: tuple[CounterId, ...]) -> None:
    """Raise `RosterRefused` with the first mistake of a roster."""
    for mistake in shifts.mistakes(wanted, known):
        shift = wanted[mistake.place]
        number = shift.counter.rpartition("-")[2][:20]
        raise errors.RosterRefused(place=mistake.place + 1, counter=number, mistake=mistake.code)


def settled(wanted: tuple[Shift, ...], today: date) -> tuple[Shift, ...]:
    """The shifts as they are kept: names in one form, each once, what is long over left out."""
    first = today - KEPT
    kept = (
        replace(
            shift,
            officer=_name(shift.officer),
            weekdays=tuple(sorted({*shift.weekdays})),
        )
        for shift in wanted
        if (shift.on or shift.until or today) >= first
    )
    return tuple(dict.fromkeys(kept))


def _name(written: str) -> str:
    """A name on one line, without what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in written).split())[:_NAME_MAX]
