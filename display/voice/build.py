"""Makes a pack of a language by the best voice present, a few clips at a time.

What is done lies in `building-…` with a line for each clip in `done.jsonl`, so that a build that
was cut off goes on where it stopped. Only a complete one becomes the pack in force.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from display.voice.level import Measure
from display.voice.pack import FORMAT, Clip, Pack, add, faults, save
from display.voice.shelf import BUILT, Shelf
from display.voice.voices import Voice, VoiceAwayError

_DONE: Final = "done.jsonl"
_PLAN: Final = "plan.json"
_TRIES: Final = 3
#: A word that every voice of the language can say.
_PROOF: Final = {"vi": "một", "en": "one"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a language is. `voice` is the one that builds, or built."""

    language: str
    voice: str
    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be made."""
        return self.done >= self.total


class Build:
    """One pack in the making."""

    def __init__(self, shelf: Shelf, voice: Voice, wanted: Iterable[str]) -> None:
        self._shelf = shelf
        self._voice = voice
        self._wanted = tuple(wanted)
        told = json.dumps([FORMAT, voice.name, self._wanted], ensure_ascii=False)
        #: Names the voice and its words: the same build anywhere has the same key.
        self.key = hashlib.sha256(told.encode()).hexdigest()[:16]
        self._folder = shelf.folder / f"building-{self.key}"

    @property
    def is_needed(self) -> bool:
        """Whether the pack in force is another."""
        pack = self._shelf.pack(BUILT)
        return pack is None or pack.made_for != self.key

    def progress(self) -> Progress:
        """How much is done."""
        done = len(self._done()) if self.is_needed else len(self._wanted)
        total = len(self._wanted)
        return Progress(
            language=self._shelf.language, voice=self._voice.name, done=done, total=total
        )

    def steps(self) -> Iterator[Progress]:
        """Make one clip after the other; the last step puts the pack in force.

        A word that the voice cannot say is left out. Raises `VoiceAwayError` when it says nothing.
        """
        if not self.is_needed:
            return
        self._begin()
        done = self._done()
        ready = self._ready()
        for place, word in enumerate(self._wanted):
            if word in done:
                continue
            made = ready.get(word) or self._made(word)
            if made is None:
                continue
            done[word] = add(self._folder, place, word, *made)
            with (self._folder / _DONE).open("a", encoding="utf-8") as file:
                line = {"word": word, **asdict(done[word])}
                # On a line of its own also after one that was cut off in the middle.
                file.write("\n" + json.dumps(line, ensure_ascii=False))
            if len(done) < len(self._wanted):
                yield self.progress()
        self._finish(done)
        yield self.progress()

    def _made(self, word: str) -> tuple[bytes, Measure] | None:
        """A neural voice says a word otherwise each time, and now and then badly."""
        try:
            made = self._voice.clip(word, self._shelf.language)
        except VoiceAwayError:
            # Is it the word, or the voice? One odd sign in a branch must not silence a hall.
            self._voice.clip(_PROOF[self._shelf.language], self._shelf.language)
            return None
        for _ in range(_TRIES - 1):
            if not faults(word, made[1]):
                break
            made = self._voice.clip(word, self._shelf.language)
        return made

    def _begin(self) -> None:
        for other in self._shelf.folder.glob("building-*"):
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        plan = {"voice": self._voice.name, "total": len(self._wanted)}
        (self._folder / _PLAN).write_text(json.dumps(plan), encoding="utf-8")

    def _done(self) -> dict[str, Clip]:
        return {
            word: clip
            for word, clip in _lines(self._folder)
            if word in self._wanted and (self._folder / clip.file).is_file()
        }

    def _ready(self) -> dict[str, tuple[bytes, Measure]]:
        """What the same voice said before: a new sentence of a branch makes a few clips only."""
        pack = self._shelf.pack(BUILT)
        if pack is None or pack.voice != self._voice.name:
            return {}
        found: dict[str, tuple[bytes, Measure]] = {}
        for word, clip in pack.words.items():
            file = pack.folder / clip.file
            content = file.read_bytes() if file.is_file() else b""
            if hashlib.sha256(content).hexdigest() == clip.checksum:
                found[word] = content, clip.measure
        return found

    def _finish(self, done: dict[str, Clip]) -> None:
        for needless in (_DONE, _PLAN):
            (self._folder / needless).unlink(missing_ok=True)
        pack = Pack(
            folder=self._folder,
            language=self._shelf.language,
            voice=self._voice.name,
            origin=self._voice.origin,
            words={word: done[word] for word in self._wanted if word in done},
            made_for=self.key,
        )
        save(pack)
        self._shelf.put(BUILT, self._folder)


def run(build: Build, seconds: float) -> Progress:
    """As many steps as fit into a time, at least one; where it stands then."""
    until = time.monotonic() + seconds
    for progress in build.steps():
        if time.monotonic() >= until:
            return progress
    return build.progress()


def progress_of(shelf: Shelf) -> Progress | None:
    """What is being made of a language now, as its folder tells; None when nothing is."""
    for folder in shelf.folder.glob("building-*"):
        try:
            plan = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        done = len(dict(_lines(folder)))
        return Progress(
            language=shelf.language, voice=plan["voice"], done=done, total=plan["total"]
        )
    return None


def _lines(folder: Path) -> Iterator[tuple[str, Clip]]:
    try:
        lines = (folder / _DONE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            # Cut off in the middle: its clip is made again.
            continue
        word = told.pop("word")
        yield word, Clip(**told)
