"""What a branch file is said to change: a new branch, a new order, the lines of the slip."""

from dataclasses import fields, replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from server.branchfile import difference, load, loads
from server.branchfile.diff import _APART, LABELS
from server.domain.catalogue import (
    Catalogue,
    Counter,
    DayClose,
    Outcome,
    Policy,
    PriorityClass,
    Procedure,
    Public,
    Queue,
    Service,
)
from server.domain.hall import Display, Voice
from server.domain.slip_template import USUAL
from server.domain.text import Text
from tests.server.branch_drafts import BASE, catalogues

DEPLOY = Path(__file__).parents[2] / "deploy"
DEMO = DEPLOY / "branches" / "long-bien.toml"
EMPTY = DEPLOY / "branches" / "empty.toml"


def test_a_new_branch_is_summed_up() -> None:
    lines = difference(None, load(EMPTY))
    assert lines[0] == "Thêm chi nhánh mau “Điểm tiếp nhận và trả kết quả (cần đặt tên)”"
    assert "Thêm 3 quầy: 1, 2, 3" in lines


def test_a_new_order_is_a_change() -> None:
    old = load(EMPTY)
    new = replace(old, services=old.services[::-1])
    assert difference(old, new) == [
        "Đổi thứ tự dịch vụ: ho-tich, chung-thuc, nhan-ket-qua → nhan-ket-qua, chung-thuc, ho-tich"
    ]


def test_how_the_day_goes_is_told_in_words() -> None:
    old = load(EMPTY)
    first = replace(old.counters[0], auto_call=True)
    new = replace(
        old,
        roll_prefix="X",
        lock_minutes=5,
        admin_second_factor=True,
        counters=(first, *old.counters[1:]),
        policy=replace(
            old.policy,
            day_close=DayClose.ASK,
            follow_up_days=5,
            rating_pad_seconds=60,
            recalls_before_no_show=1,
        ),
    )
    assert difference(old, new) == [
        "Chi nhánh, ký tự đầu số của cuộn phiếu giấy: “P” → “X”",
        "Chi nhánh, tự khóa màn hình quầy (phút): 10 → 5",
        "Chi nhánh, quản trị viên đăng nhập hai bước: không → có",
        "Sửa quầy 1, tự động gọi: không → có",
        "Chính sách gọi số, số lần gọi lại trước khi ghi vắng: 0 → 1",
        "Chính sách gọi số, số còn chờ cuối ngày: kết thúc trong ngày → hỏi người kết thúc ngày",
        "Chính sách gọi số, bảng đánh giá chờ (giây): 90 → 60",
        "Chính sách gọi số, hạn xử lý đánh giá thấp (ngày làm việc): 3 → 5",
    ]


def test_lines_of_the_slip_that_came_and_went() -> None:
    demo = load(DEMO)
    late = next(line for line in demo.slip if line.after)
    without = replace(demo, slip=tuple(line for line in demo.slip if line is not late))
    (gone,) = difference(demo, without)
    assert gone.startswith("Bỏ dòng trên phiếu: “Hồ sơ nộp sau 15 giờ")
    assert gone.endswith("cỡ nhỏ, nét thường, chỉ " + ", ".join(late.services) + ", từ 15:00")
    assert difference(without, demo) == [gone.replace("Bỏ", "Thêm", 1)]
    assert difference(demo, demo) == []


def test_the_same_lines_in_another_order() -> None:
    """Rules repeat, so that the order alone may be what changed."""
    usual = replace(load(EMPTY), slip=USUAL)
    (told,) = difference(usual, replace(usual, slip=(*USUAL[1:], USUAL[0])))
    assert told.startswith("Đổi thứ tự dòng trên phiếu: {address}; {demo}; ---;")


