"""Branch files: what is read, what is refused and how, what is written."""

import re
import tomllib
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import branchfile
from server.branchfile import BranchFileError, Problem, dumps, load, loads
from server.branchfile.lines import line_index
from server.domain.catalogue import Catalogue
from server.domain.text import Text
from tests.server.branch_drafts import BASE, catalogues
from tests.server.public_mistakes import PUBLIC_MISTAKES
from tests.server.roster_mistakes import ROSTER_MISTAKES
from tests.server.slip_mistakes import SLIP_MISTAKES
from tests.server.voice_mistakes import VOICE_MISTAKES

DEPLOY = Path(__file__).parents[2] / "deploy"
DEMO = DEPLOY / "branches" / "long-bien.toml"
EMPTY = DEPLOY / "branches" / "empty.toml"
SOURCES = Path(branchfile.__file__).parent


def refused(text: str) -> list[Problem]:
    with pytest.raises(BranchFileError) as caught:
        loads(text, "thu.toml")
    return caught.value.problems


# Typed wrong (old → new; «here» marks the line to be named), the code, the path, part of the fix.
MISTAKES = [
    ('id = "A"', 'idd = "A" «here»', "unknown_key", "queues[0].idd", "sửa thành “id”"),
    ("is_demo = false", "xyz = 1 «here»", "unknown_key", "xyz", "Hãy xóa khóa này"),
    ('name = "Hộ tịch"', "name = 3 «here»", "wrong_type", "queues[0].name", "Ví dụ name = {"),
    ("number = 1", 'number = "1" «here»', "wrong_type", "counters[0].number", "number = 1"),
    ("number = 1", "number = true «here»", "wrong_type", "counters[0].number", "number = 1"),
    ("is_demo = false", "is_demo = 1 «here»", "wrong_type", "is_demo", "is_demo = false"),
    ("officers = [", "officers = 1 «here»\nofficer_ = [", "wrong_type", "officers", "An"),
    ("2027-01-01", '"2027-01-01" «here»', "wrong_type", "hours.holidays[0]", "2027-01-02"),
    ("date = 2027-01-02", "date = 07:30:00 «here»", "wrong_type", "hours.special[0].date", "2027"),
    ("mean_minutes = 9.0", 'mean_minutes = "9" «here»', "wrong_type", "services[0].mean_minutes", "9.0"),
    ("[15, 30]", "[15] «here»", "wrong_type", "policy.wait_targets_minutes", "[15, 30]"),
    ("[policy]", "[[policy]] «here»", "wrong_type", "policy", "[policy]"),
    ("[[outcomes]]", "[outcomes] «here»", "wrong_type", "outcomes", "[[outcomes]]"),
    ('sources = [{ queues = ["A"] }]', "sources = [1] «here»", "wrong_type", "counters[0].sources[0]", "queues"),
    ('[[queues]]\nid = "A"', "[[queues]] «here»", "missing_key", "queues[0].id", 'Hãy thêm: id = "A"'),
    ("date = 2027-01-02", "", "missing_key", "hours.special[0].date", "date = 2027"),
    ('opens = "08:00"', "", "missing_key", "hours.weekly[0].opens", 'opens = "08:00"'),
    ('days = ["monday"]', "days = [] «here»", "missing_key", "hours.weekly[0].days", '"monday"'),
    (", minutes = 25", "", "missing_key", "counters[1].sources[1].minutes", "minutes = 25"),
    ("  # officers\n", '  "An",\n  "An", «here»\n', "duplicate", "officers[1]", "xóa một trong hai"),
    ('"Tờ khai"', '"" «here»', "empty_text", "procedures[0].papers[0]", "Tờ khai"),
    ('"Tờ khai"', '"Tờ\\u0007 khai" «here»', "control_character", "procedures[0].papers[0]", "Hãy xóa"),
    ('"Tờ khai"', '"Tờ\\u200b khai" «here»', "control_character", "procedures[0].papers[0]", "Hãy xóa"),
    ('"Tờ khai"', '"""Tờ\nkhai"""', "control_character", "procedures[0].papers[0]", "một dòng"),
    ('id = "khai-sinh"', 'id = "Khai sinh" «here»', "bad_id", "procedures[0].id", "không dấu"),
    ('code = "xong"', f'code = "{"x" * 61}" «here»', "bad_id", "outcomes[0].code", "60"),
    ('code = "CT"', 'code = "ct" «here»', "bad_id", "policy.classes[0].code", "chữ hoa"),
    ('prefix = "B"', 'prefix = "Q" «here»', "bad_prefix", "queues[1].prefix", "A B C D E G H"),
    ('prefix = "B"', 'prefix = "b" «here»', "bad_prefix", "queues[1].prefix", "chữ hoa"),
    ('prefix = "B"', 'prefix = "BC" «here»', "bad_prefix", "queues[1].prefix", "một chữ"),
    ('prefix = "B"', 'prefix = "A" «here»', "duplicate", "queues[1].prefix", "khác"),
    ('id = "khai-tu"', 'id = "khai-sinh" «here»', "duplicate", "procedures[1].id", "khác"),
    ("number = 2", "number = 1 «here»", "duplicate", "counters[1].number", "khác"),
    ("number = 2", 'number = 2\nid = "mau-1" «here»', "duplicate", "counters[1].id", "khác"),
    ('[{ queues = ["A"] }]', '[{ queues = ["A"] }, { queues = ["A"], when = "own_empty" }] «here»', "duplicate", "counters[0].sources[1].queues", "xóa một"),
    ("2027-01-01", "2027-01-01, 2027-01-01 «here»", "duplicate", "hours.holidays[1]", "xóa một"),
    ("[policy]", "[[hours.special]]\ndate = 2027-01-02 «here»\n[policy]", "duplicate", "hours.special[1].date", "xóa một"),
    ("2027-01-01", "2027-01-02 «here»", "holiday_special", "hours.holidays[0]", "Hãy giữ một"),
    ('queue = "A"', 'queue = "X" «here»', "unknown_reference", "services[0].queue", 'Hãy thêm [[queues]] id = "X" hoặc sửa lại tên'),
    ('service = "ho-tich"', 'service = "x" «here»', "unknown_reference", "procedures[0].service", '[[services]] id = "x"'),
    ('  { queues = ["B"] },', '  { queues = ["B", "X"] }, «here»', "unknown_reference", "counters[1].sources[0].queues", "hiện có: A, B"),
    ('closes = "12:00"', 'closes = "12:00"\nqueues = ["X"] «here»', "unknown_reference", "hours.weekly[0].queues", "[[queues]]"),
    ('closes = "11:00"', 'closes = "11:00", queues = ["X"]', "unknown_reference", "hours.special[0].windows[0].queues", "[[queues]]"),
    ('code = "xong"', 'code = "xong"\nservices = ["chung-thuc", "ho-tich", "x"] «here»', "unknown_reference", "outcomes[0].services", '[[services]] id = "x"'),
    ('service = "ho-tich"', 'service = "ho-tich"\nparts = ["gone", "khai-tu"] «here»', "unknown_reference", "procedures[0].parts", '[[procedures]] id = "gone"'),
    ('service = "ho-tich"', 'service = "ho-tich"\nparts = ["khai-sinh", "khai-tu"] «here»', "unknown_reference", "procedures[0].parts", "[[procedures]]"),
    ('service = "ho-tich"', 'service = "ho-tich"\nparts = ["khai-sinh"] «here»', "one_part", "procedures[0].parts", "Ví dụ"),
    ("number = 1", "number = 100 «here»", "out_of_range", "counters[0].number", "number = 1"),
    ("normal_per_priority = 2", "normal_per_priority = 0 «here»", "out_of_range", "policy.normal_per_priority", "= 2"),
    ("overtaking_cap_minutes = 20", "overtaking_cap_minutes = -1 «here»", "out_of_range", "policy.overtaking_cap_minutes", "= 20"),
    ("mean_minutes = 9.0", "mean_minutes = 0 «here»", "out_of_range", "services[0].mean_minutes", "9.0"),
    ("mean_minutes = 9.0", "mean_minutes = nan «here»", "out_of_range", "services[0].mean_minutes", "9.0"),
    ("minutes = 25", "minutes = 0", "out_of_range", "counters[1].sources[1].minutes", "minutes = 25"),
    ("[15, 30]", "[30, 15] «here»", "pair_order", "policy.wait_targets_minutes", "[15, 30]"),
    ('prefix = "A"', 'prefix = "A"\nfirst_number = 9 «here»\nlast_number = 8', "number_range", "queues[0].first_number", "không lớn hơn"),
    ('opens = "08:00"', 'opens = "8h" «here»', "bad_time", "hours.weekly[0].opens", 'opens = "08:00"'),
    ('opens = "08:00"', "opens = 08:00:00 «here»", "bad_time", "hours.weekly[0].opens", "ngoặc kép"),
    ('opens = "08:00"', 'opens = "24:00" «here»', "bad_time", "hours.weekly[0].opens", "HH:MM"),
    ('doors = "07:30"', 'doors = "08:30" «here»', "window_order", "hours.weekly[0].doors", "doors ≤ opens"),
    ('last_ticket = "11:30"', 'last_ticket = "12:30"', "window_order", "hours.weekly[0].doors", "≤ closes"),
    ('doors = "13:00"', 'doors = "11:59" «here»', "window_overlap", "hours.weekly[1].doors", "không sớm hơn closes"),
    ('"Asia/Ho_Chi_Minh"', '"Asia/Hanoi" «here»', "bad_time_zone", "time_zone", "Asia/Ho_Chi_Minh"),
    ('"Asia/Ho_Chi_Minh"', '"../passwd" «here»', "bad_time_zone", "time_zone", "Asia/Ho_Chi_Minh"),
    ('mode = "interleave"', 'mode = "vip" «here»', "unknown_choice", "policy.mode", '"strict"'),
    ('direction = "left"', 'direction = "up" «here»', "unknown_choice", "counters[0].direction", '"ahead"'),
    ('days = ["monday"]', 'days = ["monday", "thu-hai"] «here»', "unknown_choice", "hours.weekly[0].days[1]", '"tuesday"'),
    ('when = "wait_over"', 'when = "later"', "unknown_choice", "counters[1].sources[1].when", '"own_empty"'),
    ('icon = "baby"', 'icon = "babby" «here»', "unknown_icon", "services[0].icon", "Lucide"),
    ("number = 1", 'number = 1\nid = "khac-1" «here»', "counter_id", "counters[0].id", 'id = "mau-1"'),
    ('{ queues = ["B"] }', '{ queues = ["B"], when = "own_empty" }', "no_own_source", "counters[1].sources", "always"),
    ('[{ queues = ["A"] }]', '[{ queues = ["A"], when = "own_empty" }, { queues = ["B"] }] «here»', "source_order", "counters[0].sources[1]", "lên đầu"),
    ('[{ queues = ["A"] }]', '[{ queues = ["A"], minutes = 5 }] «here»', "needless_minutes", "counters[0].sources[0].minutes", "xóa minutes"),
    ('[[queues]]\nid = "A"', '[[queues]]\nid = "C" «here»\nprefix = "C"\nname = "C"\n[[queues]]\nid = "A"', "unserved_queue", "queues[0].id", 'Hãy thêm "C" vào sources'),
    ('[[queues]]\nid = "A"', '[[queues]]\nid = "C" «here»\nprefix = "C"\nname = "C"\n[[queues]]\nid = "A"', "queue_without_service", "queues[0].id", 'queue = "C"'),
    ('id = "ho-tich" # its line', 'id = "ho-tich" «here»', "service_without_outcome", "services[0].id", '"ho-tich"'),
    ('prefix = "A"\nname = "Hộ tịch"\n\n[[queues]]\nid = "B"\nprefix = "B"', 'prefix = "D"\nname = "Hộ tịch"\n\n[[queues]]\nid = "B"\nprefix = "G" «here»', "confusable_prefix", "queues[1].prefix", "đổi một"),
    ("is_demo = false", 'roll_prefix = "A" «here»', "roll_prefix_taken", "roll_prefix", "không hàng đợi nào dùng"),
    ("is_demo = false", 'roll_prefix = "I" «here»', "bad_prefix", "roll_prefix", "chữ hoa"),
    ('prefix = "A"', 'prefix = "P" «here»', "roll_prefix_taken", "queues[0].prefix", "A C D E G"),
    ('notices = ["Giữ phiếu."]\n\n[[queues]]\nid = "A"\nprefix = "A"', 'roll_prefix = "G" «here»\n\n[[queues]]\nid = "A"\nprefix = "D"', "confusable_prefix", "roll_prefix", "đổi một"),
    ("is_demo = false", 'roll_prefix = "" «here»', "empty_text", "roll_prefix", 'roll_prefix = "P"'),
    ("is_demo = false", "admin_second_factor = 1 «here»", "wrong_type", "admin_second_factor", "admin_second_factor = true"),
    ("number = 1", 'number = 1\nauto_call = "yes" «here»', "wrong_type", "counters[0].auto_call", "auto_call = true"),
    ('mode = "interleave"', "recalls_before_no_show = 10 «here»", "out_of_range", "policy.recalls_before_no_show", "= 1"),
    ('mode = "interleave"', "rating_pad_seconds = 14 «here»", "out_of_range", "policy.rating_pad_seconds", "= 90"),
    ('mode = "interleave"', "follow_up_days = 31 «here»", "out_of_range", "policy.follow_up_days", "= 3"),
    ("is_demo = false", "lock_minutes = 0 «here»", "out_of_range", "lock_minutes", "lock_minutes = 10"),
    ('mode = "interleave"', 'day_close = "later" «here»', "unknown_choice", "policy.day_close", '"carry_over"'),
    ("is_demo = false", "is_demo = false\nis_demo = true «here»", "syntax", "", "Hãy xóa một trong hai"),
    ("is_demo = false", "is_demo = no «here»", "syntax", "", "ngoặc kép"),
    ("is_demo = false", "is_demo false «here»", "syntax", "", "khóa = "),
    ('id = "mau"', 'id = "mau «here»', "syntax", "", "Hãy đóng chuỗi"),
    ("[hours]", '[[displays]]\nname = "Sảnh"\nlayout = "wide" «here»\n[hours]', "unknown_choice", "displays[0].layout", '"far"'),
    ("[hours]", '[[displays]]\nname = "Sảnh"\ncounters = [1, 9] «here»\n[hours]', "unknown_counter", "displays[0].counters", "1, 2"),
    ("[hours]", '[[displays]]\nname = "Sảnh"\ncounters = [1, 1] «here»\n[hours]', "duplicate", "displays[0].counters[1]", "một trong hai"),
    ("[hours]", '[[displays]]\nname = "Sảnh"\ncounters = ["1"] «here»\n[hours]', "wrong_type", "displays[0].counters[0]", "[1, 2, 3]"),
    ("[hours]", '[[displays]]\nname = "Quầy 1"\nlayout = "sign" «here»\n[hours]', "sign_counter", "displays[0].layout", "counters = [1]"),
    ("[hours]", '[[displays]]\nname = "Sảnh"\n[[displays]]\nname = "Sảnh" «here»\n[hours]', "duplicate", "displays[1].name", "khác"),
    ("[hours]", '[[displays]]\nname = "Sảnh"\nvolume = 101 «here»\n[hours]', "out_of_range", "displays[0].volume", "80"),
    ("[hours]", '[[displays]]\nname = "Sảnh"\nhours = [{ since = "9h", until = "10:00", volume = 0 }] «here»\n[hours]', "bad_time", "displays[0].hours[0].since", '"11:30"'),
    ("[hours]", "[[media]] «here»\nseconds = 10\n[hours]", "media_kind", "media[0]", "tuyen-truyen.mp4"),
    ("[hours]", '[[media]]\nfile = "../khoa.jpg" «here»\n[hours]', "media_file", "media[0].file", "webm"),
    ("[hours]", '[[media]]\nfile = "phim.avi" «here»\n[hours]', "media_file", "media[0].file", "webm"),
    ("[hours]", '[[reports]] «here»\nperiod = "month"\n[hours]', "report_to_nobody", "reports[0]", "folder"),
    ("[hours]", '[[reports]]\nfolder = "../x" «here»\n[hours]', "bad_folder", "reports[0].folder", "bao-cao-thang"),
    ("[hours]", '[[reports]]\nto = ["vanphong"] «here»\n[hours]', "bad_address", "reports[0].to[0]", "@"),
    ("[hours]", '[[reports]]\nfolder = "a"\nformats = ["doc"] «here»\n[hours]', "unknown_choice", "reports[0].formats[0]", '"pdf"'),
    ("[hours]", '[[reports]]\nfolder = "a"\nperiod = "decade" «here»\n[hours]', "unknown_choice", "reports[0].period", '"quarter"'),
    ("[hours]", '[[reports]]\nfolder = "a"\nday = 29 «here»\n[hours]', "out_of_range", "reports[0].day", "2"),
    ("[hours]", '[[reports]]\nfolder = "a"\nlanguage = "fr" «here»\n[hours]', "unknown_choice", "reports[0].language", '"en"'),
    *SLIP_MISTAKES,
    *VOICE_MISTAKES,
    *PUBLIC_MISTAKES,
    *ROSTER_MISTAKES,
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "path", "fix"), MISTAKES)
def test_each_mistake_names_its_line_its_place_and_the_fix(
    old: str, new: str, code: str, path: str, fix: str
) -> None:
    assert old in BASE
    text = BASE.replace(old, new, 1)
    if code == "service_without_outcome":
        text = text.replace('code = "xong"', 'code = "xong"\nservices = ["chung-thuc"]')
    marked = [n for n, line in enumerate(text.splitlines(), 1) if "«here»" in line]
    found = [p for p in refused(text.replace(" «here»", "")) if (p.code, p.path) == (code, path)]
    assert len(found) == 1, refused(text)
    assert fix in found[0].fix
    assert found[0].line in (marked or range(1, len(BASE)))


