"""A listener that knows a closed set of sentences and says which of them it heard.

It compares sounds by their mel-frequency cepstra, aligned by dynamic time warping: spectral shape
over time, whatever the level and the speed. It knows the sentences from another speaker than the
one it is to understand, so that nothing is ever compared with itself. Tones of the voice (pitch) it
does not hear. Samples are mono at `HZ`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from display.voice.level import HZ

#: A frame every so many seconds, each as long as two.
STEP_S = 0.02
_SPECTRUM = 1024
_BANDS = 26
_CEPSTRA = 13
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 8_000.0
#: Softer than this below the loudest moment is not heard, dB.
_HUSH_DB = 40.0
#: Before the first and after the last that is louder than this, nothing is said.
_SOUND_DB = 18.0
#: A stretch of the sentence that is judged by itself, frames.
_STRETCH = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """`sentence` is the nearest one; `margin` how much farther the next is, a share of `distance`.

    `worst` is the mean distance over the fifth of a second that fits least: where a word is not said,
    or only begun, the next sentence is as near, or the sound is far from all at that place.
    """

    sentence: int
    distance: float
    margin: float
    worst: float


class Listener:
    """Knows sentences by their sounds, one for each."""

    def __init__(self, sentences: list[Any]) -> None:
        known = [features(samples) for samples in sentences]
        self._lengths = np.array([len(one) for one in known])
        self._known = np.zeros((len(known), self._lengths.max(), known[0].shape[1]), np.float32)
        for n, one in enumerate(known):
            self._known[n, : len(one)] = one

    def hear(self, samples: Any) -> Heard:
        """Which of the sentences this is."""
        heard = features(samples)
        near = _distances(heard, self._known)
        costs = _costs(near)
        totals = costs[-1, np.arange(len(self._known)), self._lengths - 1] / len(heard)
        first, second = (int(n) for n in np.argsort(totals)[:2])
        return Heard(
            sentence=first,
            distance=float(totals[first]),
            margin=float(totals[second] / totals[first] - 1),
            worst=_worst(near[:, first], costs[:, first], int(self._lengths[first]) - 1),
        )


def features(samples: Any) -> Any:
    """Frames of cepstra and of their change; neither level nor timbre of the whole is in them."""
    step = int(STEP_S * HZ)
    count = len(samples) // step - 1
    places = np.arange(2 * step)[None, :] + step * np.arange(count)[:, None]
    sharpened = np.append(samples[0], samples[1:] - 0.97 * samples[:-1])
    power = np.abs(np.fft.rfft(sharpened[places] * np.hamming(2 * step), _SPECTRUM)) ** 2
    bands = 10 * np.log10(power @ _filters().T + 1e-10)
    loud = np.flatnonzero(bands.max(1) > bands.max() - _SOUND_DB)
    bands = np.maximum(bands, bands.max() - _HUSH_DB)[loud[0] : loud[-1] + 1]
    cepstra = bands @ _cosines().T
    cepstra = (cepstra - cepstra.mean(0)) / cepstra.std(0)
    change = np.gradient(cepstra, axis=0)
    return np.hstack([cepstra, change / change.std(0)]).astype(np.float32)


@lru_cache(maxsize=1)
def _filters() -> Any:
    """Triangles as wide as the ear's bands: each row is one band over the spectrum."""
    lowest, highest = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    corners = 700 * (10 ** (np.linspace(lowest, highest, _BANDS + 2) / 2595) - 1)
    at = np.fft.rfftfreq(_SPECTRUM, 1 / HZ)
    left, middle, right = (corners[n : n + _BANDS, None] for n in range(3))
    return np.clip(np.minimum((at - left) / (middle - left), (right - at) / (right - middle)), 0, 1)


@lru_cache(maxsize=1)
def _cosines() -> Any:
    bands = np.arange(_BANDS) + 0.5
    return np.cos(np.pi / _BANDS * np.arange(_CEPSTRA)[:, None] * bands)


def _distances(heard: Any, known: Any) -> Any:
    """Of each frame heard from each frame of each sentence."""
    squares = (heard**2).sum(-1)[:, None, None] + (known**2).sum(-1)[None, :, :]
    products = np.tensordot(heard, known, axes=(1, 2))
    return np.sqrt(np.maximum(squares - 2 * products, 0))


def _costs(near: Any) -> Any:
    """The least cost from both beginnings to each frame heard and each frame of a sentence.

    Every frame that is heard counts once, so that a longer sentence is no better and no worse for
    it. It is as the one before it in the sentence, or the next, or the next but one.
    """
    costs = np.full_like(near, np.inf)
    costs[0, :, 0] = near[0, :, 0]
    for before, here, now in zip(costs, costs[1:], near[1:], strict=False):
        np.copyto(here, before)
        for skipped in (1, 2):
            np.minimum(here[:, skipped:], before[:, :-skipped], out=here[:, skipped:])
        np.add(here, now, out=here)
    return costs


def _worst(near: Any, costs: Any, j: int) -> float:
    """Back along the best alignment; the mean distance of the stretch that fits least."""
    far = np.zeros(len(near))
    for i in reversed(range(len(near))):
        far[i] = near[i, j]
        if i:
            j -= int(np.argmin([costs[i - 1, j - k] if j >= k else np.inf for k in range(3)]))
    return float(np.convolve(far, np.full(_STRETCH, 1 / _STRETCH), "valid").max())
