"""The parts of a report: its key figures, waits, fields, counters, satisfaction, definitions. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from server.domain.report_periods import Kind, Period
from server.report.document import Cell, Chart, Column, Section, Series, Table, Value
from server.report.material import Material
from server.report.words import Words

Figures = Mapping[str, Any]


def headline(words: Words, material: Material) -> Section:
    """A sentence for each key figure, held against the period before."""
    now, before = material.figures["course"]["total"], material.figures["before"]["total"]
    known = before["issued"] > 0

    def against(key: str, unit: str, scale: float = 1, decimals: int = 1) -> str:
        was, is_now = before[key], now[key]
        if not known or was is None or is_now is None:
            return ""
        in_percent = unit == "report.unit_points"
        return words.change(
            scale * is_now, scale * was, words.say(unit), decimals, in_percent=in_percent
        )

    target = material.figures["course"]["target_minutes"]
    found = [
        words.say("report.issued", n=words.number(now["issued"]),
                  change=against("issued", "report.unit_visits", decimals=0)),
        words.say("report.served", served=words.number(now["served"]), n=words.number(now["no_show"]),
                  share=words.share(now["no_show_share"]),
                  change=against("no_show_share", "report.unit_points", 100)),
        words.say("report.wait", p50=words.minutes(now["wait_p50_s"]), p90=words.minutes(now["wait_p90_s"]),
                  change=against("wait_p50_s", "report.unit_minutes", 1 / 60)),
        words.say("report.within", share=words.share(now["within_target"]), target=target,
                  change=against("within_target", "report.unit_points", 100)),
        words.say("report.service", mean=words.minutes(now["service_mean_s"]),
                  change=against("service_mean_s", "report.unit_minutes", 1 / 60)),
        _satisfied(words, material),
    ]  # fmt: skip
    if not known:
        found.append(words.say("report.no_before"))
    return Section(title=words.say("report.headline"), sentences=found)


def _satisfied(words: Words, material: Material) -> str:
    share, before = material.satisfaction["share"], material.satisfaction_before["share"]
    response = words.share(share["response"]) if share["response"] is not None else "–"  # noqa: RUF001
    facts = {"n": words.number(share["n"]), "response": response}
    if share["share"] is None:
        return words.say("report.satisfied_few", **facts)
    change = ""
    if before["share"] is not None:
        unit = words.say("report.unit_points")
        change = words.change(100 * share["share"], 100 * before["share"], unit, 1, in_percent=True)
    interval = {"low": words.share(share["low"]), "high": words.share(share["high"])}
    return words.say(
        "report.satisfied", share=words.share(share["share"]), change=change, **interval, **facts
    )


def waits(words: Words, material: Material, period: Period) -> Section:
    """Waits by hour against the target, and the course of the period."""
    answer = material.figures["hour"]
    groups = [g for g in answer["groups"] if g["wait_n"]]
    target = answer["target_minutes"]
    peak = max(groups, key=lambda g: g["wait_p50_s"] or 0, default=None)
    says = words.say("report.no_waits")
    if peak:
        says = words.say("report.peak", hour=int(peak["key"]), next=int(peak["key"]) + 1,
                         p50=words.minutes(peak["wait_p50_s"]))  # fmt: skip
    charts = []
    if groups:
        charts.append(
            Chart(
                title=words.say("report.waits_by_hour"),
                unit=words.say("report.in_minutes"),
                axis=words.say("report.hour_of_issue"),
                labels=[words.group("hour", g["key"]) for g in groups],
                series=[
                    Series(words.say("report.median"), [_min(g["wait_p50_s"]) for g in groups]),
                    Series(words.say("report.p90"), [_min(g["wait_p90_s"]) for g in groups]),
                ],
                says=says,
                target=float(target),
                target_name=words.say("report.target_line", target=target),
            )
        )
    course = _course(words, material, period)
    return Section(
        title=words.say("report.waits"),
        sentences=[says],
        charts=[*charts, course] if course and period.kind is not Kind.DAY else charts,
        tables=[_by_hour(words, material)],
    )


def _course(words: Words, material: Material, period: Period) -> Chart | None:
    """How many came, group by group of the period."""
    found = material.figures["course"]["groups"]
    if not found:
        return None
    busiest = max(found, key=lambda g: g["issued"])
    return Chart(
        title=words.say(f"report.course_{period.trend}"),
        unit=words.say("report.in_visits"),
        labels=[words.group(period.trend, g["key"]) for g in found],
        series=[Series(words.say("report.column_issued"), [float(g["issued"]) for g in found])],
        says=words.say(
            "report.busiest",
            group=words.group(period.trend, busiest["key"]),
            n=words.number(busiest["issued"]),
        ),
    )


def _measures(words: Words, first: Column) -> list[Column]:
    return [
        first,
        Column(words.say("report.column_issued"), Cell.COUNT),
        Column(words.say("report.column_served"), Cell.COUNT),
        Column(words.say("report.column_absent"), Cell.COUNT),
        Column(words.say("report.column_median"), Cell.MINUTES),
        Column(words.say("report.column_p90"), Cell.MINUTES),
        Column(words.say("report.column_within"), Cell.SHARE),
        Column(words.say("report.column_service"), Cell.MINUTES),
    ]


def _row(first: Value, g: Figures) -> list[Value]:
    return [
        first, g["issued"], g["served"], g["no_show"], _min(g["wait_p50_s"]), _min(g["wait_p90_s"]),
        g["within_target"], _min(g["service_mean_s"]),
    ]  # fmt: skip


def _by_hour(words: Words, material: Material) -> Table:
    answer = material.figures["hour"]
    rows = [
        _row(f"{int(g['key'])}h – {int(g['key']) + 1}h", g)  # noqa: RUF001
        for g in answer["groups"]
    ]
    first = Column(words.say("report.column_hour"), Cell.TEXT, 1.4)
    total = _row(words.say("report.total"), answer["total"])
    return Table(
        words.say("report.by_hour"), words.say("report.tab_hours"), _measures(words, first), rows,
        total, words.say("report.times_note"),
    )  # fmt: skip


def course_table(words: Words, material: Material, period: Period) -> Section:
    """The figures of each day, week or month."""
    answer = material.figures["course"]
    by = period.trend

    def label(key: str) -> Value:
        if by == "day":
            return date.fromisoformat(key)
        if by == "week":
            start = date.fromisoformat(key)
            return f"{start:%d/%m} – {start + timedelta(days=6):%d/%m}"  # noqa: RUF001
        return words.group(by, key)

    kind = Cell.DATE if by == "day" else Cell.TEXT
    first = Column(words.say(f"report.column_{by}"), kind, 1.6)
    rows = [_row(label(g["key"]), g) for g in answer["groups"]]
    title = words.say(f"report.course_{by}")
    total = _row(words.say("report.total"), answer["total"])
    table = Table(title, words.say("report.tab_course"), _measures(words, first), rows, total)
    return Section(title=title, tables=[table])


def fields(words: Words, material: Material) -> Section:
    """The figures of each field of work, in the order of the branch."""
    answer = material.figures["service"]
    groups = {g["key"]: g for g in answer["groups"]}
    order = [*(k for k in material.services if k in groups),
             *(k for k in groups if k not in material.services)]  # fmt: skip
    rows = [_row(field_name(words, material, key), groups[key]) for key in order]
    first = Column(words.say("report.column_field"), Cell.TEXT, 3.0)
    total = _row(words.say("report.total"), answer["total"])
    return Section(
        title=words.say("report.fields"),
        tables=[
            Table(
                words.say("report.by_field"), words.say("report.tab_fields"),
                _measures(words, first), rows, total, words.say("report.times_note"),
            )
        ],
    )  # fmt: skip


def field_name(words: Words, material: Material, key: str) -> str:
    """What a service is called; its id when the branch no longer has it."""
    names = material.services.get(key, {})
    return names.get(words.language) or names.get("vi") or key


def counters(words: Words, material: Material) -> Section:
    """How long each counter was open, and for how much of it somebody sat there."""
    answer = material.figures["counter"]
    groups = {g["key"]: g for g in answer["groups"] if g["key"]}
    order = sorted(groups, key=lambda key: (material.counters.get(key, 10**6), key))
    total = answer["total"]
    rows = [
        _counter_row(material.counters.get(key, key), groups[key])
        for key in order
        if groups[key]["open_s"] or groups[key]["served"]
    ]
    said = [words.say("report.no_counter")]
    if total["occupancy"] is not None:
        said = [
            words.say(
                "report.counters_used",
                n=len(rows),
                hours=words.number(total["open_s"] / 3600, 1),
                share=words.share(total["occupancy"]),
            )
        ]
    columns = [
        Column(words.say("report.column_counter"), Cell.COUNT, 0.8),
        Column(words.say("report.column_served"), Cell.COUNT),
        Column(words.say("report.column_open"), Cell.HOURS),
        Column(words.say("report.column_paused"), Cell.HOURS),
        Column(words.say("report.column_engaged"), Cell.HOURS),
        Column(words.say("report.column_occupancy"), Cell.SHARE),
        Column(words.say("report.column_service"), Cell.MINUTES),
    ]
    table = Table(
        words.say("report.by_counter"), words.say("report.tab_counters"), columns, rows,
        _counter_row(words.say("report.total"), total), words.say("report.counter_note"),
    )  # fmt: skip
    return Section(title=words.say("report.counters"), sentences=said, tables=[table])


def _counter_row(first: Value, g: Figures) -> list[Value]:
    return [
        first, g["served"], _hours(g["open_s"]), _hours(g["paused_s"]), _hours(g["engaged_s"]),
        g["occupancy"], _min(g["service_mean_s"]),
    ]  # fmt: skip


def opinion(words: Words, material: Material) -> Section:
    """Satisfaction with how many said it, and the interval; never a share without its n."""
    found = material.satisfaction
    columns = [
        Column(words.say("report.column_field"), Cell.TEXT, 3.0),
        Column(words.say("report.column_satisfied"), Cell.SHARE),
        Column(words.say("report.column_low"), Cell.SHARE),
        Column(words.say("report.column_high"), Cell.SHARE),
        Column(words.say("report.column_ratings"), Cell.COUNT),
        Column(words.say("report.column_completed"), Cell.COUNT),
        Column(words.say("report.column_response"), Cell.SHARE),
    ]
    order = [*(k for k in material.services if k in found["fields"]),
             *(k for k in found["fields"] if k not in material.services)]  # fmt: skip
    rows = [_opinion(field_name(words, material, key), found["fields"][key]) for key in order]
    total = _opinion(words.say("report.total"), found["share"])
    by_field = Table(
        words.say("report.opinion_by_field"), words.say("report.tab_opinion"), columns, rows, total,
        words.say("report.opinion_note"),
    )  # fmt: skip
    return Section(
        title=words.say("report.opinion"),
        sentences=[_satisfied(words, material)],
        tables=[_levels(words, found["levels"]), by_field],
    )


def _opinion(first: Value, share: Figures) -> list[Value]:
    return [
        first, share["share"], share["low"], share["high"], share["n"], share["completed"],
        share["response"],
    ]  # fmt: skip


def _levels(words: Words, levels: Sequence[int]) -> Table:
    n = sum(levels)
    columns = [
        Column(words.say("report.column_level"), Cell.TEXT, 2.0),
        Column(words.say("report.column_ratings"), Cell.COUNT),
        Column(words.say("report.column_share"), Cell.SHARE),
    ]
    rows: list[list[Value]] = [
        [
            words.say(f"report.level_{level}"),
            levels[level - 1],
            levels[level - 1] / n if n else None,
        ]
        for level in (5, 4, 3, 2, 1)
    ]
    total: list[Value] = [words.say("report.total"), n, 1.0 if n else None]
    tab = words.say("report.tab_levels")
    return Table(words.say("report.by_level"), tab, columns, rows, total)


def definitions(words: Words, material: Material) -> Section:
    """What each figure means, and where it comes from."""
    target, red = material.figures["course"]["targets_minutes"][:2]
    said = [
        words.say("report.define_visit"),
        words.say("report.define_wait"),
        words.say("report.define_within", target=target, red=red),
        words.say("report.define_absent"),
        words.say("report.define_occupancy"),
        words.say("report.define_satisfied"),
        words.say("report.define_few"),
    ]
    error = material.figures["course"]["error"]
    if error:
        said.append(words.say("report.define_error", share=words.share(error)))
    events = material.events
    said.append(
        words.say(
            "report.define_events", first=events["first"], last=events["last"],
            n=words.number(events["count"]), hash=events["sha256"],
        )
    )  # fmt: skip
    return Section(title=words.say("report.definitions"), sentences=said, is_small=True)


def _min(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def _hours(seconds: float) -> float:
    return round(seconds / 3600, 1)