def test_the_example_sentence() -> None:
    problem = refused(
        BASE.replace('sources = [{ queues = ["A"] }]', 'sources = [{ queues = ["X"] }]')
    )
    line = BASE.splitlines().index('sources = [{ queues = ["A"] }]') + 1
    assert str(next(p for p in problem if p.code == "unknown_reference")) == (
        f"dòng {line}: counters[0].sources[0].queues: không có hàng đợi “X”. "
        'Hãy thêm [[queues]] id = "X" hoặc sửa lại tên (hiện có: A, B).'
    )


def test_every_kind_of_mistake_has_a_case() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    codes = set(re.findall(r"report\.add\(\s*\"(\w+)\"|_problem\(\w+, \"(\w+)\"", source))
    known = {a or b for a, b in codes}
    assert known == {code for *_, code, _, _ in MISTAKES} | {"unreadable", "not_utf8"}


def test_all_mistakes_are_told_at_once_in_order_of_line() -> None:
    text = BASE.replace('prefix = "A"', 'prefix = "Q"').replace('queue = "B"', 'queue = "Y"')
    problems = refused(text.replace("number = 2", "number = 0"))
    assert {"bad_prefix", "unknown_reference", "out_of_range"} <= {p.code for p in problems}
    assert [p.line for p in problems] == sorted(p.line for p in problems)


