"""The document of a report from its material, in Vietnamese or English. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from server.domain.report_periods import Period
from server.report import exceptional, sections
from server.report.document import Document, Section
from server.report.material import Material
from server.report.words import Words

_HASH_SHOWN = 16


def compose(material: Material, language: str) -> Document:
    """The whole report."""
    words = Words(language)
    period = material.period
    made_at = datetime.fromisoformat(material.made_at).astimezone(ZoneInfo(material.time_zone))
    is_vietnamese = language == "vi"
    signatures = [
        (words.say("report.maker"), words.say("report.sign_maker")),
        (words.say("report.head"), words.say("report.sign_head")),
    ]
    return Document(
        language=language,
        unit=material.name.get(language) or material.name["vi"],
        address=material.address,
        title=words.say("report.title"),
        period=words.period(period),
        days=words.say("report.days", start=words.date(period.start), end=words.date(period.end)),
        label=words.say("report.demo") if material.is_demo else "",
        warning="" if material.is_over else words.say("report.open", at=words.instant(made_at)),
        made_at=made_at,
        sections=_body(words, material, period),
        appendix=[
            sections.course_table(words, material, period),
            sections.definitions(words, material),
        ],
        origin=words.say(
            "report.origin",
            version=material.figures["course"]["version"],
            first=material.events["first"],
            last=material.events["last"],
            hash=material.events["sha256"][:_HASH_SHOWN] or "–",  # noqa: RUF001
        ),
        motto=(words.say("report.motto_country"), words.say("report.motto"))
        if is_vietnamese
        else (),
        number=words.say("report.number"),
        place=words.say("report.place"),
        receivers=words.say("report.receivers").split("|"),
        signatures=signatures,
        page_of=words.say("report.page"),
    )


def _body(words: Words, material: Material, period: Period) -> list[Section]:
    said = exceptional.found(words, material)
    return [
        sections.headline(words, material),
        sections.waits(words, material, period),
        sections.fields(words, material),
        sections.counters(words, material),
        sections.opinion(words, material),
        Section(
            title=words.say("report.exceptional"),
            sentences=said or [words.say("report.nothing_exceptional")],
        ),
    ]
