"""What is said aloud in the hall. Pure: what happened in, words and sentences out.

A sentence is words, not text: each is the name of one clip of a voice pack. Ticket numbers are read
as the letter's name and then digit by digit; counters as whole numbers after "quầy số". The number
as printed ("A001") is never handed to a voice.

A word may end in "." or ",": said as the last before a pause, the first with a falling tone. Where
a pack has no clip of that kind, the plain one is played before the same pause.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server.domain.announcements import VARIABLES, Sentence, template, templates
from server.domain.catalogue import Catalogue
from server.domain.reading import (
    LARGEST,
    number_words,
    number_words_en,
    prepared,
    ticket_words,
    ticket_words_en,
)
from server.domain.text import Text

#: Silence after a word, seconds, by how it ends. Clips themselves end in 30 ms of it.
PAUSES_S: Final = {"": 0.03, ",": 0.2, ".": 0.45}
#: The letters that a number series may have; the same as the branch file allows.
LETTERS: Final = "ABCDEGHKLMNPRSTUVXY"

_PART: Final = re.compile(r"\{(\w+)\}")
_SENTENCE_END: Final = re.compile(r"(?<=[.?!])\s+")
_MARKS: Final = {".": ".", "?": ".", "!": ".", ",": ",", ";": ",", ":": ","}
#: Said as one: "hai mươi" is a word of its own, whatever follows.
_TENS_VI: Final = re.compile(r"(?:hai|ba|bốn|năm|sáu|bảy|tám|chín) mươi|[^ ]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is spoken: the sentence, and the same cut into one piece per clip."""

    words_vi: list[str]
    words_en: list[str]
    text_vi: str
    text_en: str


def announcement(
    kind: Sentence,
    *,
    number: str = "",
    counter: int = 0,
    times: int = 0,
    minutes: int = 0,
    catalogue: Catalogue | None = None,
) -> Announcement:
    """Say `kind` in the branch's words, or the usual ones without a catalogue.

    `times` counts the calls, 2 is the first recall. Raises ValueError for a number that nobody
    could read aloud.
    """
    said = template(kind, catalogue)
    numbers = {"counter": counter, "times": max(times, 2), "minutes": minutes}
    return Announcement(
        words_vi=_words(said.vi, "vi", number, numbers),
        words_en=_words(said.en, "en", number, numbers),
        text_vi=_text(said.vi, "vi", number, numbers),
        text_en=_text(said.en, "en", number, numbers),
    )


def notice(text: Text) -> Announcement:
    """A free notice: one word of its own in each language, for voices that speak any text."""
    vi, en = prepared(text.vi, "vi"), prepared(text.en, "en")
    return Announcement(
        words_vi=[vi] if vi else [],
        words_en=[en] if en else [],
        text_vi=text.vi,
        text_en=text.en,
    )


def number_pieces(n: int, language: str) -> list[str]:
    """A whole number 0-999 as the words of its clips: 21 is "hai mươi", "mốt"."""
    if language == "en":
        return number_words_en(n).replace("-", " ").split()
    return _TENS_VI.findall(number_words(n))


def plain(word: str) -> str:
    """The word without what says how it ends."""
    return word[:-1] if word[-1:] in PAUSES_S else word


def pause_s(word: str) -> float:
    """The silence that follows it, seconds."""
    return PAUSES_S[word[-1] if word[-1:] in (".", ",") else ""]


def number_vocabulary(language: str) -> tuple[str, ...]:
    """Every plain word of numbers and letters, in the order of a recording."""
    signs = ticket_words if language == "vi" else ticket_words_en
    letters = [signs(f"{letter}0")[0] for letter in LETTERS]
    digits = signs("A0123456789")[1:]
    wholes = (word for n in range(LARGEST + 1) for word in number_pieces(n, language))
    return tuple(dict.fromkeys([*letters, *digits, *wholes]))


def phrases(language: str, said: Iterable[Text]) -> tuple[str, ...]:
    """The words between the variables of templates, each with what says how it ends."""
    numbers = dict.fromkeys(VARIABLES, 0)
    known = set(number_vocabulary(language))
    words = (
        word
        for text in said
        for word in _words(text.en if language == "en" else text.vi, language, "A0", numbers)
    )
    return tuple(dict.fromkeys(word for word in words if plain(word) not in known))


def vocabulary(language: str, said: Iterable[Text] | None = None) -> tuple[str, ...]:
    """Every word that a pack of clips has to say: numbers plain and falling, letters, phrases."""
    numbers = number_vocabulary(language)
    falling = [f"{word}." for word in numbers[len(LETTERS) :] if word not in _NEVER_LAST]
    return (*numbers, *falling, *phrases(language, templates() if said is None else said))


#: Words of numbers that no number ends in.
_NEVER_LAST: Final = frozenset({"linh", "and"})


def _words(said: str, language: str, number: str, numbers: dict[str, int]) -> list[str]:
    words: list[str] = []
    for i, part in enumerate(_PART.split(said)):
        if i % 2 == 0:
            _add_phrases(words, part)
        elif part == "number":
            words += ticket_words(number) if language == "vi" else ticket_words_en(number)
        else:
            words += number_pieces(numbers[part], language)
    return words


def _add_phrases(words: list[str], part: str) -> None:
    """The phrases of a text between two variables; its first mark belongs to what stands before."""
    part = part.strip()
    if part and part[0] in _MARKS:
        if words and words[-1][-1] not in PAUSES_S:
            words[-1] += _MARKS[part[0]]
        part = part.lstrip("".join(_MARKS)).lstrip()
    for sentence in _SENTENCE_END.split(part):
        if phrase := sentence.rstrip("".join(_MARKS)).strip():
            mark = _MARKS.get(sentence[-1], "")
            words.append(phrase.lower() + mark)


def _text(said: str, language: str, number: str, numbers: dict[str, int]) -> str:
    """The sentence as it is read, with the numbers in words."""

    def filled(found: "re.Match[str]") -> str:
        if found[1] == "number":
            is_vi = language == "vi"
            return ", ".join(ticket_words(number)) if is_vi else " ".join(ticket_words_en(number))
        n = numbers[found[1]]
        return number_words(n) if language == "vi" else number_words_en(n)

    return _PART.sub(filled, said)
