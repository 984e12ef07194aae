"""A recording session to a pack: the script's lines, cut at the longest silences between them."""

import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from display.voice.pack import Clip, Pack, PackError, add, save
from display.voice.sound import clip_of, frame_levels, measure

_FRAME_S: Final = 0.01
#: Above the room's own noise, and below the loudest word: the lower of the two is a voice.
_ABOVE_NOISE_DB: Final = 10.0
_BELOW_VOICE_DB: Final = 40.0
_NOISE_SHARE: Final = 10
_VOICE_SHARE: Final = 95
#: A sound this short is a click of the tongue or the mouse.
_SHORTEST_S: Final = 0.06
#: Silence between two lines, at least; within a sentence a speaker pauses for less.
_BETWEEN_S: Final = 0.6
#: The shortest silence between lines is so much longer than the longest within one.
_CLEARLY: Final = 1.25
#: Kept before and after what is heard, for soft beginnings and ends.
_MARGIN_S: Final = 0.08
_LOWEST_HZ: Final = 22_050


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What was said between two silences, in samples."""

    first: int
    last: int


def script_lines(text: str) -> list[str]:
    """The words of a script: one a line, `#` begins a remark. Raises `PackError` for a word twice."""
    lines = [
        line.split("#", 1)[0].strip() for line in unicodedata.normalize("NFC", text).split("\n")
    ]
    words = [line for line in lines if line]
    for i, word in enumerate(words):
        if word in words[:i]:
            raise PackError("word_twice", word)
    if not words:
        raise PackError("empty_script")
    return words


def cut(session: Path, words: Sequence[str], folder: Path, *, language: str, voice: str) -> Pack:
    """Cut a session into the pack `folder`, which must not be there yet.

    Raises `PackError`: not_a_recording, low_rate, out_exists, count_differs with what was found.
    """
    if folder.exists():
        raise PackError("out_exists", str(folder))
    samples, hz = _read(session)
    stretches = stretches_of(samples, hz, len(words))
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    clips: dict[str, Clip] = {}
    margin = int(_MARGIN_S * hz)
    for place, (word, stretch) in enumerate(zip(words, stretches, strict=True)):
        part = samples[max(0, stretch.first - margin) : stretch.last + margin]
        clip = clip_of(part, hz)
        clips[word] = add(fresh, place, word, clip, measure(clip))
    pack = Pack(folder=fresh, language=language, voice=voice, origin="recorded", words=clips)
    save(pack)
    fresh.rename(folder)
    return replace(pack, folder=folder)


def stretches_of(samples: Any, hz: int, count: int) -> list[Stretch]:
    """What was said, in as many pieces as the script has lines.

    The longest silences are taken for those between lines. Raises `PackError` where they are not
    clearly longer than those within a line: then a line is missing, or one was said twice.
    """
    heard = _heard(samples, hz)
    gaps = [after.first - before.last for before, after in pairwise(heard)]
    ordered = sorted(gaps, reverse=True)
    shortest = ordered[count - 2] if 2 <= count <= len(ordered) + 1 else 0  # noqa: PLR2004
    longest_within = ordered[count - 1] if count <= len(ordered) else 0
    is_clear = shortest >= max(_BETWEEN_S * hz, longest_within * _CLEARLY)
    if len(heard) < count or (count > 1 and not is_clear) or (count == 1 and len(heard) != 1):
        found = _joined(heard, int(_BETWEEN_S * hz))
        raise PackError("count_differs", _told(found, hz, count))
    return _joined(heard, shortest)


def _heard(samples: Any, hz: int) -> list[Stretch]:
    """Every stretch of sound."""
    levels = frame_levels(samples, hz, _FRAME_S)
    if not len(levels):
        return []
    noise, voice = np.percentile(levels, [_NOISE_SHARE, _VOICE_SHARE])
    is_loud = levels > min(max(noise + _ABOVE_NOISE_DB, voice - _BELOW_VOICE_DB), voice)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_loud.astype(int), [0]])))
    frame = int(_FRAME_S * hz)
    found = [
        Stretch(first=int(first) * frame, last=int(last) * frame)
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
    # Joined first: a soft consonant is short, but stands close to its vowel.
    close = _joined(found, int(0.1 * hz))
    return [s for s in close if s.last - s.first >= _SHORTEST_S * hz]


def _joined(stretches: Sequence[Stretch], least: int) -> list[Stretch]:
    """What is less than `least` apart is one."""
    found: list[Stretch] = []
    for stretch in stretches:
        if found and stretch.first - found[-1].last < least:
            found[-1] = Stretch(first=found[-1].first, last=stretch.last)
        else:
            found.append(stretch)
    return found


def _read(session: Path) -> tuple[Any, int]:
    try:
        samples, hz = soundfile.read(session, dtype="float64", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise PackError("not_a_recording", str(session)) from error
    if hz < _LOWEST_HZ:
        raise PackError("low_rate", f"{hz} Hz")
    return samples.mean(axis=1), int(hz)


def _told(found: Sequence[Stretch], hz: int, count: int) -> str:
    """When each piece begins: the one where they run apart is then found by ear."""
    times = ", ".join(f"{s.first / hz:.1f}" for s in found)
    return f"{len(found)} pieces for {count} lines; they begin at (s): {times}"
