"""Dossiers in our own database, brought in from a CSV file as offices export it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from server import tables
from server.database import writing
from server.domain.ids import BranchId
from server.dossiers.dossier import STATUSES, Dossier, DossierPart, SourceAwayError, code_in
from server.rows import upsert_of

#: The header of the file. Only the first two columns are required.
COLUMNS: Final = ("code", "status", "procedure", "promised", "next_step", "part_of")
#: Those of the dossier itself; the last one says whose part it is.
_OWN: Final = COLUMNS[:-1]
_TEXT_MAX: Final = 300
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y")
_STATUS_WORDS: Final = frozenset(map(str, STATUSES))
_AT_ONCE: Final = 500


class BadFileError(ValueError):
    """The file cannot be used as it is; one sentence for each bad line, with its number."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TableSource:
    """The adapter for dossiers of our own table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, branch: BranchId, code: str) -> Dossier | None:
        """The dossier with this code in the branch."""
        try:
            with self._engine.connect() as connection:
                values = {"branch": branch, "code": code}
                row = connection.execute(_FIND, values).mappings().first()
                parts = connection.execute(_PARTS, values).all() if row else ()
        except SQLAlchemyError as error:
            raise SourceAwayError(str(error)) from error
        if row is None:
            return None
        return Dossier(
            **{name: row[name] for name in _OWN},
            parts=tuple(DossierPart(status=p.status, procedure=p.procedure) for p in parts),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A good line of a file: a dossier, and the interlinked one it is a part of, if any."""

    dossier: Dossier
    part_of: str = ""


def load(engine: Engine, branch: BranchId, lines: list[Line]) -> None:
    """Add the dossiers to the branch's; one that is there already is replaced."""
    upsert = upsert_of(tables.dossiers, engine.dialect.name)
    rows = [
        {
            "branch_id": branch,
            "part_of": line.part_of,
            **{name: getattr(line.dossier, name) for name in _OWN},
        }
        for line in lines
    ]
    with writing(engine) as connection:
        for start in range(0, len(rows), _AT_ONCE):
            connection.execute(upsert, rows[start : start + _AT_ONCE])


def read(path: Path) -> tuple[list[Line], list[str]]:
    """The good lines of a file, and a sentence for each bad one.

    Raises `BadFileError` when it cannot be read as a table at all.
    """
    try:
        # Spreadsheets write a mark of their own before the first letter.
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError([f"{path}: {error}"]) from error
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _sorted_out(lines)
    except csv.Error as error:
        raise BadFileError([f"dòng {lines.line_num}: {error}"]) from error


def _sorted_out(lines: "csv.DictReader[str]") -> tuple[list[Line], list[str]]:
    header = lines.fieldnames or ()
    if missing := [name for name in COLUMNS[:2] if name not in header]:
        raise BadFileError(
            [f"dòng 1: thiếu cột {', '.join(missing)}; có thể có {', '.join(COLUMNS)}"]
        )
    if extra := [name for name in header if name not in COLUMNS]:
        # A column of names must not come in unnoticed.
        raise BadFileError(
            [f"dòng 1: không nhận cột {', '.join(extra)}; chỉ nhận {', '.join(COLUMNS)}"]
        )
    good: dict[str, Line] = {}
    bad: list[str] = []
    for number, found in _parsed(lines):
        if isinstance(found, str):
            bad.append(f"dòng {number}: {found}")
        elif found.dossier.code in good:
            bad.append(f"dòng {number}: mã {found.dossier.code} đã có ở dòng trước")
        else:
            good[found.dossier.code] = found
    return list(good.values()), bad


def _parsed(lines: "csv.DictReader[str]") -> Iterator[tuple[int, Line | str]]:
    for row in lines:
        yield lines.line_num, _line(row)


def _line(row: dict[str, Any]) -> Line | str:
    """The dossier of a line, or what is wrong with it."""
    if None in row:
        return "thừa cột"
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    code = code_in(given["code"])
    if code is None or "://" in given["code"]:
        return f"mã hồ sơ “{given['code']}” không đúng dạng"
    if given["status"] not in _STATUS_WORDS:
        return f"trạng thái “{given['status']}” không phải số từ 1 đến 10"
    promised = _date(given["promised"])
    if given["promised"] and promised is None:
        return f"ngày hẹn “{given['promised']}” không phải ngày, ví dụ 2026-11-24 hoặc 24/11/2026"
    whole = code_in(given["part_of"]) if given["part_of"] else ""
    if whole is None or (whole and whole == code):
        return f"hồ sơ liên thông “{given['part_of']}” không đúng"
    found = Dossier(
        code=code,
        status=int(given["status"]),
        procedure=given["procedure"][:_TEXT_MAX],
        promised=promised,
        next_step=given["next_step"][:_TEXT_MAX],
    )
    return Line(found, whole)


def _date(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar date
        except ValueError:
            continue
    return None


_d = tables.dossiers
_FIND = select(_d).where(_d.c.branch_id == bindparam("branch"), _d.c.code == bindparam("code"))
_PARTS = (
    select(_d.c.status, _d.c.procedure)
    .where(_d.c.branch_id == bindparam("branch"), _d.c.part_of == bindparam("code"))
    .order_by(_d.c.code)
)
