"""Samples of a word to a clip: trimmed, as loud as every other, Ogg/Opus. No files in here.

Loudness is that of ITU-R BS.1770-4: K-weighting, blocks of 0.4 s, two gates. A single digit is
shorter than a block; it is then one block, which is how print_and_voice asks short words to be
measured. Samples are mono, -1..1.
"""

import io
from functools import lru_cache
from typing import Any, Final

import numpy as np
import soundfile

from display.voice.level import HZ, PEAK_DBFS, TARGET_LUFS, Measure

#: About 24 kbit/s.
_COMPRESSION: Final = 0.9
#: Opus overshoots by up to 2 dB, so the limit is first set lower.
_LIMIT_DBFS: Final = -3.0
_TRIES: Final = 6
_CLOSE_LU: Final = 0.5
_EDGE_S: Final = 0.03
_FADE_S: Final = 0.008
#: Softer than this below a word's loudest moment is silence.
_SILENCE_DB: Final = -42.0
_FRAME_S: Final = 0.005
_BLOCK_S: Final = 0.4
_STEP: Final = 0.25
_GATE_LUFS: Final = -70.0
_RELATIVE_GATE_LU: Final = -10.0
_OFFSET: Final = -0.691
_NOTHING: Final = -120.0


def clip_of(samples: Any, hz: int) -> bytes:
    """The finished clip of a word. Raises ValueError where there is nothing to hear."""
    word = trimmed(resampled(np.asarray(samples, np.float64), hz))
    if not len(word):
        raise ValueError("nothing is heard")
    limit_db, missing_lu = _LIMIT_DBFS, 0.0
    best: tuple[tuple[float, float], bytes] | None = None
    for n in range(_TRIES):
        clip = encoded(_levelled(word, TARGET_LUFS + missing_lu, limit_db))
        found = measure(clip)
        short = TARGET_LUFS - found.loudness_lufs
        over = found.peak_dbfs - PEAK_DBFS
        # A peak distorts, a little loudness nobody misses: the peak decides first.
        merit = (max(over, 0.0), abs(short))
        if best is None or merit < best[0]:
            best = merit, clip
        if over <= 0 and abs(short) <= _CLOSE_LU:
            break
        if over > 0 and n >= _TRIES // 2:
            # The harder the limit, the more Opus overshoots: this word is to be softer.
            missing_lu -= over + 0.1
            continue
        missing_lu += short if abs(short) > _CLOSE_LU else 0.0
        limit_db -= max(over + 0.2, 0.0)
    assert best is not None, "tried at least once"  # noqa: S101
    return best[1]


def _levelled(word: Any, target_lufs: float, limit_db: float) -> Any:
    """As loud as wanted under a limit: what the limit takes away the gain brings back."""
    gain_db, limited = 0.0, word
    for _ in range(_TRIES):
        short = target_lufs - loudness(limited)
        if abs(short) <= _CLOSE_LU / 4:
            break
        gain_db += short
        limited = _limited(word * _ratio(gain_db), _ratio(limit_db))
    return limited


def measure(clip: bytes) -> Measure:
    """Decode a clip and measure it. Raises ValueError for what is no Ogg/Opus in mono."""
    samples = decoded(clip)
    return Measure(
        duration_s=len(samples) / HZ,
        loudness_lufs=loudness(samples),
        peak_dbfs=_decibels(float(np.abs(samples).max(initial=0.0))),
    )


def encoded(samples: Any) -> bytes:
    """Samples at `HZ` as Ogg/Opus."""
    out = io.BytesIO()
    soundfile.write(out, samples, HZ, "OPUS", format="OGG", compression_level=_COMPRESSION)
    return out.getvalue()


def decoded(clip: bytes) -> Any:
    """A clip's samples at `HZ`. Raises ValueError for what is no Ogg/Opus in mono at that rate."""
    try:
        with soundfile.SoundFile(io.BytesIO(clip)) as file:
            kind = (file.format, file.subtype, file.channels, file.samplerate)
            if kind != ("OGG", "OPUS", 1, HZ):
                raise ValueError(f"{kind[0]}/{kind[1]}, {kind[2]} channels, {kind[3]} Hz")
            return file.read(dtype="float64")
    except soundfile.SoundFileError as error:
        raise ValueError("not a sound file") from error


def joined(words: list[tuple[Any, float]]) -> Any:
    """Samples of words one after the other, each with the silence after it, seconds."""
    parts = [part for word, pause_s in words for part in (word, np.zeros(int(pause_s * HZ)))]
    return np.concatenate(parts) if parts else np.zeros(0)


