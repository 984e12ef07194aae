"""How things are read aloud: numbers in words, and any sentence made ready for a synthesiser. Pure.

Ticket numbers are read as the letter's name and then digit by digit; counters and counts as whole
numbers (domain: reading rules). A synthesiser left alone says "một mươi năm" for 15, or an English
"ei" for A: whatever is not a word is spelled here.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Final

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


# Sentences --------------------------------------------------------------------------------------
#: Written short, spoken long.
_SHORT_VI: Final = {
    "QR": "quy rờ",
    "BHYT": "bảo hiểm y tế",
    "UBND": "ủy ban nhân dân",
    "TTHC": "thủ tục hành chính",
    "CCCD": "căn cước công dân",
    "HTX": "hợp tác xã",
}
_SHORT_EN: Final = {"QR": "Q R"}
_SIGNS_VI: Final = {"%": "phần trăm", "&": "và", "~": "khoảng", ">": "trên", "<": "dưới"}
_SIGNS_EN: Final = {"%": "percent", "&": "and", "~": "about", ">": "over", "<": "under"}
_DATE: Final = re.compile(r"(?:\b[Nn]gày\s+)?\b(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])/(\d{4})\b")
_HOUR: Final = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_TICKET: Final = re.compile(r"\b([A-ZĐ])\s?(\d{3,4})\b")
#: Dossier codes and the like: groups of capitals and digits with dots or hyphens between.
_CODE: Final = re.compile(r"\b[0-9A-Z]{2,}(?:[.-][0-9A-Z]{2,}){2,}\b")
_RANGE: Final = re.compile(r"(?<=\d)\s*[\u2013\u2014]\s*(?=\d)")
#: A hyphen is a range between small numbers only: elsewhere it holds a code together.
_HYPHEN_RANGE: Final = re.compile(r"(?<![\w.,-])(\d{1,3})\s?-\s?(\d{1,3})(?![\w-])")
_OF: Final = re.compile(r"(?<![\w/])(\d{1,3})/(\d{1,3})(?![\w/])")
_MONEY: Final = re.compile(r"(?<=\d)\s*(?:₫|đ|VNĐ|VND)(?!\w)")
_THOUSANDS_VI: Final = re.compile(r"\b\d{1,3}(?:\.\d{3})+\b")
_THOUSANDS_EN: Final = re.compile(r"\b\d{1,3}(?:[.,]\d{3})+\b")
_DECIMAL: Final = re.compile(r"\b(\d+)[.,](\d+)\b")
_NUMBER: Final = re.compile(r"\d+")
#: Capitals that nobody can say as a word.
_INITIALS: Final = re.compile(r"(?<![^\W\d])[BCDĐGHKLMNPQRSTVX]{2,6}(?![^\W\d])")
_BILLION: Final = 1_000_000_000
_GROUPS_VI: Final = ("", " nghìn", " triệu")
_GROUPS_EN: Final = ("", " thousand", " million")


def prepared(text: str, language: str) -> str:
    """`text` as words alone, ready for a synthesiser of `language` (vi or en); empty without any."""
    # Also makes a digit of ², and a space of the thin one in a ticket number.
    text = unicodedata.normalize("NFKC", text)
    is_vi = language != "en"
    for short, long in (_SHORT_VI if is_vi else _SHORT_EN).items():
        text = re.sub(rf"\b{short}\b", long, text)
    text = _CODE.sub(lambda m: _spelled(m[0], is_vi), text)
    text = _RANGE.sub(" đến " if is_vi else " to ", text)
    text = _HYPHEN_RANGE.sub(rf"\1 {'đến' if is_vi else 'to'} \2", text)
    text = _DATE.sub(lambda m: _date(m, is_vi), text)
    text = _HOUR.sub(lambda m: _hour(m, is_vi), text)
    text = _OF.sub(rf"\1 {'trên' if is_vi else 'of'} \2", text)
    text = _TICKET.sub(lambda m: _ticket(m[1] + m[2], is_vi), text)
    text = _MONEY.sub(" đồng" if is_vi else " dong", text)
    thousands = _THOUSANDS_VI if is_vi else _THOUSANDS_EN
    text = thousands.sub(lambda m: re.sub("[.,]", "", m[0]), text)
    text = _DECIMAL.sub(rf"\1 {'phẩy' if is_vi else 'point'} \2", text)
    for sign, word in (_SIGNS_VI if is_vi else _SIGNS_EN).items():
        text = text.replace(sign, f" {word} ")
    if is_vi:
        text = _INITIALS.sub(lambda m: f" {_spelled(m[0], is_vi)} ", text)
    text = _NUMBER.sub(lambda m: f" {_whole(m[0], is_vi)} ", text)
    return _tidy(re.sub(r"[()\[\]:;·/|\u2013\u2014\n]+", ", ", text))


def _tidy(text: str) -> str:
    """Words, spaces and the marks that a synthesiser pauses at; nothing when there are no words."""
    kept = (c if c.isalpha() or c in ",.?!'-" else " " for c in text)
    text = re.sub(r"(?<!\w)-+|-+(?!\w)", " ", "".join(kept))
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.?!])", r"\1", text)
    text = re.sub(r"([,.?!])[,.\s]*(?=[,.?!])", "", text)
    return text.strip(" ,") if any(c.isalpha() for c in text) else ""


def _whole(digits: str, is_vi: bool) -> str:
    """A whole number in words; what is too long for one, digit by digit."""
    value = int(digits)
    if value >= _BILLION or (len(digits) > 1 and digits[0] == "0"):
        return " ".join((DIGITS_VI if is_vi else DIGITS_EN)[int(d)] for d in digits)
    names = _GROUPS_VI if is_vi else _GROUPS_EN
    groups = [(power, value // 1_000**power % 1_000) for power in (2, 1, 0)]
    said: list[str] = []
    for power, group in groups:
        if group:
            said.append(_group(group, is_vi, is_first=not said) + names[power])
    return " ".join(said) or (DIGITS_VI if is_vi else DIGITS_EN)[0]


def _group(n: int, is_vi: bool, *, is_first: bool) -> str:
    if not is_vi:
        return number_words_en(n)
    hundred = 100
    if is_first or n >= hundred:
        return number_words(n)
    # 2026: "hai nghìn không trăm hai mươi sáu".
    return f"không trăm {'linh ' if n < len(DIGITS_VI) else ''}{number_words(n)}"


def _spelled(code: str, is_vi: bool) -> str:
    names = {".": "chấm", "-": "gạch"} if is_vi else {".": "point", "-": "dash"}
    digits = DIGITS_VI if is_vi else DIGITS_EN
    letters = LETTERS_VI if is_vi else {}
    said = (names.get(c) or (digits[int(c)] if c.isdigit() else letters.get(c, c)) for c in code)
    return ", ".join(said)


def _ticket(number: str, is_vi: bool) -> str:
    return ", ".join(ticket_words(number) if is_vi else ticket_words_en(number))


def _date(found: "re.Match[str]", is_vi: bool) -> str:
    day, month, year = found[1], found[2], found[3]
    if is_vi:
        return (
            f"ngày {_whole(day.lstrip('0'), True)} tháng {_whole(month.lstrip('0'), True)}"
            f" năm {_whole(year, True)}"
        )
    return f"{_whole(day.lstrip('0'), False)}, {_MONTHS[int(month)]} {_whole(year, False)}"


_MONTHS: Final = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _hour(found: "re.Match[str]", is_vi: bool) -> str:
    hour, minute = int(found[1]), int(found[2])
    if is_vi:
        tail = f" {number_words(minute)} phút" if minute else ""
        return f"{number_words(hour)} giờ{tail}"
    oh = "oh " if 0 < minute < len(DIGITS_EN) else ""
    return f"{number_words_en(hour)} {oh}{number_words_en(minute) if minute else 'o clock'}"
