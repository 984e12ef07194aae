"""How loud and how fast clips are; apart from `sound.py`, which needs what a web process does not."""

from dataclasses import dataclass
from typing import Final

#: What clips are kept at, samples a second.
HZ: Final = 24_000
TARGET_LUFS: Final = -16.0
#: The loudest sample a listener may hear.
PEAK_DBFS: Final = -1.5
#: How far from the target a clip may be.
TOLERANCE_LU: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How a clip sounds once decoded."""

    duration_s: float
    loudness_lufs: float
    peak_dbfs: float
