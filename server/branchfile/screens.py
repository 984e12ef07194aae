"""The wall displays of a branch file, and what they show between calls."""

from server.branchfile.schema import MEDIA_FILE
from server.branchfile.table import Table
from server.domain.hall import Display, Layout, Loudness, Media
from server.domain.text import Text


def read_display(table: Table) -> Display:
    """One display; its counters are named by their numbers."""
    display = Display(
        name=table.text("name"),
        layout=table.choice("layout", Layout.STANDARD),
        counters=table.wholes("counters", "number"),
        speaks=table.flag("speaks", default=True),
        volume=table.whole("volume", 80),
        hours=tuple(filter(None, map(_loudness, table.tables("hours", required=False)))),
    )
    if display.layout is Layout.SIGN and len(display.counters) != 1:
        table.report.add(
            "sign_counter",
            table.at("counters") if table.has("counters") else table.at("layout"),
            "màn hình trên quầy (sign) thuộc về đúng một quầy",
            "Hãy viết counters với một số quầy, ví dụ counters = [1].",
        )
    return display


def _loudness(table: Table) -> Loudness | None:
    since, until = table.clock("since"), table.clock("until")
    volume = table.whole("volume")
    if since is None or until is None:
        return None
    return Loudness(since=since, until=until, volume=volume)


def read_media(table: Table) -> Media:
    """A file or a text, never both."""
    file = table.text("file", "")
    text = table.both("text", required=False)
    if bool(file) == bool(text.vi):
        table.report.add(
            "media_kind",
            table.at("file") if table.has("file") else table.path,
            "mỗi mục cần đúng một trong hai: file hoặc text",
            f"Ví dụ {table.example('file')}.",
        )
    if file and not MEDIA_FILE.fullmatch(file):
        table.report.add(
            "media_file",
            table.at("file"),
            f"“{file}” không phải tên tệp ảnh hay phim dùng được",
            "Dùng chữ không dấu, số, - và _; đuôi jpg, jpeg, png, webp, mp4 hoặc webm.",
        )
    return Media(
        file=file,
        text=Text(vi="") if file else text,
        seconds=table.whole("seconds", 15),
        since=table.clock("since") if table.has("since") else None,
        until=table.clock("until") if table.has("until") else None,
    )
