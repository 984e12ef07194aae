"""One Vietnamese pack for all tests of the voice: made by the real espeak-ng, half a minute at most."""

from pathlib import Path

import pytest

from display.announce import vocabulary
from display.voice import voices
from display.voice.build import Build
from display.voice.shelf import Shelf


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a complete Vietnamese pack; not to be changed."""
    data: Path = tmp_path_factory.mktemp("hall")
    voice = voices.espeak()
    list(Build(Shelf(data / "voice", "vi"), voice, vocabulary("vi")).steps())
    voice.close()
    return data
