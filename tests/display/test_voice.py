"""Packs of clips: made by the real espeak-ng, measured by decoding, judged, installed, killed."""

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from display.announce import announcement, number_vocabulary, pause_s, vocabulary
from display.voice import sound, voices
from display.voice.build import Build, progress_of
from display.voice.level import HZ, Measure
from display.voice.pack import MANIFEST, Pack, PackError, faults, judge, load, save, syllables
from display.voice.sentences import file_of, for_browser
from display.voice.shelf import BUILT, RECORDED, BrokenPackError, Shelf
from display.voice.speaker import MissingWordsError, Speaker
from display.voice.voices import ProcessVoice, VoiceAwayError
from server.domain.announcements import Sentence
from tests.live_office import ROOT


def shelf_of(hall: Path) -> Shelf:
    return Shelf(hall / "voice", "vi")


FEW = ("một", "hai", "ba", "bốn", "năm", "sáu")


@pytest.fixture(scope="module")
def few(hall: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of six words of the large one, to be copied and spoiled."""
    folder: Path = tmp_path_factory.mktemp("few") / "pack"
    pack = pack_of(hall)
    shutil.copytree(pack.folder, folder)
    words = {word: pack.words[word] for word in FEW}
    save(replace(pack, folder=folder, words=words))
    return folder


def pack_of(hall: Path) -> Pack:
    pack = shelf_of(hall).pack(BUILT)
    assert pack
    return pack


# A pack -----------------------------------------------------------------------------------------
def test_every_clip_of_the_pack_is_as_it_should_be(hall: Path) -> None:
    pack = pack_of(hall)
    assert set(pack.words) == set(vocabulary("vi"))
    assert judge(pack, vocabulary("vi")) == []
    assert (pack.origin, pack.language) == ("espeak", "vi")
    for word, clip in pack.words.items():
        with soundfile.SoundFile(pack.folder / clip.file) as file:
            assert (file.samplerate, file.channels, file.subtype) == (24_000, 1, "OPUS"), word
            samples = file.read()
        found = sound.measure((pack.folder / clip.file).read_bytes())
        assert found.duration_s == pytest.approx(clip.duration_s, abs=0.001)
        assert abs(found.loudness_lufs + 16) <= 1, (word, found)
        assert found.peak_dbfs <= -1.45, (word, found)
        assert 0.15 * syllables(word) < found.duration_s < 0.6 * syllables(word) + 0.6, (
            word,
            found,
        )
        edge = int(0.005 * 24_000)
        assert max(np.abs(samples[:edge]).max(), np.abs(samples[-edge:]).max()) < 0.05, "no click"
        first, last = sound.heard(samples)
        assert first < 0.06 * 24_000, f"{word} begins late"
        assert len(samples) - last < 0.06 * 24_000, f"{word} ends in silence"
    assert sum((pack.folder / clip.file).stat().st_size for clip in pack.words.values()) < 700_000


def test_a_digit_falls_at_the_end_only(hall: Path) -> None:
    words = pack_of(hall).words
    assert words["năm"].checksum != words["năm."].checksum


@pytest.mark.parametrize("kind", Sentence)
def test_a_sentence_is_its_clips_one_after_the_other(hall: Path, kind: Sentence) -> None:
    said = announcement(kind, number="B105", counter=21, times=2, minutes=15)
    speaker = Speaker(shelf_of(hall))
    samples = speaker.samples(said.words_vi)
    pack = pack_of(hall)
    clips = [pack.clip(word) for word in said.words_vi]
    wanted = sum(clip.duration_s for clip in clips if clip) + sum(map(pause_s, said.words_vi))
    assert len(samples) / HZ == pytest.approx(wanted, abs=0.02 * len(clips))
    assert sound.loudness(samples) == pytest.approx(-16, abs=1.5)
    assert np.abs(samples).max() <= 10 ** (-1.45 / 20)
    assert longest_silence_s(samples) < 0.7
    assert sound.measure(speaker.clip(said.words_vi)).duration_s == pytest.approx(
        len(samples) / HZ, abs=0.01
    )


def longest_silence_s(samples: Any) -> float:
    loud = np.flatnonzero(sound.frame_levels(samples, HZ, 0.01) > -50)
    return float(np.diff(loud).max()) * 0.01


def test_a_word_without_a_clip_is_named(hall: Path) -> None:
    with pytest.raises(MissingWordsError, match="xin chào"):
        Speaker(shelf_of(hall)).samples(["một", "xin chào"])


def test_the_browser_finds_every_word_of_every_call(hall: Path) -> None:
    shelf = shelf_of(hall)
    told = for_browser(shelf)
    assert told["is_fallback"] is True
    for n in range(1, 1000):
        said = announcement(Sentence.RECALL, number=f"A{n:03}", counter=n, times=3)
        assert all(word in told["words"] for word in said.words_vi)
    entry = told["words"]["năm,"]
    assert entry["clip"] == told["words"]["năm"]["clip"], "no clip of its own: the plain one"
    assert entry["pause_s"] > told["words"]["năm"]["pause_s"]
    file = file_of(shelf, entry["clip"])
    assert file
    assert file.is_file()
    assert file_of(shelf, "0" * 64) is None


# What is wrong with a pack ----------------------------------------------------------------------
def louder(decibels: float) -> Callable[[Any], Any]:
    return lambda samples: np.clip(samples * 10 ** (decibels / 20), -1, 1)


def rewrite(pack: Pack, word: str, change: Callable[[Any], Any]) -> None:
    """Another clip for a word, with a manifest that knows its checksum."""
    file = pack.folder / pack.words[word].file
    file.write_bytes(sound.encoded(change(sound.decoded(file.read_bytes()))))
    rehash(pack, word)


def rehash(pack: Pack, word: str) -> None:
    content = (pack.folder / pack.words[word].file).read_bytes()
    clip = replace(pack.words[word], checksum=hashlib.sha256(content).hexdigest())
    save(replace(pack, words={**pack.words, word: clip}))


def as_wav(pack: Pack, word: str) -> None:
    file = pack.folder / pack.words[word].file
    samples = sound.decoded(file.read_bytes())
    with file.open("wb") as out:
        soundfile.write(out, samples, 24_000, "PCM_16", format="WAV")
    rehash(pack, word)


def without(pack: Pack, word: str) -> None:
    save(replace(pack, words={w: c for w, c in pack.words.items() if w.strip(".") != word}))


BROKEN: dict[str, Callable[[Pack], Any]] = {
    "missing_file": lambda p: (p.folder / p.words["năm"].file).unlink(),
    "wrong_checksum": lambda p: (p.folder / p.words["năm"].file).write_bytes(b"OggS"),
    "missing_word": lambda p: without(p, "năm"),
    "not_opus": lambda p: as_wav(p, "năm"),
    "too_loud": lambda p: rewrite(p, "năm", louder(6)),
    "peak": lambda p: rewrite(p, "năm", louder(6)),
    "too_quiet": lambda p: rewrite(p, "năm", louder(-6)),
    "too_long": lambda p: rewrite(p, "năm", lambda s: np.tile(s, 8)),
    "too_short": lambda p: rewrite(p, "năm", lambda s: s[: int(0.1 * 24_000)]),
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_pack_is_refused_and_the_old_one_stays(
    few: Path, tmp_path: Path, code: str
) -> None:
    shelf = Shelf(tmp_path / "voice", "vi")
    shelf.install(few, FEW)
    before = for_browser(shelf)
    spoiled = tmp_path / "spoiled"
    shutil.copytree(few, spoiled)
    BROKEN[code](load(spoiled))
    with pytest.raises(BrokenPackError) as refused:
        shelf.install(spoiled, FEW)
    assert code in {p.code for p in refused.value.problems}
    assert {p.word.strip(".") for p in refused.value.problems} == {"năm"}
    assert for_browser(shelf) == before
    assert not list(shelf.folder.glob("installing-*"))


def manifest(**changes: Any) -> Callable[[Path], Any]:
    def spoil(folder: Path) -> None:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
        (folder / MANIFEST).write_text(json.dumps({**told, **changes}), "utf-8")

    return spoil


_AWAY = {"file": "../../x.ogg", "checksum": "0" * 64, "duration_s": 1, "loudness_lufs": -16}
UNUSABLE: list[tuple[str, Callable[[Path], Any]]] = [
    ("no_manifest", lambda folder: (folder / MANIFEST).unlink()),
    ("bad_manifest", lambda folder: (folder / MANIFEST).write_text("{", "utf-8")),
    ("bad_manifest", manifest(words=[])),
    ("bad_manifest", manifest(format=2)),
    ("bad_manifest", manifest(language="fr")),
    ("bad_manifest", manifest(origin="internet")),
    ("bad_manifest", manifest(words={"một": {**_AWAY, "peak_dbfs": -2}})),
    ("wrong_language", manifest(language="en")),
]


@pytest.mark.parametrize(("code", "spoil"), UNUSABLE)
def test_a_manifest_that_cannot_be_followed(
    few: Path, tmp_path: Path, code: str, spoil: Callable[[Path], Any]
) -> None:
    spoiled = tmp_path / "spoiled"
    shutil.copytree(few, spoiled)
    spoil(spoiled)
    with pytest.raises(PackError) as refused:
        Shelf(tmp_path / "voice", "vi").install(spoiled, ())
    assert refused.value.code == code


def test_a_recorded_pack_goes_first_and_what_it_lacks_is_said_by_the_other(
    hall: Path, tmp_path: Path
) -> None:
    shutil.copytree(hall / "voice", tmp_path / "voice")
    shelf = Shelf(tmp_path / "voice", "vi")
    numbers_only = tmp_path / "numbers"
    shutil.copytree(pack_of(hall).folder, numbers_only)
    rewrite(load(numbers_only), "năm", lambda s: s[::-1].copy())
    pack = load(numbers_only)
    numbers = {w: c for w, c in pack.words.items() if w in number_vocabulary("vi")}
    save(Pack(folder=numbers_only, language="vi", voice="Cô Hoa", origin="recorded", words=numbers))
    archive = tmp_path / "numbers.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in numbers_only.iterdir():
            out.write(file, f"Cô Hoa/{file.name}")
    with pytest.raises(BrokenPackError):
        shelf.install(archive, vocabulary("vi"))
    installed = shelf.install(archive, vocabulary("vi"), partial=True)
    assert installed.voice == "Cô Hoa"
    told = for_browser(shelf)
    assert (told["voice"], told["is_fallback"]) == ("Cô Hoa", False)
    assert told["words"]["năm"]["clip"] == installed.words["năm"].checksum
    assert told["words"]["năm."]["clip"] == installed.words["năm"].checksum, "one voice in a number"
    assert told["words"]["đến quầy số"]["clip"] == pack.words["đến quầy số"].checksum
    shelf.remove(RECORDED)
    assert for_browser(shelf) == for_browser(shelf_of(hall))


def test_the_pack_before_is_kept_for_who_plays_from_it_and_no_older_one(
    few: Path, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "voice", "vi")
    for n in range(4):
        fresh = tmp_path / f"pack-{n}"
        shutil.copytree(few, fresh)
        words = list(load(fresh).words.items())
        save(replace(load(fresh), words=dict(words[n:])))
        shelf.install(fresh, ())
    assert len(list((shelf.folder / "packs").iterdir())) == 2


# Being made -------------------------------------------------------------------------------------
def test_a_build_goes_on_where_it_stopped(tmp_path: Path) -> None:
    shelf, voice = Shelf(tmp_path, "vi"), voices.espeak()
    build = Build(shelf, voice, FEW)
    steps = [(p.done, p.total) for p in islice(build.steps(), 3)]
    assert steps == [(1, 6), (2, 6), (3, 6)]
    (folder,) = tmp_path.glob("vi/building-*")
    with (folder / "done.jsonl").open("a") as file:
        file.write('\n{"word": "b')  # cut off in the middle
    when = {file: file.stat().st_mtime_ns for file in folder.glob("*.ogg")}
    seen = progress_of(shelf)
    assert seen
    assert (seen.done, seen.total, seen.is_complete) == (3, 6, False)
    assert shelf.pack(BUILT) is None
    again = Build(shelf, voice, FEW)
    assert [p.done for p in again.steps()] == [4, 5, 6]
    voice.close()
    pack = shelf.pack(BUILT)
    assert pack
    assert judge(pack, FEW) == []
    assert {(pack.folder / f.name).stat().st_mtime_ns for f in when} == set(when.values())
    assert progress_of(shelf) is None
    assert (again.is_needed, list(again.steps())) == (False, [])


def test_a_new_sentence_makes_its_own_clips_only(tmp_path: Path) -> None:
    shelf, voice = Shelf(tmp_path, "vi"), voices.espeak()
    list(Build(shelf, voice, FEW).steps())
    before = shelf.pack(BUILT)
    more = Build(shelf, voice, (*FEW, "mời số"))
    assert more.is_needed
    list(more.steps())
    voice.close()
    after = shelf.pack(BUILT)
    assert before
    assert after
    assert {w: after.words[w].checksum for w in FEW} == {
        w: c.checksum for w, c in before.words.items()
    }
    assert judge(after, (*FEW, "mời số")) == []


def test_a_word_that_cannot_be_said_silences_no_other(tmp_path: Path) -> None:
    shelf, voice = Shelf(tmp_path, "vi"), voices.espeak()
    wanted = ("một", "\u2014", "hai", "\u2014.")
    build = Build(shelf, voice, wanted)
    list(build.steps())
    voice.close()
    pack = shelf.pack(BUILT)
    assert pack
    assert list(pack.words) == ["một", "hai"]
    assert [(p.code, p.word) for p in judge(pack, wanted)] == [
        ("missing_word", "\u2014"),
        ("missing_word", "\u2014."),
    ]
    assert not build.is_needed, "tried once, not for ever"
    dead = ProcessVoice("?", "piper", "piper", "no.onnx", patience_s=10)
    with pytest.raises(VoiceAwayError):
        list(Build(shelf, dead, ("một",)).steps())
    assert shelf.pack(BUILT) == pack


def test_killed_half_way_the_old_pack_stays(hall: Path, tmp_path: Path) -> None:
    """kill -9 while another voice's pack is made over one in force."""
    shutil.copytree(hall / "voice" / "vi", tmp_path / "voice" / "vi")
    shelf = Shelf(tmp_path / "voice", "vi")
    old = shelf.pack(BUILT)
    assert old
    # Another voice made it, so that everything is to be made again.
    save(Pack(folder=old.folder, language="vi", voice="cũ", origin="espeak", words=old.words))
    before = for_browser(shelf)
    command = [sys.executable, "-m", "display", "voice", "build", "--language", "vi"]
    env = {**os.environ, "MOTCUA_DATA": str(tmp_path)}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        seen = progress_of(shelf)
        if seen and seen.done >= 5:
            break
        time.sleep(0.02)
    with shelf.only_one() as is_free:
        assert not is_free, "two never build at once"
    process.send_signal(signal.SIGKILL)
    process.wait()
    seen = progress_of(shelf)
    assert seen
    assert 5 <= seen.done < seen.total
    assert for_browser(shelf) == before
    assert judge(old, vocabulary("vi")) == []
    with shelf.only_one() as is_free:
        assert is_free, "the lock went with the process"


def test_a_voice_that_dies_is_asked_again_and_one_that_cannot_is_away() -> None:
    voice = voices.espeak()
    assert len(voice.clip("một", "vi")[0])
    assert voice._process
    voice._process.kill()
    voice._process.wait()
    assert len(voice.clip("hai", "vi")[0])
    with pytest.raises(VoiceAwayError):
        voice.clip("bonjour", "fr")
    voice.close()
    with pytest.raises(VoiceAwayError):
        ProcessVoice("?", "piper", "piper", "no.onnx", patience_s=10).clip("một", "vi")


def test_a_model_is_used_only_where_its_engine_is(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "vi"
    folder.mkdir(parents=True)
    (folder / "co-hoa.onnx").touch()
    assert voices.model_of(tmp_path, "vi") is None, "without its .json it is half a model"
    (folder / "co-hoa.onnx.json").touch()
    assert voices.model_of(tmp_path, "vi") == folder / "co-hoa.onnx"
    has_engine = importlib.util.find_spec("piper") is not None
    assert voices.best(tmp_path, "vi").origin == ("piper" if has_engine else "espeak")
    assert voices.best(tmp_path, "en").origin == "espeak"


def test_measures_decide_what_is_at_fault() -> None:
    fine = Measure(duration_s=0.4, loudness_lufs=-16.5, peak_dbfs=-2)
    assert faults("năm", fine) == []
    assert syllables("kính mời công dân có số thứ tự") == 8
    assert syllables("e-lờ") == 2
    assert syllables("seventeen.") == 3
