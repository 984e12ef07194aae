"""The hall's voice: how long a pack takes to make, and a sentence from its words to sound."""

import statistics
import tempfile
import time
from pathlib import Path

from display.announce import announcement, vocabulary
from display.voice.build import Build
from display.voice.shelf import Shelf
from display.voice.speaker import Speaker
from display.voice.voices import espeak
from server.domain.announcements import Sentence

_SENTENCES = 500


def voice() -> None:
    """Both packs by espeak-ng; then calls as words, as samples, and as one file."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for language in ("vi", "en"):
            _build(root, language)
        _sentences(Shelf(root, "vi"))


def _build(root: Path, language: str) -> None:
    shelf, engine, wanted = Shelf(root, language), espeak(), vocabulary(language)
    began = time.perf_counter()
    list(Build(shelf, engine, wanted).steps())
    took = time.perf_counter() - began
    engine.close()
    (pack,) = shelf.packs()
    size = sum((pack.folder / clip.file).stat().st_size for clip in pack.words.values())
    sound = sum(clip.duration_s for clip in pack.words.values())
    print(
        f"pack {language}: {len(wanted)} clips, {sound:.0f} s of sound, {size / 1024:.0f} kB "
        f"in {took:.1f} s"
    )


def _sentences(shelf: Shelf) -> None:
    speaker = Speaker(shelf)
    cold = time.perf_counter()
    speaker.samples(_words(1))
    cold = time.perf_counter() - cold
    for n in range(1, _SENTENCES):
        speaker.samples(_words(n))  # every clip is decoded once
    words, samples, files = [], [], []
    for n in range(1, _SENTENCES):
        began = time.perf_counter()
        said = _words(n)
        words.append(time.perf_counter() - began)
        speaker.samples(said)
        samples.append(time.perf_counter() - began)
    for n in range(1, 21):
        began = time.perf_counter()
        speaker.clip(_words(n))
        files.append(time.perf_counter() - began)
    print(f"call → words: {_told(words)}")
    print(f"call → joined samples: {_told(samples)}; the first, clips not decoded: {_ms(cold)}")
    print(f"call → one Ogg/Opus file: {_told(files)}")


def _words(n: int) -> list[str]:
    return announcement(Sentence.CALL, number=f"B{n:03}", counter=n % 40 + 1).words_vi


def _told(seconds: list[float]) -> str:
    p99 = sorted(seconds)[int(len(seconds) * 0.99)]
    return f"p50 {_ms(statistics.median(seconds))}, p99 {_ms(p99)} (n = {len(seconds)})"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"
