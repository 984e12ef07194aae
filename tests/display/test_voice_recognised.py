"""A hall's worth of calls, as the loudspeaker says them, each recognised among all the others.

What is heard are the clips of the espeak-ng pack with the gaps of the browser's queue, softer and in
noise. The listener (`hearing.py`) knows the sentences from another voice that spoke each at once,
faster, and never heard a clip. It takes a comma after every word as the clips do, without which
espeak-ng reads "A" as the article. It is deaf to tones: of words that differ by them alone none is
in the sentences of a call.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from display.announce import announcement
from display.voice import sound, voices
from display.voice.build import Build
from display.voice.level import HZ
from display.voice.pack import LANGUAGES, Pack, judge, save
from display.voice.sentences import file_of, for_browser
from display.voice.shelf import BUILT, Shelf
from server.domain.announcements import Sentence
from tests.display.hearing import Heard, Listener
from tests.display.test_voice import rewrite
from tests.live_office import ROOT
from tests.sizes import sized

#: Each has a neighbour that differs in one word. Letters whose names rhyme (B, C, G; A, H, K) are not
#: put side by side: in noise this listener takes one for the other.
NUMBERS = (
    *("A001", "A007", "A010", "A011", "A004", "A005", "A015", "B001", "D105", "E205"),
    *("A000", "A003", "A008", "A014", "A017", "A040", "A051", "A070", "A071", "A100"),
)[: sized(10, 20)]
COUNTERS = (4, 14, 24, 5)[: sized(3, 4)]
CALLS = [(number, counter) for number in NUMBERS for counter in COUNTERS]
_NOISE_DB = -20.0
#: Of the stretch that fits least: 5.0 at most in a whole pack, 5.5 and more where a word was halved.
_FITS = 5.2
#: How much farther the next call must be: 0.018 at least in a whole pack, 0.001 where a word lacked.
_SURE = 0.01


def words_of(language: str, number: str, counter: int) -> list[str]:
    said = announcement(Sentence.CALL, number=number, counter=counter)
    return said.words_vi if language == "vi" else said.words_en


@dataclass
class Hall:
    """A language: the shelf with its pack, and a listener who knows the calls."""

    language: str
    shelf: Shelf
    listener: Listener

    def hear(self, call: tuple[str, int], shelf: Shelf | None = None) -> Heard:
        """What the listener makes of one call, out of this pack or another."""
        return self.listener.hear(spoken(shelf or self.shelf, words_of(self.language, *call)))

    def misheard(self, calls: list[tuple[str, int]], shelf: Shelf | None = None) -> list[str]:
        """The calls that are heard as others, without being sure of it, or not whole."""
        found = [(call, self.hear(call, shelf)) for call in calls]
        return [
            f"{call} as {CALLS[heard.sentence]}: {heard}"
            for call, heard in found
            if CALLS[heard.sentence] != call or heard.margin < _SURE or heard.worst > _FITS
        ]


def spoken(shelf: Shelf, words: list[str]) -> Any:
    """What comes out of the loudspeaker: clip, pause, clip, as the browser's queue plays them."""
    told = for_browser(shelf)["words"]
    parts = []
    for word in words:
        file = file_of(shelf, told[word]["clip"])
        assert file
        parts.append((sound.decoded(file.read_bytes()), told[word]["pause_s"]))
    samples = sound.joined(parts)
    chance = np.random.default_rng(len(words))
    noise = chance.normal(size=len(samples)) * samples.std() * 10 ** (_NOISE_DB / 20)
    return (samples + noise) * chance.uniform(0.4, 0.9)


@pytest.fixture(scope="module", params=LANGUAGES)
def listening(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hall:
    language = request.param
    every = [words_of(language, *call) for call in CALLS]
    if language == "vi":
        shelf = Shelf(request.getfixturevalue("hall") / "voice", language)
    else:
        shelf = Shelf(tmp_path_factory.mktemp("recognised"), language)
        voice = voices.espeak()
        wanted = dict.fromkeys(word.rstrip(",") for words in every for word in words)
        list(Build(shelf, voice, wanted).steps())
        voice.close()
    file = tmp_path_factory.mktemp("listener") / "known.npz"
    lines = [", ".join(word.strip(",.") for word in words) + "." for words in every]
    command = [sys.executable, "-m", "tests.display.other_voice", language, str(file)]
    subprocess.run(command, cwd=ROOT, input="\n".join(lines), text=True, check=True)
    with np.load(file) as known:
        return Hall(language, shelf, Listener(list(known.values())))


def test_every_call_is_recognised_among_all(listening: Hall) -> None:
    assert listening.misheard(CALLS) == []


# A broken pack ----------------------------------------------------------------------------------
SEVEN = {"vi": "bảy", "en": "seven"}
ONE = {"vi": "một", "en": "one"}
PHRASE = {"vi": "đến quầy số", "en": "please proceed to counter"}
WITH_SEVEN = [("A007", counter) for counter in COUNTERS]
WITHOUT = [("A004", counter) for counter in COUNTERS]


def exchanged(pack: Pack, language: str) -> None:
    one, seven = ONE[language], SEVEN[language]
    save(replace(pack, words={**pack.words, one: pack.words[seven], seven: pack.words[one]}))


def silent(pack: Pack, language: str) -> None:
    rewrite(pack, SEVEN[language], lambda samples: samples * 1e-4)


def missing(pack: Pack, language: str) -> None:
    """All but its edge of silence, as where a player passes over it."""
    rewrite(pack, SEVEN[language], lambda samples: samples[: int(0.03 * HZ)])


@pytest.mark.parametrize("spoil", [exchanged, silent, missing])
def test_a_broken_pack_is_noticed(
    listening: Hall, tmp_path: Path, spoil: Callable[[Pack, str], None]
) -> None:
    broken = copy_of(listening, tmp_path)
    pack = broken.pack(BUILT)
    assert pack
    spoil(pack, listening.language)
    assert listening.misheard(WITH_SEVEN, broken) != []
    assert listening.misheard(WITHOUT, broken) == [], "only where the word is said"


def test_a_phrase_that_was_cut_in_half_is_noticed(listening: Hall, tmp_path: Path) -> None:
    """Half a digit is not asked for: half of "bảy" is still nearer to it than any other word."""
    broken = copy_of(listening, tmp_path)
    pack = broken.pack(BUILT)
    assert pack
    rewrite(pack, PHRASE[listening.language], lambda samples: samples[: len(samples) // 2])
    assert len(listening.misheard(WITHOUT, broken)) == len(WITHOUT)


def test_a_word_exchanged_for_another_is_heard_as_the_other(
    listening: Hall, tmp_path: Path
) -> None:
    """A check of the pack's files finds nothing wrong with it."""
    broken = copy_of(listening, tmp_path)
    pack = broken.pack(BUILT)
    assert pack
    exchanged(pack, listening.language)
    assert judge(pack, ()) == []
    heard = [CALLS[listening.hear(call, broken).sentence] for call in WITH_SEVEN]
    assert heard == [("A001", counter) for counter in COUNTERS]


def copy_of(listening: Hall, folder: Path) -> Shelf:
    copy = Shelf(folder / "voice", listening.language)
    shutil.copytree(listening.shelf.folder, copy.folder, symlinks=True)
    return copy