def loudness(samples: Any, hz: int = HZ) -> float:
    """Integrated loudness, LUFS; -120 for silence."""
    if not len(samples):
        return _NOTHING
    power = _k_weighted(samples, hz) ** 2
    block = min(len(power), int(_BLOCK_S * hz))
    total = np.concatenate([[0.0], np.cumsum(power)])
    starts = np.arange(0, len(power) - block + 1, max(1, int(block * _STEP)))
    blocks = np.maximum(total[starts + block] - total[starts], 0.0) / block
    blocks = blocks[_lufs(blocks) > _GATE_LUFS]
    if not len(blocks):
        return _NOTHING
    gate = float(_lufs(np.mean(blocks))) + _RELATIVE_GATE_LU
    return float(_lufs(np.mean(blocks[_lufs(blocks) > gate])))


def trimmed(samples: Any) -> Any:
    """A word with 30 ms of silence before and after it, and no click at its ends."""
    first, last = heard(samples)
    if last <= first:
        return samples[:0]
    edge, fade = int(_EDGE_S * HZ), int(_FADE_S * HZ)
    cut = samples[first:last].copy()
    fade = min(fade, len(cut) // 2)
    ramp = np.linspace(0, 1, fade)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    return np.concatenate([np.zeros(edge), cut, np.zeros(edge)])


def heard(samples: Any, hz: int = HZ) -> tuple[int, int]:
    """From where to where something is heard; equal where nothing is."""
    levels = frame_levels(samples, hz, _FRAME_S)
    if not len(levels) or levels.max() <= _NOTHING:
        return 0, 0
    loud = np.flatnonzero(levels > levels.max() + _SILENCE_DB)
    frame = int(_FRAME_S * hz)
    return int(loud[0]) * frame, min(len(samples), (int(loud[-1]) + 1) * frame)


def frame_levels(samples: Any, hz: int, frame_s: float) -> Any:
    """The level of each stretch of `frame_s`, dBFS."""
    frame = int(frame_s * hz)
    count = len(samples) // frame
    frames = np.asarray(samples[: count * frame], np.float64).reshape(count, frame)
    return 10 * np.log10(np.maximum(np.mean(frames**2, axis=1), 10 ** (_NOTHING / 10)))


def resampled(samples: Any, hz: int) -> Any:
    """Samples at `HZ`, with nothing folded back from above half of it."""
    if hz == HZ or not len(samples):
        return samples
    count = round(len(samples) * HZ / hz)
    spectrum = np.fft.rfft(samples)
    bins = count // 2 + 1
    kept = np.zeros(bins, spectrum.dtype)
    shared = min(bins, len(spectrum))
    kept[:shared] = spectrum[:shared]
    return np.fft.irfft(kept, count) * (count / len(samples))


def _k_weighted(samples: Any, hz: int) -> Any:
    """Through the two filters of BS.1770, by their response: exact, and quicker than a loop."""
    count = 1 << (2 * len(samples) - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(samples, count) * _response(hz, count), count)[: len(samples)]


@lru_cache(maxsize=8)
def _response(hz: int, count: int) -> Any:
    z = np.exp(-2j * np.pi * np.arange(count // 2 + 1) / count)
    return _shelf(hz, z) * _high_pass(hz, z)


def _shelf(hz: int, z: Any) -> Any:
    gain_db, q, corner = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = np.tan(np.pi * corner / hz)
    high = 10 ** (gain_db / 20)
    middle = high**0.4996667741545416
    over = (high + middle * k / q + k * k) + 2 * (k * k - high) * z
    over = over + (high - middle * k / q + k * k) * z * z
    return over / ((1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z)


def _high_pass(hz: int, z: Any) -> Any:
    q, corner = 0.5003270373238773, 38.13547087602444
    k = np.tan(np.pi * corner / hz)
    under = 1 + 2 * (k * k - 1) / (1 + k / q + k * k) * z
    under = under + (1 - k / q + k * k) / (1 + k / q + k * k) * z * z
    return (1 - z) ** 2 / under


def _limited(samples: Any, ceiling: float) -> Any:
    """Softly under a ceiling: linear up to half of it, so that quiet sounds are untouched."""
    knee = ceiling / 2
    over = np.maximum(np.abs(samples) - knee, 0.0)
    return np.sign(samples) * (np.minimum(np.abs(samples), knee) + knee * np.tanh(over / knee))


def _lufs(power: Any) -> Any:
    return _OFFSET + 10 * np.log10(np.maximum(power, 10 ** (_NOTHING / 10)))


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def _decibels(ratio: float) -> float:
    return float(20 * np.log10(max(ratio, _ratio(_NOTHING))))
