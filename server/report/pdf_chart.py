"""A chart of a report on paper: bars over hours or days, the target as a dashed line."""

from math import ceil
from typing import Any, Final

from reportlab.lib.colors import HexColor, white
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable
from typing_extensions import override

from server.report.document import Chart
from server.report.words import Words

_INK: Final = HexColor("#14213D")
_QUIET: Final = HexColor("#46536B")
_GRID: Final = HexColor("#D5DCE8")
_TARGET: Final = HexColor("#C01F26")
#: Dark and pale: they are told apart in grey as well.
_BARS: Final = (HexColor("#1E5099"), HexColor("#A9C2E4"))
_LEFT, _BOTTOM, _TOP = 26.0, 26.0, 14.0
_STEPS: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
#: Few bars stay bars.
_WIDEST: Final = 42.0
_LEAST_LABEL: Final = 24.0
_ROOM_FOR_VALUE: Final = 17.0


class BarChart(Flowable):  # type: ignore[misc]
    """Drawn at the width it is given."""

    def __init__(self, chart: Chart, words: Words, font: str, height: float = 150.0) -> None:
        super().__init__()
        self._chart, self._words, self._font, self._height = chart, words, font, height
        self._width = 0.0

    @override
    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """As wide as the page."""
        self._width = width
        return width, self._height

    @override
    def draw(self) -> None:
        """Draw scale, bars, target and legend."""
        chart = self._chart
        values = [v for series in chart.series for v in series.values if v is not None]
        top = _round_up(max([*values, chart.target or 0, 1]))
        base, high = _BOTTOM, self._height - _TOP
        self._scale(top, base, high)
        if chart.target is not None:
            self._target(base + (high - base) * chart.target / top)
        self._bars(top, base, high)
        self._legend()

    def _text(self, x: float, y: float, text: str, size: float = 7, align: str = "left") -> None:
        canvas: Any = self.canv
        canvas.setFont(self._font, size)
        {"left": canvas.drawString, "right": canvas.drawRightString,
         "centre": canvas.drawCentredString}[align](x, y, text)  # fmt: skip

    def _scale(self, top: float, base: float, high: float) -> None:
        canvas: Any = self.canv
        canvas.setLineWidth(0.5)
        for i in range(5):
            value, y = top * i / 4, base + (high - base) * i / 4
            canvas.setStrokeColor(_QUIET if i == 0 else _GRID)
            canvas.line(_LEFT, y, self._width, y)
            canvas.setFillColor(_QUIET)
            decimals = 0 if float(value).is_integer() else 1
            self._text(_LEFT - 4, y - 2.5, self._words.number(value, decimals), align="right")

    def _bars(self, top: float, base: float, high: float) -> None:
        canvas: Any = self.canv
        chart = self._chart
        room = (self._width - _LEFT) / max(1, len(chart.labels))
        wide = min(room * 0.72 / len(chart.series), _WIDEST)
        values = [v for series in chart.series for v in series.values if v is not None]
        decimals = 0 if all(float(v).is_integer() for v in values) else 1
        each = ceil(_LEAST_LABEL / room)
        for i, label in enumerate(chart.labels):
            x = _LEFT + room * i
            for n, series in enumerate(chart.series):
                value = series.values[i]
                if value is None:
                    continue
                tall = (high - base) * value / top
                left = x + (room - wide * len(chart.series)) / 2 + n * wide
                canvas.setFillColor(_BARS[n % 2])
                canvas.rect(left, base, max(0.5, wide - 1), tall, stroke=0, fill=1)
                if wide >= _ROOM_FOR_VALUE:
                    said = self._words.number(value, decimals)
                    self._label(left + wide / 2, base + tall + 2, said)
            if i % each == 0:
                canvas.setFillColor(_QUIET)
                self._text(x + room / 2, base - 10, label, align="centre")

    def _label(self, x: float, y: float, said: str) -> None:
        """A value over its bar, readable across a line."""
        canvas: Any = self.canv
        wide = stringWidth(said, self._font, 6.5)
        canvas.setFillColor(white)
        canvas.rect(x - wide / 2 - 0.5, y - 1, wide + 1, 7, stroke=0, fill=1)
        canvas.setFillColor(_INK)
        self._text(x, y, said, 6.5, "centre")

    def _target(self, y: float) -> None:
        canvas: Any = self.canv
        canvas.setStrokeColor(_TARGET)
        canvas.setLineWidth(1.2)
        canvas.setDash(4, 2)
        canvas.line(_LEFT, y, self._width, y)
        canvas.setDash()

    def _legend(self) -> None:
        canvas: Any = self.canv
        x, y = _LEFT, 3.0
        for n, series in enumerate(self._chart.series):
            canvas.setFillColor(_BARS[n % 2])
            canvas.rect(x, y, 8, 6, stroke=0, fill=1)
            canvas.setFillColor(_INK)
            self._text(x + 12, y, series.name, 7.5)
            x += 28 + stringWidth(series.name, self._font, 7.5)
        if self._chart.target is not None:
            canvas.setStrokeColor(_TARGET)
            canvas.setLineWidth(1.2)
            canvas.setDash(4, 2)
            canvas.line(x, y + 3, x + 16, y + 3)
            canvas.setDash()
            canvas.setFillColor(_INK)
            self._text(x + 20, y, self._chart.target_name, 7.5)
        canvas.setFillColor(_QUIET)
        unit = self._chart.unit + (f" · {self._chart.axis}" if self._chart.axis else "")
        self._text(self._width, y, unit, 7.5, "right")


def _round_up(value: float) -> float:
    """The end of a scale of four equal steps that holds `value` with some air."""
    wanted = value * 1.08 / 4
    power = 0
    while True:
        for step in _STEPS:
            if step * 10**power >= wanted:
                return float(4 * step * 10**power)
        power += 1
