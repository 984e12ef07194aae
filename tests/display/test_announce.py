"""The reading rules: tickets digit by digit, counters as whole numbers (domain: announcements)."""

import pytest

from display.announce import announcement
from server.domain.reading import (
    LETTERS_VI,
    number_words,
    number_words_en,
    ticket_words,
    ticket_words_en,
)

GOLDEN = [
    ("000", "không, không, không", "không"),
    ("001", "không, không, một", "một"),
    ("004", "không, không, bốn", "bốn"),
    ("005", "không, không, năm", "năm"),
    ("010", "không, một, không", "mười"),
    ("011", "không, một, một", "mười một"),
    ("015", "không, một, năm", "mười lăm"),
    ("021", "không, hai, một", "hai mươi mốt"),
    ("024", "không, hai, bốn", "hai mươi tư"),
    ("025", "không, hai, năm", "hai mươi lăm"),
    ("101", "một, không, một", "một trăm linh một"),
    ("105", "một, không, năm", "một trăm linh năm"),
    ("110", "một, một, không", "một trăm mười"),
    ("111", "một, một, một", "một trăm mười một"),
    ("115", "một, một, năm", "một trăm mười lăm"),
    ("121", "một, hai, một", "một trăm hai mươi mốt"),
    ("125", "một, hai, năm", "một trăm hai mươi lăm"),
    ("999", "chín, chín, chín", "chín trăm chín mươi chín"),
]

DEMO_LETTERS = [
    ("A", "a"),
    ("B", "bê"),
    ("C", "xê"),
    ("D", "dê"),
    ("E", "e"),
    ("H", "hát"),
    ("K", "ca"),
    ("L", "e-lờ"),
    ("M", "em-mờ"),
    ("R", "e-rờ"),
]

# fmt: off
COUNTERS = [
    "một", "hai", "ba", "bốn", "năm",
    "sáu", "bảy", "tám", "chín", "mười",
    "mười một", "mười hai", "mười ba", "mười bốn", "mười lăm",
    "mười sáu", "mười bảy", "mười tám", "mười chín", "hai mươi",
    "hai mươi mốt", "hai mươi hai", "hai mươi ba", "hai mươi tư", "hai mươi lăm",
    "hai mươi sáu", "hai mươi bảy", "hai mươi tám", "hai mươi chín", "ba mươi",
]
# fmt: on


@pytest.mark.parametrize(("letter", "name"), DEMO_LETTERS)
@pytest.mark.parametrize(("digits", "spoken", "_number"), GOLDEN)
def test_ticket_is_the_letter_and_then_its_digits(
    digits: str, spoken: str, _number: str, letter: str, name: str
) -> None:
    assert ", ".join(ticket_words(letter + digits)) == f"{name}, {spoken}"


@pytest.mark.parametrize(("digits", "_spoken", "as_number"), GOLDEN)
def test_whole_numbers(digits: str, _spoken: str, as_number: str) -> None:
    assert number_words(int(digits)) == as_number


@pytest.mark.parametrize(("number", "spoken"), list(enumerate(COUNTERS, start=1)))
def test_counters_one_to_thirty(number: int, spoken: str) -> None:
    assert number_words(number) == spoken
    assert announcement("call", "A001", number, 1).text_vi.endswith(f"đến quầy số {spoken}.")


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        ("A001", "a, không, không, một"),
        ("B105", "bê, một, không, năm"),
        ("C021", "xê, không, hai, một"),
        ("R115", "e-rờ, một, một, năm"),
    ],
)
def test_whole_tickets(number: str, spoken: str) -> None:
    assert ", ".join(ticket_words(number)) == spoken


def test_no_two_numbers_sound_alike() -> None:
    assert len({number_words(n) for n in range(1000)}) == 1000
    assert len({number_words_en(n) for n in range(1000)}) == 1000


def test_counting_words_never_reach_a_ticket() -> None:
    counting = {"mốt", "lăm", "tư", "mười", "mươi", "linh", "trăm"}
    for n in range(1000):
        assert not counting & set(ticket_words(f"B{n:03}"))


def test_every_letter_has_its_own_name() -> None:
    assert len(set(LETTERS_VI.values())) == len(LETTERS_VI)
    assert ticket_words("Đ007") == ["đê", "không", "không", "bảy"]
    assert ticket_words("b027") == ticket_words("B027")


def test_call_sentences() -> None:
    said = announcement("call", "A001", 5, 1)
    assert said.text_vi == ("Kính mời công dân có số thứ tự a, không, không, một, đến quầy số năm.")
    assert said.text_en == "Number A zero zero one, please proceed to counter five."
    assert said.words_vi == [
        "kính mời công dân có số thứ tự",
        "a",
        "không",
        "không",
        "một",
        "đến quầy số",
        "năm",
    ]
    assert said.words_en == [
        "number",
        "A",
        "zero",
        "zero",
        "one",
        "please proceed to counter",
        "five",
    ]


def test_recall_says_that_it_is_one() -> None:
    second = announcement("recall", "B105", 12, 2)
    assert second.text_vi == (
        "Nhắc lại lần hai. "
        "Kính mời công dân có số thứ tự bê, một, không, năm, đến quầy số mười hai."
    )
    assert second.text_en.startswith("Repeating. Number B one zero five")
    assert second.words_vi[:2] == ["nhắc lại lần", "hai"]
    assert announcement("recall", "B105", 12, 4).words_vi[1] == "bốn"


def test_the_printed_number_is_never_in_the_sentence() -> None:
    for kind in ("call", "recall"):
        said = announcement(kind, "A001", 5, 2)
        spoken = [said.text_vi, said.text_en, *said.words_vi, *said.words_en]
        assert not any("A001" in s or any(c.isdigit() for c in s) for s in spoken)


@pytest.mark.parametrize("number", ["", "A", "12A", "A-01", "A0 1", "?001"])
def test_what_nobody_could_read_aloud_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="is not a ticket number"):
        ticket_words(number)


@pytest.mark.parametrize("n", [-1, 1000])
def test_numbers_have_limits(n: int) -> None:
    for words in (number_words, number_words_en):
        with pytest.raises(ValueError, match="is outside"):
            words(n)


def test_english() -> None:
    assert [number_words_en(n) for n in (0, 7, 10, 13, 20, 21, 100, 105, 999)] == [
        "zero",
        "seven",
        "ten",
        "thirteen",
        "twenty",
        "twenty-one",
        "one hundred",
        "one hundred and five",
        "nine hundred and ninety-nine",
    ]
    assert ticket_words_en("R115") == ["R", "one", "one", "five"]
