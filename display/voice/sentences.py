"""The packs of a language as the wall's browser is told of them."""

from pathlib import Path
from typing import Any, Final

from display.announce import number_vocabulary, pause_s
from display.voice.pack import FALLBACK, Clip, Pack
from display.voice.shelf import Shelf

_MARKS: Final = (",", ".")


def for_browser(shelf: Shelf) -> dict[str, Any]:
    """Every word that can be said, with its clip, its length and the silence after it, seconds.

    A word that a pack has only plain is told with its endings too, so that whoever plays looks a
    word up and needs no rule of ours. `words` is empty while there is no pack.
    """
    packs = shelf.packs()
    words: dict[str, Any] = {}
    for word in dict.fromkeys(word for pack in packs for word in _told(pack, shelf.language)):
        if where := first(packs, word):
            clip = where[1]
            words[word] = {
                "clip": clip.checksum,
                "duration_s": clip.duration_s,
                "pause_s": pause_s(word),
            }
    return {
        "language": shelf.language,
        "voice": packs[0].voice if packs else "",
        "is_fallback": bool(packs) and packs[0].origin == FALLBACK,
        "checksum": "-".join(pack.checksum[:16] for pack in packs),
        "words": words,
    }


def _told(pack: Pack, language: str) -> list[str]:
    numbers = set(number_vocabulary(language))
    more = [f"{word}{mark}" for word in pack.words if word in numbers for mark in _MARKS]
    return [*pack.words, *more]


def first(packs: list[Pack], word: str) -> tuple[Pack, Clip] | None:
    """The clip said as wanted in the first pack that can say the word at all."""
    for pack in packs:
        if clip := pack.clip(word):
            return pack, clip
    return None


def file_of(shelf: Shelf, checksum: str) -> Path | None:
    """The file of a clip in force; None for any other."""
    for pack in shelf.packs():
        for clip in pack.words.values():
            if clip.checksum == checksum:
                return pack.folder / clip.file
    return None
