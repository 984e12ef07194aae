"""A pack of clips: a folder with `manifest.json` and one Ogg/Opus file for each word.

The manifest names language, voice and origin, and for each word its file, checksum (SHA-256),
duration, loudness and peak. A pack is judged by its files, never by what its manifest says of them.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from display.announce import plain
from display.voice.level import HZ, PEAK_DBFS, TARGET_LUFS, TOLERANCE_LU, Measure

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LANGUAGES: Final = ("vi", "en")
#: Who made it: people, a Piper model, or the synthesiser that is always there.
ORIGINS: Final = ("recorded", "piper", "espeak")
#: A pack of this origin is to be replaced before the public hears it.
FALLBACK: Final = "espeak"

#: Longest of a clip: so much for each syllable, and this on top, seconds.
_PER_SYLLABLE_S: Final = 0.6
_ON_TOP_S: Final = 1.2
_SHORTEST_S: Final = 0.12
_PEAK_SLACK_DB: Final = 0.05
_MOST_BYTES: Final = 1_000_000
_FILE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\.ogg")
_CHECKSUM: Final = re.compile(r"[0-9a-f]{64}")


class PackError(Exception):
    """A pack that cannot be used; `code` is stable, the text says what and where."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(f"{code}: {what}" if what else code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one clip, or that a word has none."""

    #: missing_word, missing_file, wrong_checksum, not_opus, too_loud, too_quiet, peak, too_long,
    #: too_short.
    code: str
    word: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One word's file; seconds, LUFS and dBFS."""

    file: str
    checksum: str
    duration_s: float
    loudness_lufs: float
    peak_dbfs: float

    @property
    def measure(self) -> Measure:
        """How it sounds, as the manifest tells it."""
        return Measure(
            duration_s=self.duration_s,
            loudness_lufs=self.loudness_lufs,
            peak_dbfs=self.peak_dbfs,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A pack as its manifest tells it. `made_for` names voice and words, so that a build knows its own."""

    folder: Path
    language: str
    voice: str
    origin: str
    words: Mapping[str, Clip] = field(default_factory=dict)
    made_for: str = ""

    @property
    def checksum(self) -> str:
        """Changes exactly when a word sounds otherwise."""
        told = sorted((word, clip.checksum) for word, clip in self.words.items())
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def clip(self, word: str) -> Clip | None:
        """The clip of a word, else the one that is said without the end of a sentence."""
        return self.words.get(word) or self.words.get(plain(word))


def load(folder: Path) -> Pack:
    """A pack by its manifest. Raises `PackError` no_manifest or bad_manifest."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise PackError("no_manifest", str(folder)) from error
    except ValueError as error:
        raise PackError("bad_manifest", str(error)) from error
    try:
        pack = Pack(
            folder=folder,
            language=told["language"],
            voice=str(told["voice"]),
            origin=told["origin"],
            made_for=str(told.get("made_for", "")),
            words={word: _clip(clip) for word, clip in told["words"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackError("bad_manifest", repr(error)) from error
    if told.get("format") != FORMAT or pack.language not in LANGUAGES:
        raise PackError("bad_manifest", "format or language")
    if pack.origin not in ORIGINS:
        raise PackError("bad_manifest", "origin")
    return pack


def _clip(told: Mapping[str, Any]) -> Clip:
    clip = Clip(
        file=told["file"],
        checksum=told["checksum"],
        duration_s=float(told["duration_s"]),
        loudness_lufs=float(told["loudness_lufs"]),
        peak_dbfs=float(told["peak_dbfs"]),
    )
    # Both go into paths: nothing may lead out of the folder.
    if not _FILE.fullmatch(clip.file) or not _CHECKSUM.fullmatch(clip.checksum):
        raise ValueError(clip.file)
    return clip


def save(pack: Pack) -> None:
    """Write the manifest; the clips are there already."""
    told = {
        "format": FORMAT,
        "language": pack.language,
        "voice": pack.voice,
        "origin": pack.origin,
        "hz": HZ,
        "made_for": pack.made_for,
        "checksum": pack.checksum,
        "words": {word: asdict(clip) for word, clip in pack.words.items()},
    }
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (pack.folder / MANIFEST).write_text(text, encoding="utf-8")


def add(folder: Path, place: int, word: str, content: bytes, found: Measure) -> Clip:
    """Put a word's clip into a folder, whole or not at all."""
    file = folder / f"{place:03}-{_slug(word)}.ogg"
    fresh = file.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(file)
    return Clip(
        file=file.name,
        checksum=hashlib.sha256(content).hexdigest(),
        duration_s=round(found.duration_s, 3),
        loudness_lufs=round(found.loudness_lufs, 2),
        peak_dbfs=round(found.peak_dbfs, 2),
    )


def judge(pack: Pack, wanted: Iterable[str]) -> list[Problem]:
    """Everything that is wrong, by decoding every clip; empty when nothing is."""
    problems = [Problem(code="missing_word", word=w) for w in wanted if not pack.clip(w)]
    for word, clip in pack.words.items():
        problems += _judge_clip(pack.folder / clip.file, word, clip)
    return problems


def _judge_clip(file: Path, word: str, clip: Clip) -> list[Problem]:
    from display.voice.sound import measure  # noqa: PLC0415 - numpy is not for web processes

    try:
        if file.stat().st_size > _MOST_BYTES:
            return [Problem(code="too_long", word=word, detail=f"{file.stat().st_size} B")]
        content = file.read_bytes()
    except OSError:
        return [Problem(code="missing_file", word=word, detail=clip.file)]
    if hashlib.sha256(content).hexdigest() != clip.checksum:
        return [Problem(code="wrong_checksum", word=word, detail=clip.file)]
    try:
        return [Problem(code=c, word=word, detail=d) for c, d in faults(word, measure(content))]
    except ValueError as error:
        return [Problem(code="not_opus", word=word, detail=str(error))]


def faults(word: str, found: Measure) -> list[tuple[str, str]]:
    """What a listener would mind about a clip: code and measure."""
    longest = _ON_TOP_S + _PER_SYLLABLE_S * syllables(word)
    is_off = found.loudness_lufs - TARGET_LUFS
    loudness, peak = f"{found.loudness_lufs:.1f} LUFS", f"{found.peak_dbfs:.1f} dBFS"
    seconds = f"{found.duration_s:.2f} s"
    told = [
        ("too_loud", loudness, is_off > TOLERANCE_LU),
        ("too_quiet", loudness, is_off < -TOLERANCE_LU),
        ("peak", peak, found.peak_dbfs > PEAK_DBFS + _PEAK_SLACK_DB),
        ("too_long", seconds, found.duration_s > longest),
        ("too_short", seconds, found.duration_s < _SHORTEST_S),
    ]
    return [(code, detail) for code, detail, is_so in told if is_so]


def syllables(word: str) -> int:
    """About how many: exactly in Vietnamese, by groups of vowels in English."""
    parts = re.split(r"[ -]+", plain(word).strip())
    if not word.isascii():
        return len(parts)
    return sum(max(1, len(re.findall(r"[aeiouy]+", part.lower()))) for part in parts)


def _slug(word: str) -> str:
    flat = unicodedata.normalize("NFD", word.lower().replace("đ", "d"))
    letters = "".join(c for c in flat if not unicodedata.combining(c))
    name = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:40].strip("-") or "x"
    return f"{name}-end" if word.endswith(".") else name
