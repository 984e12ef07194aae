"""A report in every format, read back by other libraries, and held against the figures themselves."""

import csv
import hashlib
import io
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pypdf
import pypdfium2
import pytest
from sqlalchemy import Engine

from server import (
    branches,
    branchfile,
    database,
    figure_jobs,
    queries,
    reports,
    satisfaction_report,
)
from server.domain.report_periods import Format, Kind, Period, period_of
from server.relay import pass_over
from server.report import compose, exceptional, files, material
from server.report.material import Material
from server.report.words import Words
from server.simulate import history
from tests.live_office import BRANCH, DEMO_FILE

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WEEK = period_of(Kind.WEEK, date(2026, 11, 17))
LONG = "Trung tâm Phục vụ hành chính công xã Nguyễn Bỉnh Khiêm - Chi nhánh số 12, Điểm tiếp nhận Ấp Đặng Dung"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A week and a day of the demo branch, counted and sealed."""
    made = database.connect(f"sqlite:///{tmp_path_factory.mktemp('reports') / 'motcua.db'}")
    database.migrate(made)
    start = datetime(2026, 11, 15, tzinfo=UTC)
    branches.apply(made, branchfile.load(DEMO_FILE), now=start, actor="job:test")
    catalogue = branches.require(made, BRANCH)
    history.write(made, catalogue, 8, until=NOW, seed=7, progress=lambda *_: None)
    with queries.reading(made) as connection:
        pass_over(made, BRANCH, queries.last_seq(connection, BRANCH))
    figure_jobs.seal_days(made, BRANCH, NOW)
    yield made
    made.dispose()


def gathered(engine: Engine, period: Period) -> Material:
    """Every answer of a report, as the workers ask them."""
    made = material.begin(engine, BRANCH, period, NOW)
    for part in material.PARTS:
        material.fill(engine, made, part)
    assert material.is_of_one_moment(engine, made)
    return made


@pytest.fixture(scope="module")
def week(engine: Engine) -> Material:
    """A week that is over, with its events' hash."""
    made = gathered(engine, WEEK)
    link = material.first_link(made)
    while not link.is_whole:
        link = material.next_link(engine, BRANCH, link)
    made.events["sha256"] = link.sha256
    return made


def written(made: Material, kind: Format, folder: Path, language: str = "vi") -> Path:
    path = folder / f"report.{kind.value}"
    files.write(made, language, kind, path)
    return path


def answer(engine: Engine, by: str) -> dict[str, Any]:
    question = reports.Question(branches=(BRANCH,), start=WEEK.start, end=WEEK.end, by=by)
    return reports.answer(engine, question, NOW)


def sheet_of(book: Any, name: str) -> tuple[list[str], list[list[Any]], list[Any]]:
    """Heads, rows and the total of a sheet."""
    rows = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=4)]
    width = len([value for value in rows[0] if value])
    end = next(i for i, row in enumerate(rows) if row[0] == "Tổng cộng")
    return rows[0][:width], [row[:width] for row in rows[1:end]], rows[end][:width]


