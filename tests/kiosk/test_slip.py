"""What a citizen holds in the hand, read back from the bytes that a printer gets."""

from dataclasses import replace

import pytest
import zxingcpp
from PIL import Image, ImageChops

from kiosk.__main__ import _SAMPLE
from kiosk.printer import escpos_bytes
from kiosk.slip import render
from tests.kiosk.test_printer import decoded

WIDTHS = (576, 384)
LONG = replace(
    _SAMPLE,
    branch="Trung tâm Phục vụ hành chính công phường Nghĩa Đô, điểm tiếp nhận số 2",
    procedure="Liên thông đăng ký khai sinh, đăng ký thường trú, cấp thẻ bảo hiểm y tế cho trẻ em "
    "dưới 6 tuổi và giải quyết chế độ thai sản",
    papers=("Bản chính giấy tờ tùy thân của người yêu cầu, còn giá trị sử dụng",) * 14,
)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("slip", [_SAMPLE, LONG], ids=["short", "long"])
def test_the_qr_code_leads_to_the_ticket(width: int, slip: object) -> None:
    """Through the printer's bytes and back, by a reader that is not ours."""
    paper = decoded(escpos_bytes(render(slip, width)))  # type: ignore[arg-type]
    found = zxingcpp.read_barcodes(paper.convert("L"))
    assert [code.text for code in found] == [_SAMPLE.qr]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("slip", [_SAMPLE, LONG], ids=["short", "long"])
def test_nothing_is_cut_off(width: int, slip: object) -> None:
    image = render(slip, width)  # type: ignore[arg-type]
    left, top, right, bottom = _ink(image)
    assert (left > 0, right < width) == (True, True)
    assert top > 0
    assert bottom < image.height < 2_400


def test_the_number_is_the_largest_thing_on_it() -> None:
    image = render(_SAMPLE, 576)
    without = render(replace(_SAMPLE, number=""), 576)
    assert image.height - without.height > 150


def test_marks_above_capitals_are_whole() -> None:
    """The first line may hold letters with two marks, which rise above the font's own measure."""
    plain = render(replace(_SAMPLE, branch="E"), 576)
    marked = render(replace(_SAMPLE, branch="\u1ec4"), 576)
    assert _ink(marked)[1] < _ink(plain)[1]
    assert _ink(marked)[1] > 0


def test_text_in_pieces_is_drawn_as_text_in_one() -> None:
    """NFD, as some programs write it, would print letters and marks apart."""
    import unicodedata

    whole = render(LONG, 576)
    pieces = render(
        replace(
            LONG,
            branch=unicodedata.normalize("NFD", LONG.branch),
            papers=tuple(unicodedata.normalize("NFD", p) for p in LONG.papers),
        ),
        576,
    )
    assert ImageChops.difference(whole.convert("L"), pieces.convert("L")).getbbox() is None


def _ink(image: Image.Image) -> tuple[int, int, int, int]:
    found = ImageChops.invert(image.convert("L")).getbbox()
    assert found is not None
    return found