def test_what_is_said_otherwise() -> None:
    demo = load(DEMO)
    own = (("call", Text(vi="Mời số {number}, đến quầy số {counter}.")),)
    told = difference(demo, replace(demo, voice=Voice(languages=("en", "vi"), sentences=own)))
    assert told == [
        "Ngôn ngữ đọc: vi, en → en, vi",
        "Câu đọc call: (câu mặc định) → “Mời số {number}, đến quầy số {counter}.”",
    ]
    quiet = replace(demo.voice, speaks=("call", "recall", "emergency"), closing_minutes=10)
    assert difference(demo, replace(demo, voice=quiet)) == [
        f"Các câu được đọc: {', '.join(demo.voice.speaks)} → call, recall, emergency",
        "Báo sắp hết giờ trước: 15 phút → 10 phút",
    ]


def test_what_the_public_may_see() -> None:
    demo = load(DEMO)
    shown = replace(demo, public=Public(page=False, frame=("https://a.vn",), licence="CC0 1.0"))
    assert difference(demo, shown) == [
        "Trang công khai: có → không",
        "Thêm trang được nhúng: https://a.vn",
        "Giấy phép dữ liệu mở: “CC BY 4.0” → “CC0 1.0”",
    ]


@given(catalogues(), st.sampled_from([f.name for f in fields(Catalogue) if f.init]))
def test_a_difference_is_empty_exactly_when_nothing_changes(drawn: Catalogue, field: str) -> None:
    later = replace(drawn, version=drawn.version + 1, policy=replace(drawn.policy, version=9))
    assert difference(drawn, later) == []
    old = loads(BASE, "mau.toml")
    new = replace(old, **{field: getattr(drawn, field)})
    assert (difference(old, new) == []) == (old == new)


def test_every_field_of_a_catalogue_has_a_name() -> None:
    kinds = (
        *(Catalogue, Queue, Service, Procedure, Counter, Policy, PriorityClass, Outcome),
        Display,
    )
    named = {f.name for kind in kinds for f in fields(kind) if not f.name.startswith("_")}
    assert named - _APART <= LABELS.keys()


def test_a_difference_reads_as_sentences() -> None:
    afternoon = """[[hours.weekly]]
days = ["monday"]
doors = "13:00"
opens = "13:00"
last_ticket = "16:30"
closes = "17:00"
"""
    base = BASE.replace(afternoon, "")
    morning, short = "(mở cửa 07:30, số cuối 11:30)", "(mở cửa 07:30, số cuối 10:30)"
    old = loads(base, "mau.toml")
    new = loads(
        base.replace('name = "Hộ tịch"', 'name = "Tư pháp"')
        .replace("normal_per_priority = 2", "normal_per_priority = 3")
        .replace("mean_minutes = 9.0", "mean_minutes = 9.5")
        .replace('id = "khai-tu"', 'id = "ket-hon"')
        .replace("2027-01-01", "2027-04-30")
        .replace('closes = "12:00"', 'closes = "12:15"')
        .replace("minutes = 25", "minutes = 20")
        .replace('direction = "left"', 'direction = "right"')
        .replace('closes = "11:00"', 'closes = "10:45"')
        .replace('"Giữ phiếu."', '"Giữ trật tự."'),
        "mau.toml",
    )
    assert difference(old, new) == [
        "Sửa hàng đợi A “Hộ tịch”, tên: “Hộ tịch” → “Tư pháp”",
        "Sửa dịch vụ ho-tich “Hộ tịch”, thời gian phục vụ trung bình (phút): 9 → 9,5",
        "Bỏ thủ tục khai-tu “Khai tử”",
        "Thêm thủ tục ket-hon “Khai tử”",
        "Sửa quầy 1, hướng: bên trái → bên phải",
        "Sửa quầy 2, nguồn gọi số: B; A khi chờ quá 25 phút → B; A khi chờ quá 20 phút",
        f"Giờ làm việc thứ Hai: 08:00 đến 12:00 {morning} → 08:00 đến 12:15 {morning}",
        "Bỏ ngày nghỉ 01/01/2027",
        "Thêm ngày nghỉ 30/04/2027",
        f"Giờ riêng ngày 02/01/2027: 08:00 đến 11:00 {short} → 08:00 đến 10:45 {short}",
        "Chính sách gọi số, số lượt thường trên một lượt ưu tiên: 2 → 3",
        "Bỏ thông báo: “Giữ phiếu.”",
        "Thêm thông báo: “Giữ trật tự.”",
    ]
