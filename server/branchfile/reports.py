"""The reports of a branch file that are made by themselves."""

from datetime import time

from server.branchfile.schema import ADDRESS, FOLDER
from server.branchfile.table import Table
from server.domain.report_periods import Format, Kind, ReportSchedule

_LANGUAGES = ("vi", "en")


def read_report(table: Table) -> ReportSchedule:
    """One schedule; it goes to somebody or into a folder."""
    usual = ReportSchedule()
    formats = tuple(Format(name) for name in _formats(table))
    to = table.texts("to")
    for i, address in enumerate(to):
        if address and not ADDRESS.fullmatch(address):
            table.report.add(
                "bad_address",
                table.at("to", i),
                f"“{address}” không phải địa chỉ thư điện tử",
                f"Ví dụ {table.example('to')}.",
            )
    folder = table.text("folder", "")
    if folder and not FOLDER.fullmatch(folder):
        table.report.add(
            "bad_folder",
            table.at("folder"),
            f"“{folder}” không dùng làm tên thư mục được",
            f"Dùng chữ không dấu, số, - và _. Ví dụ {table.example('folder')}.",
        )
    if not to and not folder:
        table.report.add(
            "report_to_nobody",
            table.path,
            "báo cáo này không gửi đi đâu",
            f"Hãy thêm {table.example('to')} hoặc {table.example('folder')}.",
        )
    language = table.text("language", usual.language)
    if language not in _LANGUAGES:
        table.unknown_choice(table.at("language"), language, _LANGUAGES)
        language = usual.language
    return ReportSchedule(
        period=table.choice("period", Kind.MONTH),
        formats=formats or usual.formats,
        day=table.whole("day", usual.day),
        at=(table.clock("at") if table.has("at") else usual.at) or time(),
        to=to,
        folder=folder,
        language=language,
    )


def _formats(table: Table) -> list[str]:
    known = tuple(Format)
    found = []
    for i, name in enumerate(table.texts("formats")):
        if name in known:
            found.append(name)
        elif name:
            table.unknown_choice(table.at("formats", i), name, known)
    return found
