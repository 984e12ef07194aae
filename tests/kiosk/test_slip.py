"""What a citizen holds in the hand: whole, readable, and never cut off."""

import json
import unicodedata
from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageDraw

from kiosk import slip as drawing
from kiosk.slip import Line, Slip, SlipError, render
from tests.kiosk.slips import LONGEST, ORDINARY, SLIPS, WIDTHS

each_width = pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
each_slip = pytest.mark.parametrize("slip", SLIPS.values(), ids=list(SLIPS))
#: Every capital that carries two marks, above or above and below.
CAPITALS = "ẤẦẨẪẬẮẰẲẴẶẾỀỂỄỆỐỒỔỖỘỚỜỞỠỢỨỪỬỮỰ"


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    found = ImageChops.invert(image.convert("L")).getbbox()
    assert found is not None
    return found


def dots(image: Image.Image) -> int:
    return image.convert("L").histogram()[0]


@each_width
@each_slip
def test_white_paper_surrounds_the_words(slip: Slip, width: int) -> None:
    image = render(slip, width)
    left, top, right, bottom = ink(image)
    assert min(left, top, width - right, image.height - bottom) > 4


@each_width
@pytest.mark.parametrize("papers", [0, 1, 10, 60])
def test_paper_is_as_long_as_the_words_need(papers: int, width: int) -> None:
    """Nothing is left out, however much there is: each paper more makes the slip longer."""
    items = tuple(f"Giấy tờ số {n}" for n in range(papers))
    shorter = Slip(lines=(Line(kind="papers", items=items), Line(text="Hết")))
    longer = Slip(lines=(Line(kind="papers", items=(*items, "Thêm")), Line(text="Hết")))
    assert render(longer, width).height > render(shorter, width).height
    # The last line stands at the same distance from the end of either.
    end = Slip(lines=(Line(text="Hết"),))
    tail = render(end, width).height - 20
    for whole in (shorter, longer):
        image, last = render(whole, width), render(end, width)
        cut = image.crop((0, image.height - tail, width, image.height))
        same = last.crop((0, last.height - tail, width, last.height))
        assert ImageChops.difference(cut.convert("L"), same.convert("L")).getbbox() is None


