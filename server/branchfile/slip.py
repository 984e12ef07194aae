"""The lines of a branch's slip: read and judged when the file is applied, never when it prints."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, Protocol

from server.branchfile.problems import Path
from server.branchfile.table import Table
from server.domain.catalogue import Procedure, Service, SlipLine, SlipSize, SlipWeight
from server.domain.ids import ServiceId
from server.domain.slip_template import (
    ALONE,
    MANDATORY,
    RULE,
    VARIABLES,
    has_stray_brace,
    variables_of,
)
from server.domain.text import Text

#: Characters of one text on paper: ten rows of the narrowest slip.
LONGEST_TEXT: Final = 250
#: Lines of one slip, and characters of all their texts: about 40 cm of paper.
MOST_LINES: Final = 30
MOST_WORDS: Final = 1_500
#: Characters of a procedure's papers together.
MOST_PAPERS: Final = 3_000

Lines = list[tuple[Table, SlipLine]]


class Draft(Protocol):
    """What is looked at here of the draft of a file."""

    @property
    def top(self) -> Table: ...
    @property
    def name(self) -> Text: ...
    @property
    def address(self) -> str: ...
    @property
    def is_demo(self) -> bool: ...
    @property
    def services(self) -> Sequence[tuple[Table, Service]]: ...
    @property
    def procedures(self) -> Sequence[tuple[Table, Procedure]]: ...
    @property
    def slip(self) -> Lines: ...


def read_slip(top: Table) -> Lines:
    """The lines of `[slip]`; none when the file leaves it out."""
    if not top.has("slip"):
        return []
    tables = top.table("slip", required=True).tables("lines", required=True)
    return [(table, _line(table)) for table in tables]


def _line(table: Table) -> SlipLine:
    return SlipLine(
        text=table.both("text"),
        label=table.both("label", required=False),
        size=table.choice("size", SlipSize.NORMAL),
        weight=table.choice("weight", SlipWeight.REGULAR),
        services=tuple(ServiceId(service) for service in table.texts("services")),
        after=table.clock("after") if table.has("after") else None,
    )


def check_slip(draft: Draft) -> None:
    """Note what would be wrong on paper: in the lines, and in the names that stand in them."""
    _names(draft)
    if not draft.slip:
        return
    for table, line in draft.slip:
        _variables(table, line)
        _alone(table, line)
        _style(table, line)
        for key, text in (("text", line.text), ("label", line.label)):
            _length(table, table.at(key), max(text.vi, text.en, key=len))
    _once(draft)
    _complete(draft)
    _whole_length(draft)


def _names(draft: Draft) -> None:
    """A name of a thousand letters would make a metre of paper."""
    _length(draft.top, draft.top.at("name"), max(draft.name.vi, draft.name.en, key=len))
    _length(draft.top, draft.top.at("address"), draft.address)
    names = [(table, item.name) for table, item in draft.services]
    names += [(table, item.name) for table, item in draft.procedures]
    for table, name in names:
        _length(table, table.at("name"), max(name.vi, name.en, key=len))
    for table, procedure in draft.procedures:
        for i, paper in enumerate(procedure.papers):
            _length(table, table.at("papers", i), paper)
        _length(table, table.at("papers"), "".join(procedure.papers), MOST_PAPERS)


def _length(table: Table, path: Path, text: str, longest: int = LONGEST_TEXT) -> None:
    if len(text) > longest:
        table.report.add(
            "too_long_on_paper",
            path,
            f"dài {len(text)} ký tự, trên phiếu in tối đa {longest}",
            "Hãy viết ngắn lại.",
        )


def _variables(table: Table, line: SlipLine) -> None:
    for text in (line.text.vi, line.text.en):
        for name in variables_of(text):
            if name not in VARIABLES:
                _unknown(table, name)
        if has_stray_brace(text):
            table.report.add(
                "stray_brace",
                table.at("text"),
                "có dấu ngoặc nhọn lẻ",
                "Hãy viết biến trong một cặp ngoặc, ví dụ {number}, hoặc xóa dấu ngoặc.",
            )
    if variables_of(line.label.vi + line.label.en) or has_stray_brace(
        line.label.vi + line.label.en
    ):
        table.report.add(
            "variable_in_label",
            table.at("label"),
            "label không nhận biến",
            "Hãy chuyển biến sang text.",
        )
    in_vi, in_en = (sorted(variables_of(t)) for t in (line.text.vi, line.text.en))
    if line.text.en and in_vi != in_en:
        table.report.add(
            "languages_differ",
            table.at("text"),
            "bản tiếng Việt và bản tiếng Anh không có cùng các biến",
            f"Hãy dùng trong cả hai: {_listed(in_vi) or 'không biến nào'}.",
        )


def _unknown(table: Table, name: str) -> None:
    near = get_close_matches(name, VARIABLES, 1)
    fix = f"Hãy sửa thành “{{{near[0]}}}”." if near else "Hãy xóa biến này."
    table.report.add(
        "unknown_variable",
        table.at("text"),
        f"không có biến “{{{name}}}”",
        f"{fix} Các biến dùng được: {_listed(VARIABLES)}.",
    )


def _listed(names: Sequence[str] | dict[str, str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _alone(table: Table, line: SlipLine) -> None:
    for name in ALONE:
        texts = [text for text in (line.text.vi, line.text.en) if name in variables_of(text)]
        if any(text != f"{{{name}}}" for text in texts):
            table.report.add(
                "not_alone",
                table.at("text"),
                f"“{{{name}}}” phải đứng một mình trên dòng",
                f'Hãy viết text = "{{{name}}}" và đưa chữ khác vào label hoặc dòng riêng.',
            )


def _style(table: Table, line: SlipLine) -> None:
    """Styles that would be silently without effect are refused."""
    fixed = next((text for text in ("{number}", "{qr}", RULE) if line.text.vi == text), "")
    needless = [key for key in ("size", "weight") if fixed and table.has(key)]
    if line.text.vi == RULE and table.has("label"):
        needless.append("label")
    for key in needless:
        table.report.add(
            "needless_style",
            table.at(key),
            f"“{key}” không có nghĩa với dòng “{fixed}”",
            f"Hãy xóa {key}.",
        )
    if line.weight is SlipWeight.INVERSE and (line.label.vi or "papers" in line.text.vi):
        table.report.add(
            "needless_style",
            table.at("weight"),
            'weight = "inverse" chỉ dùng cho dòng chữ không có label',
            'Hãy xóa label, hoặc viết weight = "bold".',
        )


def _once(draft: Draft) -> None:
    seen: dict[str, Path] = {}
    for table, line in draft.slip:
        for name in variables_of(line.text.vi):
            if name not in (*MANDATORY, *ALONE) or line.services or line.after:
                continue
            if name in seen:
                table.report.add(
                    "duplicate",
                    table.at("text"),
                    f"“{{{name}}}” đã có ở dòng {table.report.line(seen[name])}",
                    "Hãy xóa một trong hai dòng.",
                )
            seen.setdefault(name, table.at("text"))


def _complete(draft: Draft) -> None:
    """What must be on every slip stands in a line without condition."""
    always = {
        name
        for _, line in draft.slip
        if not line.services and line.after is None
        for name in variables_of(line.text.vi)
    }
    for name in (*MANDATORY, *(("demo",) if draft.is_demo else ())):
        if name not in always:
            draft.top.report.add(
                "slip_part_missing",
                draft.top.at("slip"),
                f"phiếu thiếu “{{{name}}}”: {VARIABLES[name]}",
                f'Hãy thêm một dòng không điều kiện: [[slip.lines]] text = "{{{name}}}".',
            )


def _whole_length(draft: Draft) -> None:
    words = sum(
        max(len(line.text.vi + line.label.vi), len(line.text.en + line.label.en))
        for _, line in draft.slip
    )
    if len(draft.slip) > MOST_LINES or words > MOST_WORDS:
        draft.top.report.add(
            "slip_too_long",
            draft.top.at("slip"),
            f"phiếu có {len(draft.slip)} dòng, {words} ký tự",
            f"Hãy giữ tối đa {MOST_LINES} dòng và {MOST_WORDS} ký tự.",
        )
