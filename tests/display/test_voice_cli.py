"""`python -m display voice …`, and the pack as a wall asks for it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from flask.testing import FlaskClient

from display.announce import vocabulary
from display.cli import main
from display.voice.build import Build
from display.voice.pack import load, save
from display.voice.shelf import BUILT, Shelf
from display.voice.voices import espeak
from server import branches, branchfile, database
from server.app import create_app
from server.domain.text import Text
from server.hall_voice import said
from server.settings import Settings
from tests.display.test_voice_cut import LINES, session
from tests.live_office import EARLIER, ROOT, prepare


@pytest.fixture
def data(hall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of one's own with the pack in it."""
    shutil.copytree(hall / "voice", tmp_path / "data" / "voice")
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def voice(*arguments: str) -> int:
    return main(["voice", *arguments])


@pytest.mark.usefixtures("data")
def test_the_words_of_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert voice("say", "A001", "5", "--words") == 0
    words = capsys.readouterr().out.split("\n")
    assert words[:-1] == [
        *("kính mời công dân có số thứ tự", "a", "không", "không", "một,", "đến quầy số", "năm."),
    ]
    assert voice("say", "--sentence", "closing", "--minutes", "15", "--language", "en") == 0
    assert "fifteen" in capsys.readouterr().out
    assert voice("say", "A-1", "5") == 2
    assert voice("say", "A001", "5", "--branch", "khac") == 2
    assert "khac" in capsys.readouterr().err


@pytest.mark.usefixtures("data")
def test_a_call_as_sound(tmp_path: Path) -> None:
    out = tmp_path / "x.ogg"
    assert voice("say", "A001", "5", "--out", str(out)) == 0
    with soundfile.SoundFile(out) as file:
        assert (file.samplerate, file.channels, file.subtype) == (24_000, 1, "OPUS")
        assert 3 < file.frames / file.samplerate < 9
    assert voice("say", "A001", "5", "--language", "en", "--out", str(out)) == 1, "no such pack"


@pytest.mark.usefixtures("data")
def test_a_free_notice_is_spoken_by_a_voice_that_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "x.ogg"
    assert voice("say", "--text", "Quầy 5 nghỉ đến 10:30", "--out", str(out)) == 0
    assert capsys.readouterr().out == "Quầy năm nghỉ đến mười giờ ba mươi phút\n"
    assert soundfile.info(out).duration > 1.5


