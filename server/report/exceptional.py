"""What stands out in a period, by fixed rules: the same figures always say the same. Pure."""

from collections.abc import Iterator
from statistics import median
from typing import Any, Final

from server.report.material import Material
from server.report.sections import field_name
from server.report.words import Words

#: A day, week or hour with so many times the usual number of visits is told.
_BUSY: Final = 1.5
_LEAST_GROUPS: Final = 5
#: So far below the period's own share within the target.
_LATE: Final = 0.15
#: Groups of fewer visits say nothing.
_LEAST_VISITS: Final = 20
#: So much longer than in the period before, seconds.
_LONGER_S: Final = 300
_MORE_ABSENT: Final = 0.03
_MOST_TOLD: Final = 3


def found(words: Words, material: Material) -> list[str]:
    """A sentence for each thing that stands out."""
    rules = (
        _busy,
        _late_groups,
        _late_hours,
        _longer_fields,
        _absent,
        _unserved,
        _voided,
        _opinions,
    )
    return [said for rule in rules for said in rule(words, material)]


def _name(words: Words, material: Material, key: str) -> str:
    by = material.figures["course"]["by"]
    return f"{words.say(f'report.in_{by}')} {words.group(by, key)}"


def _busy(words: Words, material: Material) -> Iterator[str]:
    groups = [g for g in material.figures["course"]["groups"] if g["issued"]]
    if len(groups) < _LEAST_GROUPS:
        return
    usual = median(g["issued"] for g in groups)
    top = max(groups, key=lambda g: g["issued"])
    if top["issued"] >= _BUSY * usual:
        yield words.say(
            "report.was_busy", group=_name(words, material, top["key"]),
            n=words.number(top["issued"]), usual=words.number(usual),
        )  # fmt: skip


def _late_groups(words: Words, material: Material) -> Iterator[str]:
    answer = material.figures["course"]
    usual = answer["total"]["within_target"]
    if usual is None:
        return
    late = [
        g
        for g in answer["groups"]
        if g["within_n"] >= _LEAST_VISITS and g["within_target"] <= usual - _LATE
    ]
    for g in sorted(late, key=lambda g: float(g["within_target"]))[:_MOST_TOLD]:
        yield words.say(
            "report.was_late", group=_name(words, material, g["key"]),
            share=words.share(g["within_target"]), usual=words.share(usual),
        )  # fmt: skip


def _late_hours(words: Words, material: Material) -> Iterator[str]:
    answer = material.figures["hour"]
    red = answer["targets_minutes"][1]
    late = [g for g in answer["groups"] if (g["wait_p90_s"] or 0) > 60 * red]
    if late:
        hours = ", ".join(f"{int(g['key'])}h–{int(g['key']) + 1}h" for g in late)  # noqa: RUF001
        yield words.say("report.late_hours", hours=hours, red=red)


def _longer_fields(words: Words, material: Material) -> Iterator[str]:
    before = {g["key"]: g for g in material.figures["before"]["groups"]}
    longer: list[tuple[float, dict[str, Any], dict[str, Any]]] = []
    for g in material.figures["service"]["groups"]:
        was = before.get(g["key"])
        if was is None or min(g["wait_n"], was["wait_n"]) < _LEAST_VISITS:
            continue
        more = (g["wait_p50_s"] or 0) - (was["wait_p50_s"] or 0)
        if more >= _LONGER_S:
            longer.append((more, g, was))
    for _, g, was in sorted(longer, key=lambda one: -one[0])[:_MOST_TOLD]:
        yield words.say(
            "report.longer", field=field_name(words, material, g["key"]),
            now=words.minutes(g["wait_p50_s"]), before=words.minutes(was["wait_p50_s"]),
        )  # fmt: skip


def _absent(words: Words, material: Material) -> Iterator[str]:
    now, was = material.figures["course"]["total"], material.figures["before"]["total"]
    shares = now["no_show_share"], was["no_show_share"]
    if None in shares or min(now["served"], was["served"]) < _LEAST_VISITS:
        return
    if shares[0] - shares[1] >= _MORE_ABSENT:
        yield words.say(
            "report.more_absent", now=words.share(shares[0]), before=words.share(shares[1])
        )


def _unserved(words: Words, material: Material) -> Iterator[str]:
    total = material.figures["course"]["total"]
    if total["unserved"]:
        yield words.say("report.unserved", n=words.number(total["unserved"]))
    if total["left_late"]:
        target = material.figures["course"]["target_minutes"]
        yield words.say("report.left_late", n=words.number(total["left_late"]), target=target)


def _voided(words: Words, material: Material) -> Iterator[str]:
    total = material.figures["course"]["total"]
    if total["voided"]:
        taken = words.number(total["issued"] + total["voided"])
        yield words.say("report.voided", n=words.number(total["voided"]), of=taken)


def _opinions(words: Words, material: Material) -> Iterator[str]:
    satisfaction = material.satisfaction
    usual = satisfaction["share"]["share"]
    for key, share in satisfaction["fields"].items():
        if usual is not None and share["high"] is not None and share["high"] < usual:
            yield words.say(
                "report.less_satisfied", field=field_name(words, material, key),
                share=words.share(share["share"]), usual=words.share(usual),
            )  # fmt: skip
    if satisfaction["expected"] and satisfaction["expected"]["is_unlike"]:
        yield words.say("report.unlike", n=words.share(satisfaction["expected"]["value"]))