def test_an_overlap_on_five_days_is_told_once() -> None:
    text = BASE.replace('["monday"]', '["monday", "tuesday", "friday"]')
    text = text.replace('doors = "13:00"', 'doors = "11:00"')
    assert [p.code for p in refused(text)] == ["window_overlap"]


def test_an_empty_file_says_what_it_needs() -> None:
    needed = "id name time_zone queues services counters hours hours.weekly outcomes"
    problems = refused("")
    assert {p.path for p in problems} == set(needed.split())
    assert {p.line for p in problems} == {1}


def test_the_error_names_the_file() -> None:
    with pytest.raises(BranchFileError, match=r"^thu\.toml, dòng 1: id: thiếu “id”"):
        loads("", "thu.toml")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BranchFileError) as caught:
        load(tmp_path / "khong-co.toml")
    assert [(p.code, p.line) for p in caught.value.problems] == [("unreadable", 0)]
    assert str(caught.value).startswith("khong-co.toml, không mở được tệp")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "cu.toml").write_bytes(b'id = "mau"\nname = "H\xd4 t\xecch"\n')
    with pytest.raises(BranchFileError) as caught:
        load(tmp_path / "cu.toml")
    assert [(p.code, p.line) for p in caught.value.problems] == [("not_utf8", 2)]


