"""What the calls about the roster take and give."""

from datetime import date, time
from typing import Annotated, Any

from msgspec import Meta, Struct

from server.api.schemas import Body
from server.domain.shifts import Shift

#: A local time, `HH:MM`.
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class ShiftBody(Body):
    """A counter's planned opening: weekly on `weekdays` (0 = Monday), or `on` one date.

    Local hours; without them, and `on` a date, the counter stays closed on it.
    """

    counter: str
    officer: str = ""
    weekdays: tuple[int, ...] = ()
    on: date | None = None
    since: date | None = None
    until: date | None = None
    opens: Clock | None = None
    closes: Clock | None = None
    covers_break: bool = False


class RosterBody(Body):
    """The whole roster. `base` is the `version` it was made from; 0 = whichever is in force."""

    shifts: list[ShiftBody]
    base: int = 0


class AbsenceBody(Body):
    """Nobody opens the counter today, or on `business_date`: all day, or for some local hours.

    `reason` is leave, duty, training, other or empty.
    """

    counter: str
    business_date: date | None = None
    officer: str = ""
    since: Clock | None = None
    until: Clock | None = None
    reason: str = ""


class NoAbsenceBody(Body):
    """The counter is there after all, today or on `business_date`."""

    counter: str
    business_date: date | None = None


class ShiftRow(Struct):
    """A shift as it stands in the roster, with its counter's number."""

    counter: str
    number: int
    officer: str
    weekdays: list[int]
    on: str | None
    since: str | None
    until: str | None
    opens: str | None
    closes: str | None
    covers_break: bool


class PlannedRow(Struct):
    """A stretch in which a counter is planned to be open, absences apart; local time."""

    date: str
    counter: str
    number: int
    officer: str
    opens: str
    closes: str


class AbsenceRow(Struct):
    """An absence that stands; without hours it is for all day."""

    counter: str
    number: int
    date: str
    officer: str
    since: str | None
    until: str | None
    reason: str


class Roster(Struct):
    """The roster in force, what it plans for the days asked for, and who is absent from today on."""

    version: int
    shifts: list[ShiftRow]
    planned: list[PlannedRow]
    absences: list[AbsenceRow]


class RosterDone(Struct):
    """The last `seq` of the branch's log after the call."""

    seq: int


def shift_of(body: ShiftBody) -> Shift:
    """The shift that a body describes."""
    return Shift(**values_of(body, "opens", "closes"))


def values_of(body: Body, *clocks: str) -> dict[str, Any]:
    """The fields of a body by name, those of `clocks` as local times."""
    values = {name: getattr(body, name) for name in body.__struct_fields__}
    times = {name: time.fromisoformat(values[name]) for name in clocks if values[name]}
    return values | times
