"""Commands about the branch as a whole: notices, alerts, the roster, the end of the day."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from server.domain.command import Command
from server.domain.ids import CounterId
from server.domain.shifts import Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNotice(Command):
    """Words on the walls; an emergency takes every wall at once, with its own sound.

    `aloud`: walls also speak them, once. An emergency has its own sentence instead.
    """

    text_vi: str
    text_en: str = ""
    until: datetime | None = None
    emergency: bool = False
    aloud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawNotice(Command):
    """Take down the notice that was posted by the event `notice`."""

    notice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAlert(Command):
    """What the rules found; told again while its alert stands, or soon after, it changes nothing."""

    rule: str
    subject: str
    level: str
    since: datetime
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlert(Command):
    """Somebody sees to the alert raised at `alert`; `by` is said by the connection."""

    alert: int
    word: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearAlert(Command):
    """The cause of an alert is gone."""

    alert: int
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareAbsence(Command):
    """Nobody will open the counter today, or on `business_date`; hours are local, None = all day."""

    counter: CounterId
    business_date: date | None = None
    officer: str = ""
    since: time | None = None
    until: time | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAbsence(Command):
    """The counter is there after all."""

    counter: CounterId
    business_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRoster(Command):
    """Put a roster in force: `shifts` in the place of the whole one, else the present one changed.

    `base` is the version of the catalogue that it was made from; 0 = whichever is in force.
    """

    shifts: tuple[Shift, ...] | None = None
    add: tuple[Shift, ...] = ()
    drop: tuple[Shift, ...] = ()
    base: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy(Command):
    """Bring a calling policy into force: at once, or on a day.

    `effective` is `now`, `next_opening` or a date (its first opening). `base` is the version that the
    caller knew to be in force: another one since then is a refusal. `restores` is the version whose
    content it is, for a step back. `by` is said by the connection.
    """

    policy: dict[str, Any]
    base: int
    effective: str = "next_opening"
    note: str = ""
    restores: int | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPolicy(Command):
    """Do not publish what was put down for later at the event `scheduled`."""

    scheduled: int
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDay(Command):
    """End the business day.

    `waiting` says what becomes of those who still wait, where the policy asks: `close` or
    `carry_over`.
    """

    waiting: str = ""