def test_a_workbook_has_typed_cells_whose_sums_are_the_answer(
    engine: Engine, week: Material, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(written(week, Format.XLSX, tmp_path))
    wanted = answer(engine, "day")
    head, rows, total = sheet_of(book, "Diễn biến")
    assert head[:3] == ["Ngày", "Lấy số", "Phục vụ"]
    assert [row[0].date() for row in rows] == [
        date.fromisoformat(g["key"]) for g in wanted["groups"]
    ]
    for i, key in ((1, "issued"), (2, "served"), (3, "no_show")):
        assert sum(row[i] for row in rows) == wanted["total"][key] == total[i]
        assert all(type(row[i]) is int for row in rows)
    sheet = book["Diễn biến"]
    assert sheet["A5"].is_date
    assert sheet["A5"].number_format == "dd/mm/yyyy"
    assert total[6] == pytest.approx(wanted["total"]["within_target"])
    assert sheet.cell(5, 7).number_format == "0.0%"
    for name in book.sheetnames[1:]:
        assert book[name].freeze_panes == "B5"
        assert book[name].print_area
        assert book[name].page_setup.paperSize == 9
    charts = {name: len(book[name]._charts) for name in book.sheetnames}
    assert {name for name, count in charts.items() if count} == {"Theo giờ", "Diễn biến"}
    assert set(charts.values()) == {0, 1}
    assert not [
        cell.coordinate
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]


def test_fields_and_counters_add_up_to_the_branch(
    engine: Engine, week: Material, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(written(week, Format.XLSX, tmp_path))
    _, fields, total = sheet_of(book, "Lĩnh vực")
    wanted = answer(engine, "service")
    assert sum(row[1] for row in fields) == total[1] == wanted["total"]["issued"]
    assert len(fields) == len(wanted["groups"])
    _, counters, all_counters = sheet_of(book, "Quầy")
    assert [row[0] for row in counters] == sorted(row[0] for row in counters)
    assert sum(row[1] for row in counters) == all_counters[1] == wanted["total"]["served"]
    assert all_counters[2] == pytest.approx(
        answer(engine, "counter")["total"]["open_s"] / 3600, abs=0.05
    )
    _, opinions, said = sheet_of(book, "Hài lòng")
    question = reports.Question(branches=(BRANCH,), start=WEEK.start, end=WEEK.end)
    share = satisfaction_report.satisfaction(engine, question, NOW)["share"]
    assert said[1:] == pytest.approx(
        [share[k] for k in ("share", "low", "high", "n", "completed", "response")]
    )
    assert sum(row[4] for row in opinions) == share["n"]


def test_csv_opens_in_a_vietnamese_spreadsheet(week: Material, tmp_path: Path) -> None:
    content = written(week, Format.CSV, tmp_path).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    totals = [row for row in rows if row and row[0] == "Tổng cộng"]
    total = week.figures["course"]["total"]
    assert totals[0][1:4] == [str(total[key]) for key in ("issued", "served", "no_show")]
    assert totals[0][4] == f"{round(total['wait_p50_s'] / 60, 1)}".replace(".", ",")
    english = written(week, Format.CSV, tmp_path, "en").read_text("utf-8-sig")
    said = [row for row in csv.reader(io.StringIO(english)) if row and row[0] == "Total"]
    assert float(said[0][6]) == pytest.approx(total["within_target"])
    assert [row[0] for row in csv.reader(io.StringIO(english)) if row and "2026-11-16" in row]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_name_is_never_a_formula(week: Material, tmp_path: Path, evil: str) -> None:
    made = msgspec.structs.replace(week, services={**week.services, "ho-tich": {"vi": evil}})
    text = written(made, Format.CSV, tmp_path).read_text("utf-8-sig")
    firsts = [row[0] for row in csv.reader(io.StringIO(text), delimiter=";") if row]
    assert f"'{evil}" in firsts
    assert not [first for first in firsts if first.startswith(("=", "+", "-", "@", "\t"))]
    sheet = openpyxl.load_workbook(written(made, Format.XLSX, tmp_path))["Lĩnh vực"]
    assert (sheet["A5"].value.strip(), sheet["A5"].data_type) == (evil.strip(), "s")


def test_json_is_the_answers_themselves(engine: Engine, week: Material, tmp_path: Path) -> None:
    found = msgspec.json.decode(written(week, Format.JSON, tmp_path).read_bytes())
    for name, by in (("course", "day"), ("hour", "hour"), ("service", "service")):
        assert found["figures"][name] == answer(engine, by)
    question = reports.Question(branches=(BRANCH,), start=WEEK.start, end=WEEK.end)
    assert found["satisfaction"] == satisfaction_report.satisfaction(engine, question, NOW)


def test_every_format_has_the_same_totals(engine: Engine, week: Material, tmp_path: Path) -> None:
    total = answer(engine, "none")["total"]
    book = openpyxl.load_workbook(written(week, Format.XLSX, tmp_path))
    assert sheet_of(book, "Theo giờ")[2][1] == total["issued"]
    rows = written(week, Format.CSV, tmp_path).read_text("utf-8-sig").splitlines()
    assert {r.split(";")[1] for r in rows if r.startswith("Tổng cộng;")} >= {str(total["issued"])}
    text = _text(written(week, Format.PDF, tmp_path))
    issued = Words("vi").number(total["issued"])
    assert f"Công dân lấy số {issued} lượt" in text
    assert f"Đã phục vụ {Words('vi').number(total['served'])} lượt" in text
    assert len(re.findall(rf"Tổng cộng\s+{re.escape(issued)}", text)) == 3


def _text(path: Path) -> str:
    pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    return re.sub(r"\s+", " ", " ".join(pages))


def test_the_paper_says_it_with_every_mark(week: Material, tmp_path: Path) -> None:
    path = written(week, Format.PDF, tmp_path)
    text = _text(path)
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc",
        "Điểm tiếp nhận và trả kết quả phường Long Biên", "Báo cáo tình hình phục vụ công dân tại quầy",
        "Tuần 47 năm 2026 · Từ 16/11/2026 đến 22/11/2026", "Dữ liệu minh họa", "NGƯỜI LẬP",
        "THỦ TRƯỞNG ĐƠN VỊ", "Nơi nhận:", "Những điểm cần lưu ý", "khoảng tin cậy 95%",
        "Chỉ tiêu nội bộ 15 phút", week.events["sha256"],
    ):  # fmt: skip
        assert words in text, words
    reader = pypdf.PdfReader(path)
    pages = len(reader.pages)
    assert pages <= 6
    assert f"Trang {pages}/{pages}" in text
    for page in reader.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        for font in page["/Resources"]["/Font"].values():
            described = font.get_object()
            if described["/BaseFont"] != "/Helvetica":
                assert "BeVietnamPro" in described["/BaseFont"]
                assert "/FontFile2" in described["/FontDescriptor"].get_object()


def test_a_report_in_english_speaks_english(week: Material, tmp_path: Path) -> None:
    text = _text(written(week, Format.PDF, tmp_path, "en"))
    assert "week 47 of 2026".capitalize() in text
    assert "HEAD OF UNIT" in text
    assert "Key figures" in text
    for words in ("report.", "CỘNG HÒA", "lượt", "{"):
        assert words not in text


def test_the_same_report_has_the_same_bytes(week: Material, tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    one.mkdir()
    two.mkdir()
    for kind in Format:
        assert written(week, kind, one).read_bytes() == written(week, kind, two).read_bytes(), kind


def _margins(path: Path) -> None:
    """Nothing is drawn where a printer does not print, on any page."""
    with pypdfium2.PdfDocument(path) as document:
        for number in range(len(document)):
            picture = document[number].render(scale=1).to_pil().convert("L")
            wide, high = picture.size
            edges = ((0, 0, 40, high), (wide - 40, 0, wide, high), (0, high - 24, wide, high))
            for box in edges:
                low, _ = picture.crop(box).getextrema()
                assert low > 250, (path, number, box)


def _large(week: Material) -> Material:
    """Forty counters and ten thousand visits of fields with long names."""
    name = "Hỗ trợ, bảo trợ xã hội và chính sách đối với người có công với cách mạng, thân nhân liệt sĩ"
    figures = msgspec.json.decode(msgspec.json.encode(week.figures))
    some = figures["counter"]["groups"][0]
    figures["counter"]["groups"] = [{**some, "key": f"dai-{n}"} for n in range(1, 41)]
    for found in figures.values():
        found["total"]["issued"] = 10_000
    return msgspec.structs.replace(
        week,
        name={"vi": LONG, "en": LONG},
        figures=figures,
        counters={f"dai-{n}": n for n in range(1, 41)},
        services={key: {"vi": f"{name} {key}"} for key in week.services},
        is_demo=False,
    )


def test_long_names_forty_counters_and_no_data_fit_the_paper(
    engine: Engine, week: Material, tmp_path: Path
) -> None:
    empty = gathered(engine, period_of(Kind.MONTH, date(2026, 6, 1)))
    for n, made in enumerate((week, _large(week), empty)):
        folder = tmp_path / str(n)
        folder.mkdir()
        for kind in Format:
            written(made, kind, folder)
        _margins(folder / "report.pdf")
    text = _text(tmp_path / "1" / "report.pdf")
    assert LONG in text
    assert "10.000" in text
    assert "Dữ liệu minh họa" not in text
    nothing = _text(tmp_path / "2" / "report.pdf")
    assert "Công dân lấy số 0 lượt" in nothing
    assert "Mức hài lòng: chưa đủ số liệu" in nothing
    assert "None" not in nothing


def test_the_hash_of_the_events_is_found_again_from_the_database_alone(
    engine: Engine, week: Material
) -> None:
    """Only what the RUNBOOK says is used here."""
    with sqlite3.connect(str(engine.url.database)) as log:
        rows = log.execute(
            "SELECT seq, at, type, coalesce(ticket_id, ''), payload FROM event_log"
            " WHERE branch_id = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            (BRANCH, week.events["first"], week.events["last"]),
        ).fetchall()
    log.close()
    assert len(rows) == week.events["count"] > material.LINK
    digest = ""
    for start in range(0, len(rows), 10_000):
        link = hashlib.sha256(digest.encode())
        for row in rows[start : start + 10_000]:
            link.update(("\t".join(map(str, row)) + "\n").encode())
        digest = link.hexdigest()
    assert digest == week.events["sha256"]


def test_what_stands_out_follows_its_rules(week: Material) -> None:
    words = Words("vi")
    figures = msgspec.json.decode(msgspec.json.encode(week.figures))
    for g in figures["course"]["groups"]:
        g.update(issued=100, within_n=90, within_target=0.9)
    figures["course"]["total"].update(
        within_target=0.9, unserved=0, left_late=0, no_show_share=0.05
    )
    figures["before"]["total"].update(no_show_share=0.05, served=500)
    figures["before"]["groups"] = []
    for g in figures["hour"]["groups"]:
        g["wait_p90_s"] = 60
    satisfaction = {**week.satisfaction, "fields": {}, "expected": None}
    usual = msgspec.structs.replace(week, figures=figures, satisfaction=satisfaction)
    assert exceptional.found(words, usual) == []
    day = figures["course"]["groups"][2]
    day.update(issued=150, within_target=0.7)
    figures["course"]["total"].update(unserved=3, no_show_share=0.09)
    figures["hour"]["groups"][1]["wait_p90_s"] = 1_801
    said = " ".join(exceptional.found(words, usual))
    for part in (
        "đông khác thường: 150",
        "chỉ có 70,0%",
        "quá 30 phút",
        "tăng lên 9,0%",
        "Có 3 lượt",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (120, 100, ", tăng 20 lượt so với kỳ trước (100 lượt)"),
        (1_000, 2_500, ", giảm 1.500 lượt so với kỳ trước (2.500 lượt)"),
        (7, 7, ", bằng kỳ trước (7 lượt)"),
    ],
)
def test_a_change_is_told_in_words(now: int, before: int, said: str) -> None:
    assert Words("vi").change(now, before, "lượt") == said


def test_a_period_that_is_not_over_says_so(engine: Engine) -> None:
    made = gathered(engine, period_of(Kind.MONTH, NOW.date()))
    document = compose.compose(made, "vi")
    assert document.warning == "Kỳ báo cáo chưa kết thúc: số liệu tính đến 16:00 24/11/2026."


def test_a_file_has_a_name_that_old_browsers_can_read() -> None:
    name = files.name_of("Điểm số 3/4: “Đống Đa”", "2026-11", "vi", Format.PDF)
    assert name == "Báo cáo_Điểm số 3 4 Đống Đa_2026-11.pdf"
    header = files.disposition(name)
    assert 'filename="Bao_cao_Diem_so_3_4_Dong_Da_2026-11.pdf"' in header
    assert "filename*=UTF-8''B%C3%A1o%20c%C3%A1o_" in header
    header.encode("ascii")


def test_periods_end_where_the_next_begins() -> None:
    for kind in Kind:
        period = period_of(kind, date(2026, 11, 24))
        assert period.start <= date(2026, 11, 24) <= period.end
        assert (period.start - period.before.end).days == 1
        assert period_of(kind, period.start) == period_of(kind, period.end) == period
    assert period_of(Kind.WEEK, date(2027, 1, 1)).slug == "2026-W53"
    assert period_of(Kind.QUARTER, date(2026, 12, 31)).slug == "2026-Q4"
