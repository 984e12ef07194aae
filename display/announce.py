"""What is said aloud for one call. Pure: a call in, words and sentences out.

Ticket numbers are read as the letter's name and then digit by digit; counters are read as whole
numbers after "quầy số". The number as printed ("A001") is never handed to a speech engine.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

Kind = Literal["call", "recall"]

DIGITS_VI: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
# fmt: off
DIGITS_EN: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
)
TEENS_EN: Final = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)
TENS_EN: Final = (
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)
# fmt: on

#: How the letter of a number series is called in Vietnamese.
LETTERS_VI: Final[dict[str, str]] = {
    "A": "a",
    "B": "bê",
    "C": "xê",
    "D": "dê",
    "Đ": "đê",
    "E": "e",
    "F": "ép",
    "G": "giê",
    "H": "hát",
    "I": "i",
    "J": "gi",
    "K": "ca",
    "L": "e-lờ",
    "M": "em-mờ",
    "N": "en-nờ",
    "O": "o",
    "P": "pê",
    "Q": "quy",
    "R": "e-rờ",
    "S": "ét-sì",
    "T": "tê",
    "U": "u",
    "V": "vê",
    "W": "vê kép",
    "X": "ích-xì",
    "Y": "i dài",
    "Z": "dét",
}

LARGEST: Final = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One call as it is spoken: the sentence, and the same cut into one piece per recording."""

    words_vi: list[str]
    words_en: list[str]
    text_vi: str
    text_en: str


def announcement(kind: Kind, number: str, counter: int, times: int) -> Announcement:
    """Say the call of `number` to `counter`; `times` counts the calls, 2 is the first recall."""
    ticket_vi, ticket_en = ticket_words(number), ticket_words_en(number)
    desk_vi, desk_en = number_words(counter), number_words_en(counter)
    words_vi = ["kính mời công dân có số thứ tự", *ticket_vi, "đến quầy số", desk_vi]
    words_en = ["number", *ticket_en, "please proceed to counter", desk_en]
    text_vi = f"Kính mời công dân có số thứ tự {', '.join(ticket_vi)}, đến quầy số {desk_vi}."
    text_en = f"Number {' '.join(ticket_en)}, please proceed to counter {desk_en}."
    if kind == "recall":
        again = number_words(max(times, 2))
        words_vi = ["nhắc lại lần", again, *words_vi]
        words_en = ["repeating", *words_en]
        text_vi = f"Nhắc lại lần {again}. {text_vi}"
        text_en = f"Repeating. {text_en}"
    return Announcement(words_vi=words_vi, words_en=words_en, text_vi=text_vi, text_en=text_en)


def ticket_words(number: str) -> list[str]:
    """Read a ticket number out in Vietnamese: A015 is "a, không, một, năm"."""
    return [_letter_or_digit(sign, LETTERS_VI, DIGITS_VI) for sign in _signs(number)]


def ticket_words_en(number: str) -> list[str]:
    """Read a ticket number out in English: A015 is "A, zero, one, five"."""
    letters = {letter: letter for letter in LETTERS_VI}
    return [_letter_or_digit(sign, letters, DIGITS_EN) for sign in _signs(number)]


def number_words(n: int) -> str:
    """Say a whole number 0-999 in Vietnamese; for counters and counts, never for tickets."""
    hundreds, rest = divmod(_in_range(n), 100)
    if not hundreds:
        return _below_hundred(rest)
    head = f"{DIGITS_VI[hundreds]} trăm"
    if not rest:
        return head
    link = " linh " if rest < len(DIGITS_VI) else " "
    return head + link + _below_hundred(rest)


def number_words_en(n: int) -> str:
    """Say a whole number 0-999 in English."""
    hundreds, rest = divmod(_in_range(n), 100)
    if not hundreds:
        return _below_hundred_en(rest)
    head = f"{DIGITS_EN[hundreds]} hundred"
    return f"{head} and {_below_hundred_en(rest)}" if rest else head


def _below_hundred(n: int) -> str:
    tens, unit = divmod(n, 10)
    if tens == 0:
        return DIGITS_VI[unit]
    head = "mười" if tens == 1 else f"{DIGITS_VI[tens]} mươi"
    if unit == 0:
        return head
    after_ten = {5: "lăm"}
    after_tens = {1: "mốt", 4: "tư", 5: "lăm"}
    return f"{head} {(after_ten if tens == 1 else after_tens).get(unit, DIGITS_VI[unit])}"


def _below_hundred_en(n: int) -> str:
    tens, unit = divmod(n, 10)
    if tens == 0:
        return DIGITS_EN[unit]
    if tens == 1:
        return TEENS_EN[unit]
    return f"{TENS_EN[tens]}-{DIGITS_EN[unit]}" if unit else TENS_EN[tens]


def _in_range(n: int) -> int:
    if not 0 <= n <= LARGEST:
        raise ValueError(f"{n} is outside 0-{LARGEST}")
    return n


def _signs(number: str) -> str:
    """Split a ticket number into letters and digits; refuse what nobody could read aloud."""
    signs = number.strip().upper()
    known = all(sign in LETTERS_VI or sign in "0123456789" for sign in signs)
    in_order = all(not (a.isdigit() and b.isalpha()) for a, b in pairwise(signs))
    if not signs or not known or not in_order or not signs[-1].isdigit():
        raise ValueError(f"{number!r} is not a ticket number")
    return signs


def _letter_or_digit(sign: str, letters: dict[str, str], digits: tuple[str, ...]) -> str:
    return letters[sign] if sign in letters else digits[int(sign)]
