"""What a branch says in the hall: read and judged when the file is applied, never at a call."""

import re
from difflib import get_close_matches
from typing import Final

from server.branchfile.table import Table
from server.domain.announcements import (
    ALWAYS_SPOKEN,
    BEFORE_COUNTER,
    OPTIONAL,
    REQUIRED,
    SPOKEN,
    Sentence,
    variables_of,
)
from server.domain.hall import Voice
from server.domain.slip_template import has_stray_brace
from server.domain.text import Text

LANGUAGES: Final = ("vi", "en")
#: Letters of one sentence: about twenty seconds.
LONGEST: Final = 250

_COUNTER: Final = re.compile(r"(?<!" + BEFORE_COUNTER + r" )\{counter\}", re.IGNORECASE)


def read_voice(top: Table) -> Voice:
    """The `[voice]` of a file; the usual one when the file leaves it out."""
    if not top.has("voice"):
        return Voice()
    table = top.table("voice", required=True)
    languages = _languages(table)
    sentences = tuple(
        (kind.value, _sentence(table, kind, languages)) for kind in Sentence if table.has(kind)
    )
    return Voice(
        languages=languages,
        sentences=sentences,
        speaks=_speaks(table),
        closing_minutes=table.whole("closing_minutes", Voice().closing_minutes),
    )


def _speaks(table: Table) -> tuple[str, ...]:
    """What is spoken, in the usual order, so that another order is no change."""
    if not table.has("speaks"):
        return Voice().speaks
    kinds = table.texts("speaks")
    for i, kind in enumerate(kinds):
        if kind and kind not in SPOKEN:
            table.unknown_choice(table.at("speaks", i), kind, SPOKEN)
    for kind in ALWAYS_SPOKEN:
        if kind not in kinds:
            table.report.add(
                "always_spoken",
                table.at("speaks"),
                f"thiếu “{kind}”: câu này luôn phải đọc",
                f"Hãy thêm “{kind}” vào speaks.",
            )
    return tuple(kind for kind in SPOKEN if kind in kinds)


def _languages(table: Table) -> tuple[str, ...]:
    if not table.has("languages"):
        return Voice().languages
    languages = table.texts("languages")
    for i, language in enumerate(languages):
        if language and language not in LANGUAGES:
            table.unknown_choice(table.at("languages", i), language, LANGUAGES)
    if not table.items("languages"):
        table.report.add(
            "missing_key",
            table.at("languages"),
            "“languages” cần ít nhất một mục",
            f"Hãy thêm: {table.example('languages')}.",
        )
    return languages


def _sentence(table: Table, kind: Sentence, languages: tuple[str, ...]) -> Text:
    text = table.both(kind)
    if "en" in languages and text.vi and not text.en:
        table.report.add(
            "english_missing",
            table.at(kind),
            "thiếu câu tiếng Anh, trong khi languages có “en”",
            f"Hãy viết cả hai: {table.example(kind)}.",
        )
    for said in (text.vi, text.en):
        if said:
            _judge(table, kind, said)
    if _COUNTER.search(text.vi):
        table.report.add(
            "counter_without_words",
            table.at(kind),
            f"“{{counter}}” phải đứng ngay sau “{BEFORE_COUNTER}”",
            f"Hãy viết “{BEFORE_COUNTER} {{counter}}”: số năm đọc riêng nghe như năm tháng.",
        )
    return text


def _judge(table: Table, kind: Sentence, said: str) -> None:
    path = table.at(kind)
    usable = (*REQUIRED[kind], *OPTIONAL.get(kind, ()))
    names = variables_of(said)
    for name in names:
        if name not in usable:
            near = get_close_matches(name, usable, 1)
            fix = f"Hãy sửa thành “{{{near[0]}}}”." if near else "Hãy xóa biến này."
            table.report.add(
                "unknown_variable",
                path,
                f"không có biến “{{{name}}}”",
                f"{fix} Các biến dùng được: {_listed(usable)}.",
            )
    for name in REQUIRED[kind]:
        if name not in names:
            table.report.add(
                "variable_missing",
                path,
                f"thiếu biến “{{{name}}}”",
                f"Ví dụ {table.example(kind)}.",
            )
    if has_stray_brace(said):
        table.report.add(
            "stray_brace",
            path,
            "có dấu ngoặc nhọn lẻ",
            "Hãy viết biến trong một cặp ngoặc, hoặc xóa dấu ngoặc.",
        )
    if found := re.search(r"\d+", said):
        table.report.add(
            "digits_in_sentence",
            path,
            f"có chữ số “{found[0]}”",
            "Hãy viết số bằng chữ, như khi đọc.",
        )
    if len(said) > LONGEST:
        table.report.add(
            "too_long_to_say",
            path,
            f"dài {len(said)} ký tự, một câu đọc tối đa {LONGEST}",
            "Hãy viết ngắn lại.",
        )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"{{{name}}}" for name in names) or "không có"
