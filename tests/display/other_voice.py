"""`python -m tests.display.other_voice LANGUAGE FILE.npz`: another speaker than that of the packs.

Speaks the lines of standard input, each at once, as samples at the rate of clips. In a process of
its own: espeak-ng keeps something of one language when it is given another.
"""

import sys
from pathlib import Path

import numpy as np

from display.voice import sound
from server import espeak

_RATE = 130
_VOICES = {"vi": "vi+f2", "en": "en-us+f2"}


def main(language: str, file: Path) -> None:
    """Speak all lines."""
    espeak.VOICES.update(_VOICES)
    speaker = espeak.Espeak(_RATE)
    lines = sys.stdin.read().splitlines()
    said = [sound.resampled(speaker.samples(line, language), speaker.hz) for line in lines]
    np.savez(file, *said)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
