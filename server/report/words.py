"""Numbers, dates and periods as a Vietnamese or an English reader writes them. Pure."""

from datetime import date, datetime
from typing import Any, Final

from server.domain.report_periods import Kind, Period
from server.report.document import Cell, Value
from server.text import sentence

NOTHING: Final = "–"  # noqa: RUF001 - the dash of an empty cell


class Words:
    """One language's way to say things."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, key: str, **facts: object) -> str:
        """The sentence under `key`."""
        return sentence(key, self.language, facts, screen="manager")

    def number(self, value: float, decimals: int = 0) -> str:
        """1.234,5 or 1,234.5."""
        text = f"{value:,.{decimals}f}"
        if self.language == "vi":
            text = text.translate(str.maketrans(",.", ".,"))
        return text.replace("-", "−")  # noqa: RUF001 - a minus sign, not a hyphen

    def share(self, value: float | None, decimals: int = 1) -> str:
        """A share in percent."""
        if value is None:
            return self.say("report.too_few")
        text = self.number(100 * value, decimals)
        return f"{text}%"

    def minutes(self, seconds: float | None) -> str:
        """Seconds as minutes in words."""
        if seconds is None:
            return self.say("report.too_few")
        return self.say("report.minutes", minutes=self.number(seconds / 60, 1))

    def date(self, day: date) -> str:
        """24/11/2026 or 24 Nov 2026."""
        if self.language == "vi":
            return f"{day:%d/%m/%Y}"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def instant(self, at: datetime) -> str:
        """Hours, minutes and the day."""
        return f"{at:%H:%M} {self.date(at.date())}"

    def period(self, period: Period) -> str:
        """The period in words, as it stands in a sentence."""
        day = period.start
        facts: dict[str, Any] = {
            "day": self.date(day),
            "from": self.date(period.start),
            "to": self.date(period.end),
            "week": day.isocalendar().week,
            "month": day.month if self.language == "vi" else _MONTHS[day.month - 1],
            "quarter": ("I", "II", "III", "IV")[(day.month - 1) // 3],
            "year": day.isocalendar().year if period.kind is Kind.WEEK else day.year,
        }
        return self.say(f"report.period_{period.kind.value}", **facts)

    def group(self, by: str, key: str) -> str:
        """The label of a group of the calendar, short enough for an axis."""
        match by:
            case "hour":
                return f"{int(key)}h"
            case "day":
                return f"{date.fromisoformat(key):%d/%m}"
            case "week":
                return f"{date.fromisoformat(key):%d/%m}"
            case _:
                if self.language == "vi":
                    return f"{key[5:7]}/{key[:4]}"
                return f"{_MONTHS[int(key[5:7]) - 1]} {key[:4]}"

    def cell(self, kind: Cell, value: Value) -> str:
        """A value as it stands in a table on paper."""
        if value is None:
            return NOTHING
        if isinstance(value, date):
            return self.date(value)
        if isinstance(value, str):
            return value
        match kind:
            case Cell.SHARE:
                return f"{self.number(100 * value, 1)}%"
            case Cell.MINUTES | Cell.HOURS:
                return self.number(value, 1)
            case _:
                return self.number(value)

    def change(
        self, now: float, before: float, unit: str, decimals: int = 0, *, in_percent: bool = False
    ) -> str:
        """How a value stands to that of the period before, as the end of a sentence."""
        difference = round(now, decimals) - round(before, decimals)
        was = self.number(before, decimals)
        facts = {
            "before": f"{was}%" if in_percent else f"{was} {unit}",
            "by": self.number(abs(difference), decimals),
            "unit": unit,
        }
        if abs(difference) < 0.5 * 10**-decimals:
            return self.say("report.as_before", **facts)
        key = "report.more_than_before" if difference > 0 else "report.less_than_before"
        return self.say(key, **facts)


_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
