"""What a branch file is said to change: a new branch, a new order, the lines of the slip."""

from dataclasses import replace
from pathlib import Path

from server.branchfile import difference, load
from server.domain.slip_template import USUAL

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
