"""Free notices as clips: any text, by a voice that can say it. The newest are kept."""

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import Final

from display.voice.pack import Pack, add, save
from display.voice.shelf import NOTICES, Shelf
from display.voice.voices import Voice

_KEPT: Final = 20


def speak(shelf: Shelf, voice: Voice, words: str) -> Pack:
    """Put the clip of prepared words on the shelf, where walls find it. Raises `VoiceAwayError`."""
    shelf.folder.mkdir(parents=True, exist_ok=True)
    with (shelf.folder / "notices.lock").open("w", encoding="utf-8") as lock:
        # Two workers at once would each leave out the other's clip.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _speak(shelf, voice, words)


def _speak(shelf: Shelf, voice: Voice, words: str) -> Pack:
    before = shelf.pack(NOTICES)
    if before and words in before.words and before.voice == voice.name:
        return before
    clip = voice.clip(words, shelf.language)
    fresh = Path(tempfile.mkdtemp(prefix="notices-", dir=shelf.folder))
    try:
        said = {words: add(fresh, 0, words, *clip)}
        old = before.words.items() if before else ()
        for place, (word, kept) in enumerate(old, 1):
            if before and word != words and place < _KEPT:
                content = (before.folder / kept.file).read_bytes()
                said[word] = add(fresh, place, word, content, kept.measure)
        pack = Pack(
            folder=fresh,
            language=shelf.language,
            voice=voice.name,
            origin=voice.origin,
            words=said,
        )
        save(pack)
        return shelf.put(NOTICES, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
