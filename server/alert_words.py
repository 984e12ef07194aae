"""Alerts as sentences and rows: the same for the page, the e-mail and the webhook."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from server import replies
from server.changes import Row
from server.domain import alerts
from server.domain.alert import Alert
from server.domain.catalogue import Catalogue
from server.domain.ids import QueueId, ServiceId
from server.text import LANGUAGES, sentence

#: As screens write a number: letter, thin space, digits.
_THIN_SPACE: Final = "\u2009"
_GRAVITY: Final = {code: n for n, code in enumerate(alerts.CODES)}
_HELPED: Final = frozenset({"breach", "predicted_breach", "longest_wait", "no_counter"})


@dataclass(frozen=True, slots=True)
class Told:
    """An alert to be told: its row, its sentences by language, its hour at the branch."""

    row: Row
    text: dict[str, dict[str, str]]
    at: str


def told(alert: Alert, catalogue: Catalogue) -> Told:
    """The alert with its sentences."""
    made = row(alert, catalogue)
    at = alert.raised_at.astimezone(catalogue.zone).strftime("%H:%M %d/%m/%Y")
    return Told(row=made, text=made["text"], at=at)


def row(alert: Alert, catalogue: Catalogue) -> Row:
    """The alert's row for screens and receivers."""
    return {
        "id": str(alert.seq),
        "alert": alert.seq,
        "rule": alert.rule,
        "subject": alert.subject,
        "level": alert.level,
        "gravity": _GRAVITY.get(alert.rule, len(_GRAVITY)),
        "since": replies.instant(alert.since),
        "raised_at": replies.instant(alert.raised_at),
        "figures": alert.figures,
        "text": {language: _sentences(alert, catalogue, language) for language in LANGUAGES},
        "acknowledged_at": replies.instant(alert.acknowledged_at),
        "by": alert.by,
        "word": alert.word,
        "cleared_at": replies.instant(alert.cleared_at),
        "outcome": alert.outcome,
    }


def _sentences(alert: Alert, catalogue: Catalogue, language: str) -> dict[str, str]:
    facts = _facts(alert, catalogue, language)

    def of(part: str) -> str:
        return sentence(f"alert.{alert.rule}.{part}", language, facts)

    action = facts["help"] if alert.rule in _HELPED else of("action")
    doubt = sentence("alert.doubtful", language, facts) if "predictions" in facts else ""
    return {"head": of("head"), "body": of("body"), "action": action, "doubt": doubt}


def _facts(alert: Alert, catalogue: Catalogue, language: str) -> dict[str, str]:
    """The figures as words of the language."""
    figures = alert.figures
    facts = {name: str(value) for name, value in figures.items()}
    for name in ("from", "due"):
        if name in figures:
            at = datetime.fromisoformat(figures[name])
            facts[name] = at.astimezone(catalogue.zone).strftime("%H:%M")
    if number := facts.get("number"):
        facts["number"] = f"{number[0]}{_THIN_SPACE}{number[1:]}"
    facts |= _names(figures, catalogue, language)
    if "chance" in figures:
        facts["chance"] = f"{figures['chance'] * 100:.0f}"
    if language == "vi":
        for name in facts.keys() & {"minutes", "usual", "hours"}:
            facts[name] = facts[name].replace(".", ",")
    facts["help"] = _help(figures.get("help", []), language)
    return facts


def _names(figures: Mapping[str, Any], catalogue: Catalogue, language: str) -> dict[str, str]:
    """Ids and codes by their names."""
    names: dict[str, str] = {}
    if queue := catalogue.queue(QueueId(str(figures.get("queue", "")))):
        names["queue"] = queue.name.in_language(language)
    if service := catalogue.service(ServiceId(str(figures.get("service", "")))):
        names["service"] = service.name.in_language(language)
    for name, group in (("kind", "alert.kind"), ("problem", "alert.problem"), ("state", "printer")):
        if name in figures:
            names[name] = sentence(f"{group}.{figures[name]}", language)
    return names


def _help(help_: list[dict[str, Any]], language: str) -> str:
    """Which counters could serve the queue, and why they do not."""
    if not help_:
        return sentence("alert.help.none", language)
    by_leisure: dict[str, list[str]] = {}
    for each in help_:
        by_leisure.setdefault(each["how"], []).append(str(each["counter"]))
    listed = "; ".join(
        sentence(f"alert.help.{how}", language, {"counters": ", ".join(numbers)})
        for how, numbers in by_leisure.items()
    )
    return sentence("alert.help", language, {"counters": listed})
