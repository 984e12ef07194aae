"""A recording session, made from the clips of a pack with silences between, cut back into a pack."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from display.announce import vocabulary
from display.voice import sound
from display.voice.cut import cut, script_lines
from display.voice.pack import Pack, PackError, judge
from display.voice.script import script
from display.voice.shelf import BUILT, Shelf
from server.domain.announcements import templates

#: Letters, digits that sound alike, a tail, and a sentence with a pause in it.
LINES = (
    "a", "e-lờ", "ét-sì", "không", "một", "bốn", "năm", "sáu", "bảy", "tám", "mười", "hai mươi",
    "năm.", "mốt.", "kính mời công dân có số thứ tự", "đến quầy số",
    "nếu vắng mặt, số của quý công dân sẽ được tạm giữ.",
)  # fmt: skip


@pytest.fixture(scope="module")
def pack(hall: Path) -> Pack:
    found = Shelf(hall / "voice", "vi").pack(BUILT)
    assert found
    return found


def samples_of(pack: Pack, word: str) -> Any:
    return sound.decoded((pack.folder / pack.words[word].file).read_bytes())


def session(pack: Pack, words: tuple[str, ...], file: Path, *, pause_s: float = 1.2) -> None:
    """At 24 kHz in two channels, half as loud, in a room that hums 50 dB below the voice."""
    chance = np.random.default_rng(5)
    parts = [np.zeros(24_000)]
    for word in words:
        silence = pause_s + chance.uniform(0, 0.6)
        parts += [samples_of(pack, word) * 0.5, np.zeros(int(silence * 24_000))]
    mono = np.concatenate(parts)
    mono = mono + 0.0008 * np.sin(2 * np.pi * 50 * np.arange(len(mono)) / 24_000)
    mono = mono + chance.normal(0, 0.0004, len(mono))
    soundfile.write(file, np.stack([mono, mono], axis=1), 24_000, "PCM_16")


def test_a_session_gives_the_same_words_back(pack: Pack, tmp_path: Path) -> None:
    session(pack, LINES, tmp_path / "session.wav")
    made = cut(tmp_path / "session.wav", LINES, tmp_path / "pack", language="vi", voice="Cô Hoa")
    assert (made.origin, made.voice) == ("recorded", "Cô Hoa")
    assert list(made.words) == list(LINES)
    assert judge(made, LINES) == []
    known = {word: samples_of(pack, word) for word in LINES}
    for word in LINES:
        likest = max(LINES, key=lambda other: likeness(samples_of(made, word), known[other]))
        assert likest == word, f"{word} was cut as {likest}"
        assert made.words[word].duration_s == pytest.approx(
            pack.words[word].duration_s, abs=0.16
        ), word


def likeness(one: Any, two: Any) -> float:
    """How well two sounds lie on each other at their best shift: 1 is the same sound."""
    count = 1 << (len(one) + len(two)).bit_length()
    together = np.fft.irfft(np.fft.rfft(one, count) * np.conj(np.fft.rfft(two, count)), count)
    return float(together.max() / np.sqrt((one**2).sum() * (two**2).sum()))


def test_a_line_that_was_left_out_or_said_twice_is_told_with_its_place(
    pack: Pack, tmp_path: Path
) -> None:
    for said in (LINES[:3] + LINES[4:], LINES[:3] + LINES[2:]):
        session(pack, said, tmp_path / "session.wav")
        with pytest.raises(PackError, match=f"{len(said)} pieces for {len(LINES)} lines") as told:
            cut(tmp_path / "session.wav", LINES, tmp_path / "p", language="vi", voice="x")
        assert told.value.code == "count_differs"
        assert "begin at (s): 1.0, " in str(told.value)
        assert not (tmp_path / "p").exists()


def test_lines_said_too_close_together_are_not_guessed(pack: Pack, tmp_path: Path) -> None:
    session(pack, LINES, tmp_path / "session.wav", pause_s=0.1)
    with pytest.raises(PackError, match="count_differs"):
        cut(tmp_path / "session.wav", LINES, tmp_path / "p", language="vi", voice="x")


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_bytes(b"RIFF")
    with pytest.raises(PackError, match="not_a_recording"):
        cut(tmp_path / "no.wav", LINES, tmp_path / "p", language="vi", voice="x")
    soundfile.write(tmp_path / "phone.wav", np.zeros(8_000), 8_000)
    with pytest.raises(PackError, match="low_rate"):
        cut(tmp_path / "phone.wav", LINES, tmp_path / "p", language="vi", voice="x")
    soundfile.write(tmp_path / "still.wav", np.zeros(48_000), 48_000)
    with pytest.raises(PackError, match="0 pieces"):
        cut(tmp_path / "still.wav", LINES, tmp_path / "p", language="vi", voice="x")
    with pytest.raises(PackError, match="out_exists"):
        cut(tmp_path / "still.wav", LINES, tmp_path, language="vi", voice="x")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_script_names_every_word_once(language: str) -> None:
    wanted = vocabulary(language)
    lines = script_lines(script(language, wanted, templates()))
    assert sorted(lines) == sorted(wanted)


def test_a_script_is_read_as_it_was_meant() -> None:
    decomposed = "mo\u0302\u0323t"
    assert script_lines(f"# tựa\n\n một # đọc đều\n{decomposed}.\n") == ["một", "một."]
    for text, code in (("một\nmột", "word_twice"), ("# trống", "empty_script")):
        with pytest.raises(PackError, match=code):
            script_lines(text)
