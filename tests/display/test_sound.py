"""The sound of clips against what is known of loudness and of tones."""

import numpy as np
import pytest

from display.voice import sound


@pytest.mark.parametrize("hz", [24_000, 44_100, 48_000])
def test_loudness_is_that_of_the_recommendation(hz: int) -> None:
    """BS.1770-4: a full-scale sine of 997 Hz in one channel is -3.01 LUFS, and gain adds up."""
    tone = np.sin(2 * np.pi * 997 * np.arange(5 * hz) / hz)
    assert sound.loudness(tone, hz) == pytest.approx(-3.01, abs=0.05)
    assert sound.loudness(tone / 10, hz) == pytest.approx(-23.01, abs=0.05)
    # Silence is gated: a word is not softer for what surrounds it.
    padded = np.concatenate([np.zeros(3 * hz), tone, np.zeros(3 * hz)])
    assert sound.loudness(padded, hz) == pytest.approx(-3.01, abs=0.3)
    assert sound.loudness(tone[: hz // 5], hz) == pytest.approx(-3.01, abs=0.3), "a short word"
    assert sound.loudness(np.zeros(hz), hz) < -100


def test_resampling_keeps_the_tone_and_folds_nothing_back() -> None:
    t = np.arange(48_000) / 48_000
    low, high = np.sin(2 * np.pi * 1_000 * t), np.sin(2 * np.pi * 15_000 * t)
    kept = sound.resampled(low + high, 48_000)
    assert len(kept) == 24_000
    assert np.abs(kept - np.sin(2 * np.pi * 1_000 * np.arange(24_000) / 24_000)).max() < 1e-6
