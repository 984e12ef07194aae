"""One table of a branch file, read key by key with strict types.

A getter that meets a mistake notes it in the report and returns a harmless value, so that
reading goes on and the next mistake is found too.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from server.branchfile.problems import Path, Report
from server.branchfile.schema import CLOCK, ID_LENGTH, KEYS, LIMITS
from server.domain.text import Text

Choice = TypeVar("Choice", bound=StrEnum)

#: Control, format (zero-width, text direction), line and paragraph separators: unseen on paper
#: and on screen, yet able to break a printed slip or to make two equal names differ.
_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}


class Table:
    """A table of the file with its path; `section` names its row in `KEYS`."""

    def __init__(
        self, values: Mapping[str, object], path: Path, section: str, report: Report
    ) -> None:
        self.values = values
        self.path = path
        self.section = section
        self.report = report
        for key in values:
            if key not in KEYS[section]:
                self._unknown_key(key)

    def at(self, *parts: str | int) -> Path:
        """The path of something in this table."""
        return (*self.path, *parts)

    def has(self, key: str) -> bool:
        """Whether the file gives this key."""
        return key in self.values

    def example(self, key: str) -> str:
        """How the key is typed, for a fix."""
        value = KEYS[self.section][key]
        return (
            value
            if value.startswith(("[[", "[hours", "[policy", "[voice", "[alerts"))
            else f"{key} = {value}"
        )

    def text(self, key: str, default: str | None = None) -> str:
        """A line of text in NFC without blank ends; "" after a mistake."""
        value = self.values.get(key)
        if value is None:
            return self._missing(key) if default is None else default
        return self._line(value, self.at(key), self.example(key), blank=default == "")

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of lines of text, each once; () when the file gives none."""
        example = self.example(key)
        lines = [
            self._line(value, self.at(key, i), example) for i, value in enumerate(self.items(key))
        ]
        for i, line in enumerate(lines):
            if line and line in lines[:i]:
                self.report.add(
                    "duplicate",
                    self.at(key, i),
                    f"“{line}” được ghi hai lần",
                    "Hãy xóa một trong hai.",
                )
        return tuple(lines)

    def both(self, key: str, *, required: bool = True) -> Text:
        """A text in the product's languages: a string, or a table with `vi` and `en`."""
        if key not in self.values:
            return Text(vi=self._missing(key) if required else "")
        return self._both(self.values[key], self.at(key), self.example(key))

    def many_both(self, key: str) -> tuple[Text, ...]:
        """A list of texts in both languages."""
        example = self.example(key)
        return tuple(
            self._both(value, self.at(key, i), example) for i, value in enumerate(self.items(key))
        )

    def name(self, key: str, pattern: re.Pattern[str], form: str) -> str:
        """An id or code of a given form; returned as typed, so that references still find it."""
        value = self.text(key)
        if value and (not pattern.fullmatch(value) or len(value) > ID_LENGTH):
            self.report.add(
                "bad_id",
                self.at(key),
                f"“{value}” không dùng làm mã được",
                f"Mã gồm {form}, tối đa {ID_LENGTH} ký tự, ví dụ {self.example(key)}.",
            )
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number within its limits; the lowest one after a mistake."""
        value = self.values.get(key, default)
        if value is None:
            self._missing(key)
            return LIMITS[key][0]
        return self._whole(key, value, self.at(key))

    def wholes(self, key: str, limits: str) -> tuple[int, ...]:
        """A list of whole numbers within the limits of another key; () when the file gives none."""
        found: list[int] = []
        for i, value in self.numbered(key):
            if isinstance(value, bool) or not isinstance(value, int):
                self._wrong_type(self.at(key, i), "một số nguyên", self.example(key))
            elif value in found:
                self.report.add(
                    "duplicate", self.at(key, i), f"{value} được ghi hai lần",
                    "Hãy xóa một trong hai.",
                )  # fmt: skip
            else:
                found.append(self._whole(limits, value, self.at(key, i)))
        return tuple(found)

    def whole_pair(self, key: str, default: tuple[int, int]) -> tuple[int, int]:
        """Two whole numbers, the first below the second."""
        if key not in self.values:
            return default
        values = self.items(key)
        if len(values) != len(default):
            self._wrong_type(self.at(key), "hai số nguyên", self.example(key))
            return default
        first, second = (self._whole(key, v, self.at(key, i)) for i, v in enumerate(values))
        if first >= second:
            self.report.add(
                "pair_order",
                self.at(key),
                f"số thứ nhất ({first}) phải nhỏ hơn số thứ hai ({second})",
                f"Ví dụ {self.example(key)}.",
            )
        return first, second

    def decimal(self, key: str, default: float) -> float:
        """A positive number within its limits."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong_type(self.at(key), "một số", self.example(key))
            return default
        highest = LIMITS[key][1]
        if not (math.isfinite(value) and 0 < value <= highest):
            self.report.add(
                "out_of_range",
                self.at(key),
                f"giá trị {value} phải lớn hơn 0 và không quá {highest}",
                f"Ví dụ {self.example(key)}.",
            )
            return default
        return float(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false; `default` when the file does not say."""
        value = self.values.get(key, default)
        if isinstance(value, bool):
            return value
        self._wrong_type(self.at(key), "true hoặc false", self.example(key))
        return default

    def choice(self, key: str, default: Choice) -> Choice:
        """One value of a fixed list."""
        kind = type(default)
        value = self.text(key, default.value)
        if value in set(kind):
            return kind(value)
        if value:
            self.unknown_choice(self.at(key), value, tuple(kind))
        return default

    def unknown_choice(self, path: Path, value: str, choices: tuple[str, ...]) -> None:
        """Note that a word is not on a fixed list."""
        known = ", ".join(f'"{choice}"' for choice in choices)
        self.report.add(
            "unknown_choice", path, f"không có lựa chọn “{value}”", f"Hãy dùng một trong: {known}."
        )

    def clock(self, key: str) -> time | None:
        """A local time written "HH:MM"; None after a mistake."""
        value = self.values.get(key)
        if value is None:
            self._missing(key)
            return None
        found = CLOCK.fullmatch(value) if isinstance(value, str) else None
        if not found:
            self.report.add(
                "bad_time",
                self.at(key),
                f"“{value}” không phải giờ phút",
                f'Hãy viết giờ trong ngoặc kép, dạng "HH:MM", ví dụ {self.example(key)}.',
            )
            return None
        return time(int(found[1]), int(found[2]))

    def day(self, key: str) -> date | None:
        """A date; None after a mistake."""
        if key not in self.values:
            self._missing(key)
            return None
        return self._day(self.values[key], self.at(key))

    def days(self, key: str) -> list[tuple[Path, date]]:
        """A list of dates, each with its path."""
        found = [(self.at(key, i), self._day(v, self.at(key, i))) for i, v in self.numbered(key)]
        return [(path, day) for path, day in found if day is not None]

    def items(self, key: str) -> list[object]:
        """A list of anything; empty when the file gives none."""
        value = self.values.get(key, [])
        if isinstance(value, list):
            return value
        self._wrong_type(self.at(key), "một danh sách [ … ]", self.example(key))
        return []

    def numbered(self, key: str) -> list[tuple[int, object]]:
        """A list of anything, with positions."""
        return list(enumerate(self.items(key)))

    def table(self, key: str, *, required: bool) -> "Table":
        """A table below this one; an empty one stands in for a missing or wrong one."""
        value = self.values.get(key)
        if value is None and required:
            self._missing(key)
        elif value is not None and not isinstance(value, dict):
            self._wrong_type(self.at(key), "một bảng", self.example(key))
        return Table(
            value if isinstance(value, dict) else {}, self.at(key), self._below(key), self.report
        )

    def tables(self, key: str, *, required: bool) -> list["Table"]:
        """The tables of a list; what is no table is noted and left out."""
        if required and self.values.get(key, []) == []:
            self._missing(key)
        tables: list[Table] = []
        for i, value in self.numbered(key):
            if isinstance(value, dict):
                tables.append(Table(value, self.at(key, i), self._below(key), self.report))
            else:
                self._wrong_type(self.at(key, i), "một bảng", self.example(key))
        return tables

    def _below(self, key: str) -> str:
        return f"{self.section}.{key}" if self.section else key

    def _both(self, value: object, path: Path, example: str) -> Text:
        if not isinstance(value, dict):
            return Text(vi=self._line(value, path, example))
        table = Table(value, path, "text", self.report)
        return Text(vi=table.text("vi"), en=table.text("en", ""))

    def _line(self, value: object, path: Path, example: str, *, blank: bool = False) -> str:
        if not isinstance(value, str):
            self._wrong_type(path, "chữ trong ngoặc kép", example)
            return ""
        # Composed and decomposed Vietnamese look the same in an editor; the product keeps one.
        line = unicodedata.normalize("NFC", value).strip()
        unseen = [char for char in line if unicodedata.category(char) in _UNSEEN]
        if unseen:
            self.report.add(
                "control_character",
                path,
                f"có ký tự điều khiển U+{ord(unseen[0]):04X}",
                "Hãy xóa ký tự đó và viết nội dung trên một dòng.",
            )
        elif not line and not blank:
            self.report.add("empty_text", path, "nội dung trống", f"Ví dụ {example}.")
        return line

    def _whole(self, key: str, value: object, path: Path) -> int:
        lowest, highest = LIMITS[key]
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong_type(path, "một số nguyên", self.example(key))
            return lowest
        if not lowest <= value <= highest:
            self.report.add(
                "out_of_range",
                path,
                f"giá trị {value} phải từ {lowest} đến {highest}",
                f"Ví dụ {self.example(key)}.",
            )
            return lowest
        return value

    def _day(self, value: object, path: Path) -> date | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self._wrong_type(path, "một ngày dạng năm-tháng-ngày, không có ngoặc kép", "2027-01-02")
        return None

    def _missing(self, key: str) -> str:
        self.report.add(
            "missing_key", self.at(key), f"thiếu “{key}”", f"Hãy thêm: {self.example(key)}."
        )
        return ""

    def _wrong_type(self, path: Path, expected: str, example: str) -> None:
        self.report.add("wrong_type", path, f"giá trị phải là {expected}", f"Ví dụ {example}.")

    def _unknown_key(self, key: str) -> None:
        known = KEYS[self.section]
        near = get_close_matches(key, known, 1)
        fix = f"Hãy sửa thành “{near[0]}”." if near else "Hãy xóa khóa này."
        self.report.add(
            "unknown_key",
            self.at(key),
            f"không có khóa “{key}”",
            f"{fix} Các khóa dùng được: {', '.join(known)}.",
        )
