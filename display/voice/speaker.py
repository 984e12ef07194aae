"""The words of a sentence joined from clips, where no browser does it."""

from typing import Any

from display.announce import pause_s
from display.voice.pack import Clip, Pack
from display.voice.sentences import first
from display.voice.shelf import Shelf
from display.voice.sound import decoded, encoded, joined


class MissingWordsError(Exception):
    """The packs have no clip for these words."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(", ".join(words))
        self.words = words


class Speaker:
    """Joins sentences; every clip is read and decoded once."""

    def __init__(self, shelf: Shelf) -> None:
        self._packs = shelf.packs()
        self._decoded: dict[str, Any] = {}

    def samples(self, words: list[str]) -> Any:
        """The sentence as samples. Raises `MissingWordsError` before anything is decoded."""
        found = [(word, first(self._packs, word)) for word in words]
        if missing := [word for word, where in found if where is None]:
            raise MissingWordsError(missing)
        return joined([(self._of(*where), pause_s(word)) for word, where in found if where])

    def clip(self, words: list[str]) -> bytes:
        """The sentence as one Ogg/Opus file."""
        return encoded(self.samples(words))

    def _of(self, pack: Pack, clip: Clip) -> Any:
        if clip.checksum not in self._decoded:
            self._decoded[clip.checksum] = decoded((pack.folder / clip.file).read_bytes())
        return self._decoded[clip.checksum]
