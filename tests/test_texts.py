"""Every sentence that a screen may say exists, in both languages, and none is left over."""

import re
from itertools import chain
from pathlib import Path

import pytest

from server import problems, text
from server.domain import errors
from server.domain.errors import Refused

ROOT = Path(__file__).resolve().parent.parent
SCREENS = ("kiosk", "counter", "display", "manager", "index")
FOLDERS = ("server", "kiosk", "counter", "display", "manager")
_LITERAL = re.compile(r"""["'`]([a-z]+(?:\.[a-z0-9_]+)+)["'`]""")
#: `error.${code}`, f"slip.{key}", "link." + status: the rest is made at run time.
_MADE = re.compile(r"""["'`]([a-z]+\.[a-z0-9_.]*)(?:\$?\{|["'`]\s*[+~])""")


def _sources(folder: str) -> str:
    files = chain.from_iterable(
        (ROOT / folder).rglob(f"*.{ending}") for ending in ("py", "js", "html")
    )
    return "\n".join(f.read_text("utf-8") for f in files)


SOURCES = {folder: _sources(folder) for folder in FOLDERS}
EVERYTHING = "\n".join(SOURCES.values())


@pytest.mark.parametrize("screen", SCREENS)
def test_both_languages_say_the_same_things(screen: str) -> None:
    vi, en = text.messages(screen)["vi"], text.messages(screen)["en"]
    assert vi.keys() == en.keys()
    for key, words in vi.items():
        assert set(re.findall(r"{(\w+)}", words)) == set(re.findall(r"{(\w+)}", en[key])), key
        assert words.strip()
        assert en[key].strip()


@pytest.mark.parametrize("folder", ["kiosk", "counter", "display", "manager"])
def test_what_a_screen_says_is_in_its_catalogue(folder: str) -> None:
    known = text.messages(folder)["vi"]
    families = {key.split(".")[0] for key in known}
    used = {k for k in _LITERAL.findall(SOURCES[folder]) if k.split(".")[0] in families}
    files = tuple(f.name for f in (ROOT / folder).rglob("*"))
    prefixes = set(_MADE.findall(SOURCES[folder]))
    assert not {k for k in used - known.keys() - prefixes if k not in files}


@pytest.mark.parametrize("screen", SCREENS)
def test_no_sentence_is_left_over(screen: str) -> None:
    literal = set(_LITERAL.findall(EVERYTHING))
    made = (*_MADE.findall(EVERYTHING), *(f"{family}." for family in problems._WORDS.values()))
    # `.one` is chosen by the number.
    names = {key.removesuffix(".one") for key in text.messages(screen)["vi"]}
    assert not sorted(k for k in names if k not in literal and not k.startswith(made))


def test_every_refusal_has_its_sentence() -> None:
    """Rule of the API: a stable code, and words in the caller's language."""
    codes = {cls.code for cls in _all(Refused) if cls is not Refused}
    codes |= set(re.findall(r"""WireError\(\s*["'](\w+)["']""", EVERYTHING))
    codes |= {"unavailable", "internal"}
    for language in ("vi", "en"):
        known = text.messages("index")[language]
        assert not sorted(code for code in codes if f"error.{code}" not in known)
    assert errors.WrongState.code in codes


def _all(kind: type[Refused]) -> set[type[Refused]]:
    return {kind}.union(*(_all(sub) for sub in kind.__subclasses__()))


#: Words that are the same in both languages.
_SAME = re.compile(r"^[\W\d]*$|^(?:{\w+}|[\W\d]|Motcua|English|Tiếng Việt|VI|EN|QR|P75|P90|CSV)+$")


@pytest.mark.parametrize("screen", SCREENS)
def test_no_english_is_left_in_the_vietnamese_screens(screen: str) -> None:
    messages = text.messages(screen)
    same = {
        key: words
        for key, words in messages["vi"].items()
        if words == messages["en"][key] and not _SAME.match(words)
    }
    assert same == {}
