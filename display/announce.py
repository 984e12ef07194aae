"""What is said aloud for one call. Pure: a call in, words and sentences out.

Ticket numbers are read as the letter's name and then digit by digit; counters are read as whole
numbers after "quầy số". The number as printed ("A001") is never handed to a speech engine.
"""

from dataclasses import dataclass
from typing import Literal

from server.domain.reading import (
    number_words,
    number_words_en,
    ticket_words,
    ticket_words_en,
)

Kind = Literal["call", "recall"]


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
