"""The product's sentences: one catalogue per folder and language, read from `locale/<lang>.po`.

A page embeds the common catalogue and its own screen's, in both languages, so that a change of
language needs no request. A sentence exists in every language or the tests fail.
"""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

LANGUAGES: Final = ("vi", "en")
SCREENS: Final = ("kiosk", "counter", "display", "manager")
ROOT: Final = Path(__file__).resolve().parent.parent
COMMON: Final = "server"

_log = logging.getLogger(__name__)

Messages = dict[str, dict[str, str]]


def messages(screen: str) -> Messages:
    """The common sentences and the screen's own, by language and key."""
    if screen not in SCREENS:
        return {language: dict(_read(COMMON, language)) for language in LANGUAGES}
    return {
        language: {**_read(COMMON, language), **_read(screen, language)} for language in LANGUAGES
    }


def sentence(
    key: str, language: str, facts: Mapping[str, object] | None = None, *, screen: str = COMMON
) -> str:
    """The sentence under `key`, with `{name}` filled in; the key itself when there is none."""
    texts = _known(screen)
    spoken = language if language in texts else LANGUAGES[0]
    found = texts[spoken].get(key) or texts[LANGUAGES[0]].get(key)
    if found is None:
        _log.warning("no sentence for %s", key)
        return key
    given = dict(facts or {})
    if given.get("n") == 1:
        found = texts[spoken].get(f"{key}.one", found)
    return fill(found, given)


@cache
def _known(screen: str) -> Messages:
    """`messages`, kept: not to be changed."""
    return messages(screen)


def fill(template: str, facts: Mapping[str, object]) -> str:
    """`{name}` replaced by what it stands for; a name without a fact stays as it is."""
    for name, fact in facts.items():
        template = template.replace("{" + name + "}", str(fact))
    return template


@cache
def _read(folder: str, language: str) -> Mapping[str, str]:
    path = ROOT / folder / "locale" / f"{language}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string
    }
