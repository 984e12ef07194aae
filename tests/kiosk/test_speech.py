"""The voice itself: real clips from a real synthesiser, made once, and made again after a death."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from kiosk.speech import Clips, EspeakVoice, SpeechAwayError
from server.domain.reading import prepared


@pytest.fixture(scope="module")
def voice() -> Iterator[EspeakVoice]:
    made = EspeakVoice()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("vi", "Kính mời công dân có số thứ tự A042"),
        ("vi", "Khoảng 10 phút"),
        ("en", "Number B105, about 10 minutes"),
    ],
)
def test_a_sentence_is_a_clip_that_can_be_heard(
    voice: EspeakVoice, language: str, text: str
) -> None:
    words = prepared(text, language)
    clip = voice.clip(words, language)
    with soundfile.SoundFile(io.BytesIO(clip)) as file:
        assert (file.samplerate, file.channels, file.subtype) == (24_000, 1, "OPUS")
        samples = file.read()
    syllables = len(words.split())
    assert 0.2 * syllables < len(samples) / 24_000 < 0.9 * syllables + 1
    assert np.abs(samples).max() <= 10 ** (-1.5 / 20)
    voiced = samples[np.abs(samples) > 0.01]
    assert -18 < 20 * np.log10(np.sqrt(np.mean(voiced**2))) < -10
    edge = int(0.005 * 24_000)
    assert np.abs(samples[:edge]).max() < 0.2, "no click at the beginning"


def test_nothing_to_say_is_no_clip(voice: EspeakVoice) -> None:
    with pytest.raises(SpeechAwayError):
        voice.clip("", "vi")
    with pytest.raises(SpeechAwayError):
        voice.clip("bonjour", "fr")
    assert voice.clip("một", "vi")


def test_a_dead_worker_is_replaced(voice: EspeakVoice) -> None:
    assert voice.clip("một", "vi")
    process = voice._process
    assert process is not None
    process.kill()
    process.wait()
    assert voice.clip("hai", "vi")


class Counting:
    """A voice that counts; away when told so."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.is_away = False

    def clip(self, text: str, language: str) -> bytes:
        if self.is_away:
            raise SpeechAwayError
        self.said.append(f"{language}:{text}")
        return f"clip of {text}".encode()


def test_a_clip_is_made_once_and_for_each_language(tmp_path: Path) -> None:
    voice = Counting()
    clips = Clips(tmp_path, voice)
    first = clips.of("một", "vi")
    assert clips.of("một", "vi") == first
    clips.of("một", "en")
    assert voice.said == ["vi:một", "en:một"]
    voice.is_away = True
    assert Clips(tmp_path, voice).of("một", "vi") == first, "kept on the disk"
    with pytest.raises(SpeechAwayError):
        clips.of("hai", "vi")
    assert not list(tmp_path.glob("*.new"))


def test_the_oldest_clips_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.speech._KEPT", 50)
    clips = Clips(tmp_path, Counting())
    for n in range(200):
        clips.of(f"câu {n}", "vi")
    assert len(list(tmp_path.glob("*.ogg"))) <= 150
    clips.of("câu 199", "vi")
