"""Speaks in a process of its own, asked by the `EspeakVoice` of the module beside it.

One JSON object a line on standard input, `{"text", "language"}`; on standard output four bytes of
length and an Ogg/Opus clip, of length zero where it could not be made. espeak-ng is not re-entrant,
and its licence (GPL) is not ours: it stays in here.
"""

import io
import json
import struct
import sys
from typing import Any, Final

import numpy as np
import soundfile

from server.espeak import Espeak

_WORDS_PER_MINUTE: Final = 130
_OPUS_HZ: Final = 24_000
#: Before the limit: with it, what is heard is at -16 LUFS (measured over the kiosk's sentences).
_LOUDNESS: Final = 10 ** (-12 / 20)
_LIMIT: Final = 10 ** (-3 / 20)
#: What is heard is never louder: -1.5 dBFS. Opus overshoots the limit by up to 2 dB.
_PEAK: Final = 10 ** (-1.5 / 20)
_TRIES: Final = 4
_SILENCE: Final = 0.01
_EDGE_S: Final = 0.03
_FADE_S: Final = 0.01


class Speaker:
    """The synthesiser with its clips. Raises OSError where its library cannot be used."""

    def __init__(self) -> None:
        self._espeak = Espeak(_WORDS_PER_MINUTE)

    def clip(self, text: str, language: str) -> bytes:
        """An Ogg/Opus clip of words that `domain.reading` prepared; empty where nothing was heard."""
        samples, hz = self._espeak.samples(text, language), self._espeak.hz
        return _encoded(_levelled(_trimmed(samples, hz)), hz) if len(samples) else b""


def _trimmed(samples: Any, hz: int) -> Any:
    loud = np.flatnonzero(np.abs(samples) > _SILENCE)
    if not len(loud):
        return samples[:0]
    edge = int(_EDGE_S * hz)
    cut = samples[max(0, loud[0] - edge) : loud[-1] + edge].copy()
    # Where the first sound begins at once there is no silence to begin in: no click.
    fade = min(int(_FADE_S * hz), len(cut) // 2)
    cut[:fade] *= np.linspace(0, 1, fade)
    cut[len(cut) - fade :] *= np.linspace(1, 0, fade)
    return cut


def _levelled(samples: Any) -> Any:
    if not len(samples):
        return samples
    voiced = samples[np.abs(samples) > _SILENCE]
    wanted = samples * (_LOUDNESS / float(np.sqrt(np.mean(voiced**2))))
    # A soft limit: gain alone would clip the loudest syllables.
    return _LIMIT * np.tanh(wanted / _LIMIT)


def _encoded(samples: Any, hz: int) -> bytes:
    if not len(samples):
        return b""
    at = np.arange(0, len(samples), hz / _OPUS_HZ)
    resampled = np.interp(at, np.arange(len(samples)), samples)
    clip = b""
    for _ in range(_TRIES):
        out = io.BytesIO()
        soundfile.write(
            out, resampled, _OPUS_HZ, format="OGG", subtype="OPUS", compression_level=0.9
        )
        clip = out.getvalue()
        heard = float(np.abs(soundfile.read(io.BytesIO(clip))[0]).max())
        if heard <= _PEAK:
            break
        resampled = resampled * (0.98 * _PEAK / heard)
    return clip


def main() -> None:
    """Answer every line until standard input ends."""
    voice = Speaker()
    for line in sys.stdin:
        try:
            wish = json.loads(line)
            clip = voice.clip(str(wish["text"]), str(wish["language"]))
        except (ValueError, KeyError, TypeError, OSError):
            clip = b""
        sys.stdout.buffer.write(struct.pack(">I", len(clip)) + clip)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
