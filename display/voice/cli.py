"""`python -m display voice build|check|install|remove|say|cut|script`.

Exit codes: 0 done and nothing is wrong, 1 something is wrong with a pack or a word is missing,
2 the call itself cannot be followed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from display.announce import announcement, vocabulary
from display.voice import sound, voices
from display.voice.build import Build, progress_of
from display.voice.cut import cut, script_lines
from display.voice.pack import FALLBACK, LANGUAGES, Pack, PackError, Problem, judge, load
from display.voice.script import script
from display.voice.shelf import BrokenPackError, Shelf, copy
from display.voice.speaker import MissingWordsError, Speaker
from server import hall_voice, settings
from server.domain.announcements import Sentence
from server.domain.reading import prepared
from server.settings import SettingsError

_TOLD_EVERY_S: Final = 0.5
_FALLBACK_ADVICE: Final = (
    "{language}: giọng tạm {voice}. Hãy thay bằng bản ghi âm trước khi phục vụ: deploy/VOICE.md."
)
_WHAT: Final = {
    "missing_word": "thiếu từ",
    "missing_file": "thiếu tệp",
    "wrong_checksum": "tệp đã bị sửa",
    "not_opus": "không phải Ogg/Opus một kênh, 24 kHz",
    "too_loud": "quá to",
    "too_quiet": "quá nhỏ",
    "peak": "đỉnh quá cao",
    "too_long": "quá dài",
    "too_short": "quá ngắn",
    "wrong_language": "sai ngôn ngữ",
    "no_manifest": "không có manifest.json",
    "bad_manifest": "manifest.json hỏng",
    "not_a_pack": "không mở được",
    "too_large": "quá lớn",
    "not_a_recording": "không đọc được tệp ghi âm",
    "low_rate": "tần số lấy mẫu quá thấp",
    "out_exists": "thư mục đích đã có",
    "count_differs": "số đoạn khác số dòng của kịch bản",
    "word_twice": "một từ ghi hai lần trong kịch bản",
    "empty_script": "kịch bản trống",
}


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give `python -m display voice` its verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    build = _verb(verbs, "build", "make the clips by the best voice present", _build)
    build.add_argument("--language", choices=LANGUAGES, help="default: all")
    build.add_argument("--status", action="store_true", help="only tell how far it is")
    check = _verb(verbs, "check", "measure every clip of the packs in force, or of one", _check)
    check.add_argument("pack", nargs="?", type=Path, help="folder or zip; default: those in force")
    check.add_argument("--language", choices=LANGUAGES, help="default: all")
    install = _verb(verbs, "install", "take a recorded pack into use", _install)
    install.add_argument("pack", type=Path, help="folder or zip")
    install.add_argument("--partial", action="store_true", help="words may be missing")
    remove = _verb(verbs, "remove", "put the recorded pack out of use", _remove)
    remove.add_argument("language", choices=LANGUAGES)
    say = _verb(verbs, "say", "a sentence as words, or as sound", _say)
    say.add_argument("number", nargs="?", default="", help="ticket number, such as A001")
    say.add_argument("counter", nargs="?", type=int, default=0)
    say.add_argument("--sentence", choices=[s.value for s in Sentence], default="call")
    say.add_argument("--times", type=int, default=2, help="recall: which call it is")
    say.add_argument("--minutes", type=int, default=15, help="closing, pause_minutes: how many")
    say.add_argument("--text", default="", help="a free notice, by a voice that can say any text")
    say.add_argument("--language", choices=LANGUAGES, default="vi")
    say.add_argument("--branch", default="", help="in the words of this branch")
    say.add_argument("--words", action="store_true", help="print the words, one a line")
    say.add_argument("--out", type=Path, help="write the sentence into this .ogg file")
    to_cut = _verb(verbs, "cut", "cut a recording session into a pack", _cut)
    to_cut.add_argument("session", type=Path, help="WAV or FLAC")
    to_cut.add_argument("script", type=Path, help="as `script` prints it")
    to_cut.add_argument("--out", type=Path, required=True, help="folder of the new pack")
    to_cut.add_argument("--language", choices=LANGUAGES, default="vi")
    to_cut.add_argument("--voice", default="", help="whose voice it is, for the administrator")
    _verb(verbs, "script", "print the script of a recording session", _script).add_argument(
        "language", choices=LANGUAGES
    )


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, run: object
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=what)
    parser.add_argument("--data", type=Path, help="the data folder; default: that of the settings")
    parser.set_defaults(run=lambda arguments: _guarded(run, arguments))
    return parser


def _guarded(run: object, arguments: argparse.Namespace) -> int:
    try:
        return int(run(arguments))  # type: ignore[operator]
    except BrokenPackError as error:
        _tell(error.problems)
        return 1
    except PackError as error:
        print(f"{_WHAT.get(error.code, error.code)} ({error})", file=sys.stderr)
        return 1
    except (OSError, SettingsError, voices.VoiceAwayError) as error:
        print(error, file=sys.stderr)
        return 2


def _root(arguments: argparse.Namespace) -> Path:
    return hall_voice.root(_settings(arguments))


def _settings(arguments: argparse.Namespace) -> settings.Settings:
    return hall_voice.with_data(settings.load(), arguments.data)


def _wanted(arguments: argparse.Namespace, language: str) -> tuple[str, ...]:
    return vocabulary(language, hall_voice.said(_settings(arguments)))


def _build(arguments: argparse.Namespace) -> int:
    root = _root(arguments)
    for language in [arguments.language] if arguments.language else LANGUAGES:
        shelf = Shelf(root, language)
        if arguments.status:
            _tell_status(shelf)
            continue
        voice = voices.best(root, language)
        try:
            with shelf.only_one() as is_free:
                if not is_free:
                    _tell_status(shelf)
                    continue
                _build_one(Build(shelf, voice, _wanted(arguments, language)), language)
        finally:
            voice.close()
        _advise(shelf)
    return 0


def _build_one(build: Build, language: str) -> None:
    began = told = time.monotonic()
    for progress in build.steps():
        if time.monotonic() - told >= _TOLD_EVERY_S:
            told = time.monotonic()
            print(f"{language}: {progress.done}/{progress.total}", flush=True)
    done = build.progress()
    took = time.monotonic() - began
    print(f"{language}: {done.done}/{done.total}, {done.voice}, {took:.1f} s", flush=True)


def _tell_status(shelf: Shelf) -> None:
    if progress := progress_of(shelf):
        print(f"{shelf.language}: {progress.done}/{progress.total}, {progress.voice}")
        return
    for pack in shelf.packs():
        print(f"{shelf.language}: {pack.voice}, {len(pack.words)}")
    if not shelf.packs():
        print(f"{shelf.language}: chưa có giọng đọc")


def _check(arguments: argparse.Namespace) -> int:
    if arguments.pack:
        with tempfile.TemporaryDirectory() as folder:
            copy(arguments.pack, Path(folder))
            pack = load(Path(folder))
            return _judge(pack, _wanted(arguments, pack.language))
    code = 0
    for language in [arguments.language] if arguments.language else LANGUAGES:
        shelf = Shelf(_root(arguments), language)
        packs = shelf.packs()
        if not packs:
            print(f"{language}: chưa có giọng đọc; chạy: python -m display voice build")
            code = 1
        wanted = _wanted(arguments, language)
        for pack in packs:
            code = max(code, _judge(pack, wanted))
        _advise(shelf)
    return code


def _judge(pack: Pack, wanted: Sequence[str]) -> int:
    problems = judge(pack, wanted)
    seconds = sum(clip.duration_s for clip in pack.words.values())
    told = f"{pack.language}: {pack.voice}, {len(pack.words)} từ, {seconds:.0f} s"
    print(f"{told}, {len(problems)} lỗi" if problems else f"{told}, đạt")
    _tell(problems)
    return 1 if problems else 0


def _tell(problems: Sequence[Problem]) -> None:
    for problem in problems:
        detail = f", {problem.detail}" if problem.detail else ""
        print(f"  {problem.code}: “{problem.word}” {_WHAT[problem.code]}{detail}")


def _advise(shelf: Shelf) -> None:
    """What the administrator is to do about the voice that is always there."""
    packs = shelf.packs()
    if packs and packs[0].origin == FALLBACK:
        print(_FALLBACK_ADVICE.format(language=shelf.language, voice=packs[0].voice))


def _install(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy(arguments.pack, Path(folder))
        language = load(Path(folder)).language
        wanted = _wanted(arguments, language)
        shelf = Shelf(_root(arguments), language)
        pack = shelf.install(Path(folder), wanted, partial=arguments.partial)
    print(f"{language}: {pack.voice}, {len(pack.words)} từ, đang dùng")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    Shelf(_root(arguments), arguments.language).remove("recorded")
    print(f"{arguments.language}: đã bỏ bản ghi âm")
    return 0


def _say(arguments: argparse.Namespace) -> int:
    if arguments.text:
        return _say_text(arguments)
    try:
        said = announcement(
            Sentence(arguments.sentence),
            number=arguments.number,
            counter=arguments.counter,
            times=arguments.times,
            minutes=arguments.minutes,
            catalogue=hall_voice.catalogue(_settings(arguments), arguments.branch),
        )
    except (ValueError, LookupError) as error:
        print(error, file=sys.stderr)
        return 2
    words = said.words_vi if arguments.language == "vi" else said.words_en
    if arguments.words or not arguments.out:
        print("\n".join(words))
    if arguments.out:
        try:
            clip = Speaker(Shelf(_root(arguments), arguments.language)).clip(words)
        except MissingWordsError as error:
            print(f"thiếu từ: {error}", file=sys.stderr)
            return 1
        arguments.out.write_bytes(clip)
        print(f"{arguments.out}: {sound.measure(clip).duration_s:.1f} s")
    return 0


def _say_text(arguments: argparse.Namespace) -> int:
    words = prepared(arguments.text, arguments.language)
    print(words)
    if not arguments.out:
        return 0
    voice = voices.best(_root(arguments), arguments.language)
    try:
        arguments.out.write_bytes(voice.clip(words, arguments.language)[0])
    finally:
        voice.close()
    return 0


def _cut(arguments: argparse.Namespace) -> int:
    words = script_lines(arguments.script.read_text(encoding="utf-8"))
    pack = cut(
        arguments.session,
        words,
        arguments.out,
        language=arguments.language,
        voice=arguments.voice or arguments.out.name,
    )
    return _judge(pack, _wanted(arguments, arguments.language))


def _script(arguments: argparse.Namespace) -> int:
    said = hall_voice.said(_settings(arguments))
    language = arguments.language
    print(script(language, vocabulary(language, said), said), end="")
    return 0
