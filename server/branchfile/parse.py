"""Text of a branch file → catalogue, or every mistake at once."""

import re
import tomllib
import unicodedata
from pathlib import Path

from server.branchfile.check import check as check_draft
from server.branchfile.draft import read
from server.branchfile.lines import line_index
from server.branchfile.problems import BranchFileError, Problem, Report
from server.branchfile.table import Table
from server.branchfile.write import dumps
from server.domain.catalogue import Catalogue

#: The parser's reasons in the administrator's language; others are quoted as they are.
_REASONS = {
    "Cannot overwrite a value": (
        "một khóa được ghi hai lần",
        "Hãy xóa một trong hai dòng.",
    ),
    "Cannot declare": (
        "một bảng được khai báo hai lần",
        "Hãy xóa một dòng [ … ], hoặc dùng [[ … ]] nếu là một mục của danh sách.",
    ),
    "Invalid value": (
        "giá trị sau dấu = viết sai",
        'Chữ và giờ đặt trong ngoặc kép "…", số và true/false thì không.',
    ),
    "Unterminated string": ("chuỗi chữ thiếu dấu ngoặc kép đóng", 'Hãy thêm dấu " ở cuối chữ.'),
    "Illegal character": (
        "chuỗi chữ có ký tự không được phép hoặc thiếu dấu ngoặc kép đóng",
        'Hãy đóng chuỗi bằng dấu " trên cùng một dòng.',
    ),
    "Unclosed array": ("danh sách thiếu dấu ] đóng", "Hãy kiểm tra dấu phẩy và dấu ]."),
    "Unclosed inline table": ("bảng một dòng thiếu dấu } đóng", "Hãy kiểm tra dấu phẩy và dấu }."),
    "Expected '=' after a key": ("thiếu dấu = sau tên khóa", 'Hãy viết dạng: khóa = "giá trị".'),
    "Invalid statement": ("dòng không đúng dạng", 'Hãy viết dạng: khóa = "giá trị".'),
}


def load(path: Path) -> Catalogue:
    """Read a branch file; raises `BranchFileError` with everything that is wrong in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"không mở được tệp ({error.strerror})"
        raise BranchFileError(
            path.name, [_problem(0, "unreadable", message, "Hãy kiểm tra đường dẫn và quyền đọc.")]
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BranchFileError(
            path.name,
            [_problem(line, "not_utf8", "tệp không phải UTF-8", "Hãy lưu lại tệp với mã UTF-8.")],
        ) from error
    return loads(text, path.name)


def loads(text: str, name: str) -> Catalogue:
    """Read the text of a branch file; `name` is what the error calls it."""
    text = unicodedata.normalize("NFC", text.removeprefix("\ufeff").replace("\r\n", "\n"))
    try:
        values = tomllib.loads(text)
        lines = line_index(text)
    except ValueError as error:  # the parser's own, and Python's for a number of 5,000 digits
        raise BranchFileError(name, [_syntax(text, str(error))]) from error
    except RecursionError as error:
        problem = _problem(1, "syntax", "các ngoặc lồng nhau quá sâu", "Hãy bớt ngoặc [ hoặc {.")
        raise BranchFileError(name, [problem]) from error
    report = Report(lines)
    draft = read(Table(values, (), "", report))
    check_draft(draft)
    if report.problems:
        raise BranchFileError(name, report.problems)
    return draft.catalogue()


def check(catalogue: Catalogue) -> list[Problem]:
    """The problems of a catalogue made by other means; lines are those of `dumps(catalogue)`."""
    try:
        loads(dumps(catalogue), catalogue.branch)
    except BranchFileError as error:
        return error.problems
    return []


def _syntax(text: str, error: str) -> Problem:
    """The parser's own error: it stops at the first, and says the line only in its sentence."""
    found = re.search(r"\(at line (\d+), column \d+\)$", error)
    line = int(found[1]) if found else text.rstrip("\n").count("\n") + 1
    reason, fix = next(
        (known for start, known in _REASONS.items() if error.startswith(start)),
        (error.split(" (at ", maxsplit=1)[0], "Hãy xem lại cú pháp TOML của dòng này."),
    )
    return _problem(line, "syntax", f"tệp không đúng cú pháp TOML: {reason}", fix)


def _problem(line: int, code: str, message: str, fix: str) -> Problem:
    return Problem(line=line, path="", message=message, fix=fix, code=code)