@each_width
def test_the_words_that_were_given_are_the_words_that_are_drawn(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every word reaches the paper, in order, inside it and on nothing else."""
    drawn: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    original = ImageDraw.ImageDraw.text

    def noted(self: ImageDraw.ImageDraw, xy: tuple[int, int], text: str, **how: object) -> None:
        drawn.append(text)
        boxes.append(self.textbbox(xy, text, font=how["font"], anchor="ls"))  # type: ignore[arg-type]
        original(self, xy, text, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", noted)
    image = render(LONGEST, width)
    given = " ".join(
        " ".join(
            (line.text, line.label) if line.kind == "qr" else (line.label, *line.items, line.text)
        )
        for line in LONGEST.lines
    )
    assert sorted(" ".join(drawn).split()) == sorted(
        word for word in given.split() if not word.startswith("http")
    )
    for left, top, right, bottom in boxes:
        assert 0 <= left <= right <= width
        assert 0 <= top <= bottom <= image.height
    for n, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[n + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (drawn[n], drawn[boxes.index(other)])


@each_width
@pytest.mark.parametrize("size", drawing.SIZES)
def test_capitals_with_two_marks_are_neither_clipped_nor_touched(size: str, width: int) -> None:
    """As many black dots between other rows, and on a page of its own, as the letters have."""
    deep = Line(text="gjpqyạ", size=size)
    for letter in CAPITALS:
        marked = Line(text=letter * 3, size=size)
        free = Image.new("1", (width, 300), 1)
        pen = ImageDraw.Draw(free)
        pen.fontmode = "1"
        pen.text(
            (50, 150), letter * 3, font=drawing._Page(width)._face("regular", size), anchor="ls"
        )
        whole = dots(free)
        assert dots(render(Slip(lines=(marked,)), width)) == whole
        both = dots(render(Slip(lines=(deep, marked, deep)), width))
        assert both == whole + 2 * dots(render(Slip(lines=(deep,)), width))


@each_width
def test_a_word_longer_than_the_paper_is_broken_and_kept(width: int) -> None:
    word = "https://motcua.vi-du.vn/" + "w" * 200
    image = render(Slip(lines=(Line(text=word), Line(label="Nhãn", text=word))), width)
    left, _, right, _ = ink(image)
    assert 4 < left < right < width - 4
    font = drawing._font("Regular", 26)
    assert "".join(drawing._broken(word, font, width - 24)) == word


def test_no_word_stands_alone_on_the_last_row() -> None:
    font = drawing._font("Regular", 26)
    text = "Đăng ký khai sinh kết hợp nhận cha, mẹ, con"
    assert drawing._broken(text, font, 552)[-1] == "con"
    rows = drawing._balanced(text, font, 552)
    assert len(rows) == 2
    assert len(rows[1].split()) > 2


@each_width
def test_letters_are_large_enough_to_read(width: int) -> None:
    for size in drawing.SIZES:
        assert drawing._Page(width)._face("regular", size).size >= 20


@each_width
@pytest.mark.parametrize("number", ["A005", "M999", "X000", "A0001000"])
def test_the_number_is_the_largest_thing_and_fits(number: str, width: int) -> None:
    image = render(Slip(lines=(Line(kind="number", text=number),)), width)
    left, top, right, bottom = ink(image)
    assert 4 < left < right < width - 4
    assert bottom - top > (80 if len(number) == 4 else 30)


@each_width
def test_a_long_address_still_makes_a_code_that_fits(width: int) -> None:
    import zxingcpp

    for address in (f"https://{'x' * n}.vn/t/abc" for n in (20, 120, 220)):
        image = render(Slip(lines=(Line(kind="qr", text=address),)), width)
        assert [code.text for code in zxingcpp.read_barcodes(image.convert("L"))] == [address]


def test_text_in_pieces_is_drawn_as_text_in_one() -> None:
    """NFD, as some programs write it, would print letters and marks apart."""

    def apart(text: str) -> str:
        return unicodedata.normalize("NFD", text)

    pieces = Slip(
        lines=tuple(
            replace(
                line,
                text=line.text if line.kind == "qr" else apart(line.text),
                label=apart(line.label),
                items=tuple(apart(item) for item in line.items),
            )
            for line in LONGEST.lines
        )
    )
    whole, again = render(LONGEST, 576), render(pieces, 576)
    assert whole.tobytes() == again.tobytes()


@each_slip
def test_a_slip_travels_as_json(slip: Slip) -> None:
    assert Slip.from_json(json.loads(json.dumps(slip.to_json()))) == slip


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"lines": "x"},
        {"lines": [], "more": 1},
        {"lines": [1]},
        {"lines": [{"colour": "red"}]},
        {"lines": [{"text": 1}]},
        {"lines": [{"items": "abc"}]},
        {"lines": [{"items": [1]}]},
        {"lines": [{"kind": "picture"}]},
        {"lines": [{"size": "giant"}]},
        {"lines": [{"size": []}]},
        {"lines": [{"kind": "qr"}]},
        {"lines": [{"kind": "qr", "text": "x" * 301}]},
        {"lines": [{"weight": ["bold"]}]},
    ],
)
def test_what_is_no_slip_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(SlipError):
        Slip.from_json(document)


@each_width
def test_a_line_without_words_is_no_trouble(width: int) -> None:
    lines = [Line(kind=kind) for kind in drawing.KINDS if kind != "qr"]
    empty = Slip(lines=(*lines, Line(label=" ", text=" "), Line(text=" ", weight="inverse")))
    assert render(empty, width).height < 400


def test_black_and_white_only() -> None:
    """A grey dot would be dithered into ragged letters by the library."""
    assert render(ORDINARY, 576).mode == "1"