@pytest.mark.parametrize("value", ["[" * 100_000, "1" * 5_000])
def test_a_value_beyond_measure(value: str) -> None:
    assert [p.code for p in refused(f"a = {value}")] == ["syntax"]


def test_an_editor_may_leave_a_byte_order_mark_carriage_returns_and_decomposed_letters(
    tmp_path: Path,
) -> None:
    text = unicodedata.normalize("NFD", BASE).replace("\n", "\r\n")
    (tmp_path / "mau.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(tmp_path / "mau.toml") == loads(BASE, "mau.toml")


def test_a_text_in_one_language_is_enough() -> None:
    assert loads(BASE, "mau.toml").queues[0].name == Text(vi="Hộ tịch")


# Positions


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    return [path, *(p for key, item in below for p in _paths(item, (*path, key)))]


@pytest.mark.parametrize("path", [DEMO, EMPTY])
def test_every_path_of_a_shipped_file_has_its_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(_paths(tomllib.loads(text))) == set(line_index(text))


# Line by line: dotted and quoted keys, nested lists, strings over lines, tables in tables.
FORMS_OF_TOML = """\
a.b = "x # = ["  # ] note
"q.\\u0041" = [1, [2, "]"],
  # note ]
  { c = '}', d.e = 1979-05-27 07:32:00 },
]
s = ""\"one \\""\" " two
three""\"""
l = '''x
''' # note
[t . u]
v = 1
[[n]]
[n.m]
k = true
[[n.o]] # note
[[n]]
[[n.o]]
k = 2
"""


def test_lines_in_every_form_of_toml() -> None:
    lines = line_index(FORMS_OF_TOML)
    assert set(lines) == set(_paths(tomllib.loads(FORMS_OF_TOML)))
    expected = {
        ("a", "b"): 1,
        ("q.A", 1, 1): 2,
        ("q.A", 2, "d", "e"): 4,
        ("s",): 6,
        ("l",): 8,
        ("t", "u", "v"): 11,
        ("n",): 12,
        ("n", 0, "m"): 13,
        ("n", 0, "m", "k"): 14,
        ("n", 0, "o", 0): 15,
        ("n", 1): 16,
        ("n", 1, "o", 0, "k"): 18,
    }
    assert {path: lines[path] for path in expected} == expected


@given(st.data())
def test_no_edit_makes_anything_but_a_refusal_with_lines(data: st.DataObject) -> None:
    lines = BASE.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    value = st.sampled_from(
        ["1", "-1", "1e400", '""', "[]", "{}", "[[]]", "[{}]", "true", "2027-01-01", '"A"', "nan"]
    )
    edit = data.draw(st.sampled_from(["drop", "double", "value", "cut"]))
    key = lines[at].split("=")[0]
    changed = {
        "drop": [],
        "double": [lines[at], lines[at]],
        "value": [f"{key}= {data.draw(value)}"],
        "cut": [lines[at][: data.draw(st.integers(0, 40))]],
    }[edit]
    text = "\n".join([*lines[:at], *changed, *lines[at + 1 :]])
    problems: list[Problem] = []
    try:
        loads(text, "thu.toml")
    except BranchFileError as error:
        problems = error.problems
    assert all(1 <= p.line <= text.count("\n") + 1 for p in problems)


# Writing


@given(catalogues())
def test_what_is_written_is_read_back_equal(catalogue: Catalogue) -> None:
    text = dumps(catalogue)
    again = loads(text, "thu.toml")
    assert again == catalogue
    assert dumps(again) == text


@pytest.mark.parametrize("path", [DEMO, EMPTY])
def test_shipped_files_are_written_back_equal(path: Path) -> None:
    catalogue = load(path)
    assert loads(dumps(catalogue), path.name) == catalogue
    assert branchfile.check(catalogue) == []


def test_a_catalogue_made_elsewhere_can_be_checked() -> None:
    broken = replace(load(EMPTY), time_zone="Asia/Hanoi")
    assert [p.code for p in branchfile.check(broken)] == ["bad_time_zone"]


def test_the_file_leaves_versions_to_the_server() -> None:
    catalogue = load(DEMO)
    later = replace(catalogue, version=7, policy=replace(catalogue.policy, version=3))
    assert dumps(later) == dumps(catalogue)
    assert (catalogue.version, catalogue.policy.version) == (1, 1)
