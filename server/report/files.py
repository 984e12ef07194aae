"""The formats of a report, what each is called, and who writes it."""

import re
import unicodedata
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from server.domain.report_periods import Format
from server.report.compose import compose
from server.report.material import Material

MEDIA: Final = {
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
}


def write(material: Material, language: str, kind: Format, path: Path) -> None:
    """Write one file of the report to `path`."""
    # Their libraries are loaded where a report is made, and nowhere else.
    if kind is Format.JSON:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(material), indent=2))
        return
    document = compose(material, language)
    if kind is Format.PDF:
        from server.report import pdf  # noqa: PLC0415

        pdf.write(document, path)
    elif kind is Format.XLSX:
        from server.report import xlsx  # noqa: PLC0415

        xlsx.write(document, path)
    else:
        from server.report import csv_file  # noqa: PLC0415

        csv_file.write(document, path)


def name_of(branch_name: str, slug: str, language: str, kind: Format) -> str:
    """What the file is called where it is saved: Báo cáo_<đơn vị>_2026-11.pdf."""
    first = "Báo cáo" if language == "vi" else "Report"
    unit = re.sub(r"[^\w .-]+", " ", branch_name).strip()[:80]
    return f"{first}_{' '.join(unit.split())}_{slug}.{kind.value}"


def disposition(name: str) -> str:
    """The header that gives a download its name, for old and new browsers (RFC 6266)."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    ascii_name = plain.encode("ascii", "ignore").decode()
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", ascii_name)
    return f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(name, safe='')}"
