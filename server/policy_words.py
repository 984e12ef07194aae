"""A calling policy in plain sentences, and what one changes against another, in vi and en."""

from typing import Final

from server.domain.catalogue import Mode, Policy, PriorityClass
from server.domain.policies import Change, changes
from server.domain.text import Text
from server.text import sentence

#: Told in this order; the classes follow the way they are served in.
_TOLD: Final = (
    "wait_targets_minutes", "recalls_before_no_show", "yield_places", "day_close", "undo_seconds",
    "counter_lease_minutes", "rating_hours", "rating_pad_seconds", "follow_up_days",
)  # fmt: skip
#: Where 0 means something of its own.
_ZERO: Final = ("recalls_before_no_show", "yield_places")


def sentences(policy: Policy, language: str) -> list[str]:
    """What the policy says, a sentence each: first how the next person is chosen."""
    told = [
        sentence(f"policy.says.{policy.mode}", language, {"n": policy.normal_per_priority}),
        sentence("policy.says.cap", language, {"n": policy.overtaking_cap_minutes}),
        _classes(policy, language),
    ]
    for name in _TOLD:
        value = getattr(policy, name)
        match value:
            case tuple():
                facts: dict[str, object] = {"amber": value[0], "red": value[1]}
                told.append(sentence(f"policy.says.{name}", language, facts))
            case int():
                key = f"policy.says.{name}" + (".none" if name in _ZERO and value == 0 else "")
                told.append(sentence(key, language, {"n": value}))
            case _:
                told.append(sentence(f"policy.says.{name}.{value}", language))
    return told


def _classes(policy: Policy, language: str) -> str:
    if not policy.classes:
        return sentence("policy.says.no_classes", language)
    urgent = [item for item in policy.classes if item.urgent]
    others = [item for item in policy.classes if not item.urgent]
    listed = []
    for item in sorted(others, key=lambda item: item.rank):
        name = item.name.in_language(language)
        if policy.mode is Mode.HEAD_START:
            name += f" ({_value('head_start_minutes', item.head_start_minutes, language)})"
        listed.append(name)
    told = sentence("policy.says.classes", language, {"names": "; ".join(listed)}) if listed else ""
    if urgent:
        names = "; ".join(item.name.in_language(language) for item in urgent)
        told = f"{told} {sentence('policy.says.urgent', language, {'names': names})}".strip()
    return told


def difference(old: Policy, new: Policy, language: str) -> list[str]:
    """Every changed value in words, one line each; empty when they are equal."""
    return [_line(change, language) for change in changes(old, new)]


def _line(change: Change, language: str) -> str:
    item = change.item
    if item is None:
        facts: dict[str, object] = {
            "before": _value(change.field, change.before, language),
            "after": _value(change.field, change.after, language),
        }
        return sentence(f"policy.diff.{change.field}", language, facts)
    facts = {"name": item.name.in_language(language), "code": item.code}
    if change.field == "classes":
        key = "policy.diff.class_gone" if change.after is None else "policy.diff.class_new"
        described = item if change.after is None else change.after
        if isinstance(described, PriorityClass):
            facts["rank"] = described.rank
            facts["head_start"] = described.head_start_minutes
        return sentence(key, language, facts)
    facts["field"] = sentence(f"policy.field.{change.field}", language)
    facts["before"] = _value(change.field, change.before, language)
    facts["after"] = _value(change.field, change.after, language)
    return sentence("policy.diff.class", language, facts)


def _value(field: str, value: object, language: str) -> str:
    match value:
        case bool():
            return sentence(f"policy.value.{'yes' if value else 'no'}", language)
        case Mode():
            return sentence(f"policy.value.mode.{value}", language)
        case Text():
            other = f" / “{value.en}”" if value.en else ""
            return f"“{value.vi}”{other}"
        case tuple():
            return " / ".join(map(str, value))
        case int() if field == "head_start_minutes":
            return sentence("policy.value.minutes", language, {"n": value})
        case int():
            return str(value)
        case _:
            return sentence(f"policy.value.{field}.{value}", language)