def test_check_tells_what_is_wrong_and_that_the_voice_is_a_stopgap(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert voice("check", "--language", "vi") == 0
    assert "giọng tạm espeak-ng" in capsys.readouterr().out
    assert voice("check", "--language", "en") == 1, "there is none"
    pack = Shelf(data / "voice", "vi").pack(BUILT)
    assert pack
    (pack.folder / pack.words["năm"].file).unlink()
    capsys.readouterr()
    assert voice("check", "--language", "vi") == 1
    assert "missing_file: “năm” thiếu tệp" in capsys.readouterr().out


def test_a_pack_is_cut_checked_installed_and_put_away(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = Shelf(data / "voice", "vi").pack(BUILT)
    assert pack
    assert voice("script", "vi") == 0
    assert capsys.readouterr().out.count("\n") > len(vocabulary("vi"))
    (tmp_path / "script.txt").write_text("\n".join(LINES[:6]), "utf-8")
    session(pack, LINES[:6], tmp_path / "session.wav")
    to_cut = [str(tmp_path / name) for name in ("session.wav", "script.txt")]
    new = str(tmp_path / "co-hoa")
    assert voice("cut", *to_cut, "--out", new, "--voice", "Cô Hoa") == 1, "words are missing"
    told = capsys.readouterr().out
    assert "vi: Cô Hoa, 6 từ" in told
    assert "missing_word: “hai” thiếu từ" in told
    assert voice("cut", *to_cut, "--out", new) == 1, "it is there already"
    assert voice("check", new) == 1
    assert voice("install", new) == 1
    assert voice("install", new, "--partial") == 0
    capsys.readouterr()
    assert voice("check", "--language", "vi") == 1
    assert "giọng tạm" not in capsys.readouterr().out
    assert voice("remove", "vi") == 0
    assert voice("check", "--language", "vi") == 0
    assert voice("install", str(tmp_path / "nowhere.zip")) == 1


def test_how_far_a_build_is(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = espeak()
    steps = Build(Shelf(data / "voice", "en"), engine, ("one", "two", "three")).steps()
    next(steps)
    engine.close()
    assert voice("build", "--status") == 0
    told = capsys.readouterr().out
    assert told.startswith("vi: espeak-ng")
    assert "en: 1/3, espeak-ng" in told
    assert voice("build", "--language", "vi") == 0, "nothing is to be made"
    assert "89/89" in capsys.readouterr().out


def test_it_runs_as_a_program(data: Path) -> None:
    command = [sys.executable, "-m", "display", "voice", "say", "A001", "5", "--words"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[1] == "a"
    assert not (data / "motcua.db").exists(), "asking makes no database"


def test_a_web_process_needs_none_of_the_sound_s_libraries() -> None:
    """They are 40 MB of its memory."""
    code = "import sys, server.app; print(sorted({'numpy', 'soundfile'} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# The walls ---------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def client(hall: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    data: Path = tmp_path_factory.mktemp("walls")
    prepare(data)
    shutil.copytree(hall / "voice", data / "voice")
    app, _ = create_app(Settings(data=data, redis_url="redis://127.0.0.1:1/0", secret="s"))
    yield app.test_client()
    app.extensions["motcua"].relay.stop()
    app.extensions["motcua"].engine.dispose()


def test_a_wall_gets_the_words_and_keeps_the_clips(client: FlaskClient) -> None:
    answer = client.get("/display/voice/vi/manifest.json")
    told = answer.get_json()
    assert answer.status_code == 200
    assert answer.cache_control.no_cache
    assert (told["language"], told["is_fallback"]) == ("vi", True)
    again = client.get(
        "/display/voice/vi/manifest.json", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    entry = told["words"]["đến quầy số"]
    clip = client.get(f"/display/voice/vi/{entry['clip']}.ogg")
    assert clip.status_code == 200
    assert clip.mimetype == "audio/ogg"
    assert clip.data.startswith(b"OggS")
    assert clip.cache_control.immutable
    assert clip.cache_control.max_age == 365 * 24 * 3600
    clip.close()


def test_a_wall_without_a_pack_has_no_words_and_that_is_no_fault(client: FlaskClient) -> None:
    told = client.get("/display/voice/en/manifest.json").get_json()
    assert told["words"] == {}
    for path in ("/display/voice/fr/manifest.json", f"/display/voice/vi/{'0' * 64}.ogg"):
        assert client.get(path).status_code == 404
    assert client.get("/display/voice/vi/..%2f..%2fmanifest.ogg").status_code == 404


def test_what_a_branch_says_of_its_own_is_wanted_of_every_pack(tmp_path: Path) -> None:
    prepare(tmp_path)
    settings = Settings(data=tmp_path)
    before = vocabulary("vi", said(settings))
    assert before == vocabulary("vi")
    text = (ROOT / "deploy" / "branches" / "long-bien.toml").read_text("utf-8")
    own = text.replace('languages = ["vi", "en"]', 'pause = "Quầy số {counter} nghỉ trưa."')
    engine = database.connect(settings.database)
    branches.apply(engine, branchfile.loads(own, "x"), now=EARLIER, actor="job:test")
    engine.dispose()
    assert set(vocabulary("vi", said(settings))) - set(before) == {"nghỉ trưa."}
    assert Text(vi="Quầy số {counter} nghỉ trưa.") in said(settings)


def test_a_pack_without_a_new_sentence_is_told(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = Shelf(data / "voice", "vi").pack(BUILT)
    assert pack
    words = {word: clip for word, clip in pack.words.items() if word != "quầy số"}
    save(replace(pack, words=words))
    assert "quầy số" not in load(pack.folder).words
    assert voice("check", "--language", "vi") == 1
    assert "missing_word: “quầy số”" in capsys.readouterr().out
