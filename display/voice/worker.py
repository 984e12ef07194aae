"""Speaks in a process of its own, asked by `voices.ProcessVoice`: `espeak`, or `piper MODEL`.

One JSON object a line on standard input, `{"text", "language"}`; on standard output a line of JSON,
`{"bytes", "duration_s", "loudness_lufs", "peak_dbfs"}`, and so many bytes of Ogg/Opus, none where
nothing could be said. Both engines are GPL and stay in here; so does the memory that they and the
measuring take, and neither takes the processor from a call.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from display.voice.sound import clip_of, measure

#: Slower than the kiosk: a hall echoes.
_WORDS_PER_MINUTE: Final = 120
_NICE: Final = 10

#: Words and language in, samples and their rate out.
Speak = Callable[[str, str], tuple[Any, int]]


def espeak() -> Speak:
    """The synthesiser that is always there."""
    from server.espeak import Espeak  # noqa: PLC0415 - only the engine that is used

    engine = Espeak(_WORDS_PER_MINUTE)
    return lambda text, language: (engine.samples(text, language), engine.hz)


def piper(model: str) -> Speak:
    """A Piper model; its language is that of the folder it lies in."""
    from piper import PiperVoice  # noqa: PLC0415 - an optional package

    voice = PiperVoice.load(model)

    def speak(text: str, _language: str) -> tuple[Any, int]:
        chunks = list(voice.synthesize(text))
        if not chunks:
            return np.zeros(0, np.float32), 1
        samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
        return samples, int(chunks[0].sample_rate)

    return speak


def main(arguments: list[str]) -> None:
    """Answer every line until standard input ends."""
    os.nice(_NICE)
    speak = espeak() if arguments[0] == "espeak" else piper(arguments[1])
    for line in sys.stdin:
        clip, told = b"", {}
        try:
            wish = json.loads(line)
            clip = clip_of(*speak(str(wish["text"]), str(wish["language"])))
            told = asdict(measure(clip))
        except Exception as error:
            sys.stderr.write(f"{error}\n")
        head = json.dumps({"bytes": len(clip), **told}) + "\n"
        sys.stdout.buffer.write(head.encode() + clip)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
