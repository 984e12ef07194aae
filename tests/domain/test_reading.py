"""Sentences made ready for a synthesiser: nothing is left that it would read wrongly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.reading import prepared
from server.text import messages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Số A042", "Số a, không, bốn, hai"),
        ("A\u2009042", "a, không, bốn, hai"),
        ("Khoảng 10\u201315 phút", "Khoảng mười đến mười lăm phút"),
        ("Dưới 5 phút (9:33\u201310:00)", "Dưới năm phút, chín giờ ba mươi ba phút đến mười giờ"),
        (
            "Thứ Ba, 24/11/2026",
            "Thứ Ba, ngày hai mươi tư tháng mười một năm hai nghìn không trăm hai mươi sáu",
        ),
        (
            "Hẹn ngày 24/11/2026",
            "Hẹn ngày hai mươi tư tháng mười một năm hai nghìn không trăm hai mươi sáu",
        ),
        ("20.000 đồng", "hai mươi nghìn đồng"),
        ("1.005 người", "một nghìn không trăm linh năm người"),
        ("4,6 phút", "bốn phẩy sáu phút"),
        ("95%", "chín mươi lăm phần trăm"),
        ("Quét mã QR / mã hẹn", "Quét mã quy rờ, mã hẹn"),
        ("thẻ BHYT trẻ em", "thẻ bảo hiểm y tế trẻ em"),
        (
            "H26.12-241124-0007",
            (
                "hát, hai, sáu, chấm, một, hai, gạch, hai, bốn, một, một, hai, bốn,"
                " gạch, không, không, không, bảy"
            ),
        ),
        ("Hộ tịch: khai sinh; kết hôn", "Hộ tịch, khai sinh, kết hôn"),
        ("“Gọi hỗ trợ” & chờ", "Gọi hỗ trợ và chờ"),
        ("10-15 phút", "mười đến mười lăm phút"),
        ("1.500.000 đồng", "một triệu năm trăm nghìn đồng"),
        ("15.000đ, 8.000₫", "mười lăm nghìn đồng, tám nghìn đồng"),
        ("2.5 km", "hai phẩy năm km"),
        (
            "ngày 24/11/2026",
            "ngày hai mươi tư tháng mười một năm hai nghìn không trăm hai mươi sáu",
        ),
        ("00/00/2026", "không không, không không, hai nghìn không trăm hai mươi sáu"),
        ("Trang 1/2", "Trang một trên hai"),
        ("A\u20091042", "a, một, không, bốn, hai"),
        ("Mẫu TK", "Mẫu tê, ca"),
        ("m²", "m hai"),
        ("- …", ""),
        ("", ""),
    ],
)
def test_vietnamese(text: str, said: str) -> None:
    assert prepared(text, "vi") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Number B105", "Number B, one, zero, five"),
        ("About 10\u201315 minutes (9:33)", "About ten to fifteen minutes, nine thirty-three"),
        ("24/11/2026", "twenty-four, November two thousand twenty-six"),
        ("1,500 dong, 2.5 km", "one thousand five hundred dong, two point five km"),
        ("9:05", "nine oh five"),
        ("21 people, 95%", "twenty-one people, ninety-five percent"),
    ],
)
def test_english(text: str, said: str) -> None:
    assert prepared(text, "en") == said


_LEFT = re.compile(r"[^\w\s,.?!'-]|\d|_")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_sentence_of_the_kiosk_keeps_a_sign_or_a_digit(language: str) -> None:
    for key, sentence in messages("kiosk")[language].items():
        filled = re.sub(r"\{\w+\}", "17", sentence)
        assert not _LEFT.search(prepared(filled, language)), key


@given(st.text(max_size=80), st.sampled_from(["vi", "en"]))
def test_whatever_stands_there_can_be_said(text: str, language: str) -> None:
    said = prepared(text, language)
    assert not _LEFT.search(said)
    assert not re.search(r"(?<!\w)-|-(?!\w)", said)
    assert not [c for c in said if c.isnumeric() and not c.isalpha()]
