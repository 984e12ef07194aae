"""A small branch file to spoil, and a strategy for catalogues that a file can hold."""

from datetime import date, time
from pathlib import Path

from hypothesis import strategies as st

from server.branchfile.schema import DAYS
from server.domain.announcements import ALWAYS_SPOKEN, REQUIRED, SPOKEN, Sentence
from server.domain.catalogue import (
    Catalogue,
    Counter,
    DayClose,
    Direction,
    Hours,
    Mode,
    Outcome,
    Policy,
    PriorityClass,
    Procedure,
    Public,
    Queue,
    Service,
    SlipLine,
    SlipSize,
    SlipWeight,
    Source,
    SourceRule,
    Window,
)
from server.domain.hall import Display, Layout, Loudness, Media, Voice
from server.domain.ids import BranchId, CounterId, ProcedureId, QueueId, ServiceId
from server.domain.report_periods import Format, Kind, ReportSchedule
from server.domain.shifts import Shift
from server.domain.slip_template import MANDATORY
from server.domain.text import Text

BASE = Path(__file__).with_name("base.toml").read_text()

#: Quotes, backslashes, comment signs and two-byte letters are where a writer goes wrong.
_LINES = st.text(alphabet="aBđế #\"'\\[]{}=,.🙂\u00a0", min_size=1, max_size=12).map(
    lambda line: line.strip() or "ế"
)
_MAYBE = st.one_of(st.just(""), _LINES)
_TEXTS = st.builds(Text, vi=_LINES, en=_MAYBE)
_LISTS = st.lists(_LINES, max_size=4, unique=True).map(tuple)
_DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def _parts(items: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(items), max_size=3, unique=True).map(tuple)


@st.composite
def _windows(draw: st.DrawFn, queues: list[str]) -> tuple[Window, ...]:
    """Stretches of a day in order: each four rising instants, opens before closes."""
    found: list[Window] = []
    start = 0
    for _ in range(draw(st.integers(0, 2))):
        doors, opens, last, closes = sorted(
            draw(st.lists(st.integers(start, start + 600), min_size=4, max_size=4))
        )
        closes = max(closes, opens + 1)
        found.append(
            Window(
                doors=time(doors // 60, doors % 60),
                opens=time(opens // 60, opens % 60),
                last_ticket=time(last // 60, last % 60),
                closes=time(closes // 60, closes % 60),
                queues=tuple(QueueId(q) for q in draw(_parts(queues))),
            )
        )
        start = closes
    return tuple(found)


@st.composite
def _hours(draw: st.DrawFn, queues: list[str]) -> Hours:
    week = [draw(_windows(queues)) for _ in DAYS]
    if not any(week):
        week[0] = (Window(doors=time(8), opens=time(8), last_ticket=time(9), closes=time(9)),)
    special = draw(st.dictionaries(_DATES, _windows(queues), max_size=2))
    holidays = draw(st.frozensets(_DATES, max_size=3)) - special.keys()
    return Hours(weekly=tuple(week), holidays=frozenset(holidays), special=tuple(special.items()))


@st.composite
def _sources(draw: st.DrawFn, queues: list[str]) -> tuple[Source, ...]:
    """The first queue is the counter's own; the others are divided over conditions."""
    own, *others = draw(st.permutations(queues))
    sources = [Source(queues=(QueueId(own),))]
    for queue in others:
        when = draw(st.sampled_from([SourceRule.OWN_EMPTY, SourceRule.WAIT_OVER]))
        minutes = draw(st.integers(1, 480)) if when is SourceRule.WAIT_OVER else 0
        sources.append(Source(queues=(QueueId(queue),), when=when, minutes=minutes))
    return tuple(sources)


@st.composite
def _policies(draw: st.DrawFn) -> Policy:
    codes = draw(st.lists(st.sampled_from(["KC", "KT", "TN", "CT", "NC"]), unique=True))
    amber = draw(st.integers(1, 400))
    return Policy(
        mode=draw(st.sampled_from(Mode)),
        normal_per_priority=draw(st.integers(1, 100)),
        overtaking_cap_minutes=draw(st.integers(1, 480)),
        classes=tuple(
            PriorityClass(
                code=code,
                name=draw(_TEXTS),
                rank=draw(st.integers(1, 99)),
                head_start_minutes=draw(st.integers(0, 480)),
                urgent=draw(st.booleans()),
            )
            for code in codes
        ),
        wait_targets_minutes=(amber, amber + draw(st.integers(1, 80))),
        undo_seconds=draw(st.integers(1, 600)),
        yield_places=draw(st.integers(0, 20)),
        counter_lease_minutes=draw(st.integers(1, 1440)),
        rating_hours=draw(st.integers(1, 720)),
        rating_pad_seconds=draw(st.integers(15, 600)),
        follow_up_days=draw(st.integers(1, 30)),
        recalls_before_no_show=draw(st.integers(0, 9)),
        day_close=draw(st.sampled_from(DayClose)),
    )


@st.composite
def _slips(draw: st.DrawFn, services: list[str]) -> tuple[SlipLine, ...]:
    """The usual slip, or what must be on it with other lines between."""
    if draw(st.booleans()):
        return ()
    words = _LINES.map(lambda line: line.replace("{", "").replace("}", "").strip() or "ế")
    free = st.builds(
        SlipLine,
        text=st.builds(Text, vi=words),
        label=st.one_of(st.just(Text(vi="")), st.builds(Text, vi=words, en=words)),
        size=st.sampled_from(SlipSize),
        weight=st.sampled_from([SlipWeight.REGULAR, SlipWeight.BOLD]),
        services=_parts(services).map(lambda ids: tuple(ServiceId(s) for s in ids)),
        after=st.one_of(st.none(), st.sampled_from([time(0), time(15)])),
    )
    needed = [SlipLine(text=Text(vi=f"{{{name}}}")) for name in (*MANDATORY, "demo")]
    return tuple(draw(st.permutations([*needed, *draw(st.lists(free, max_size=3))])))


_CLOCKS = st.sampled_from([time(0), time(11, 30), time(23, 59)])
_DISPLAYS = st.lists(
    st.builds(
        Display,
        name=st.sampled_from(["Sảnh chính", "Lầu 2"]),
        layout=st.sampled_from([layout for layout in Layout if layout is not Layout.SIGN]),
        speaks=st.booleans(),
        volume=st.integers(0, 100),
        hours=st.lists(
            st.builds(Loudness, since=_CLOCKS, until=_CLOCKS, volume=st.integers(0, 100)),
            max_size=2,
        ).map(tuple),
    ),
    max_size=2,
    unique_by=lambda display: display.name,
).map(tuple)
_WHEN = st.one_of(st.none(), _CLOCKS)
_REPORTS = st.lists(
    st.builds(
        ReportSchedule, period=st.sampled_from(Kind), day=st.integers(1, 28),
        formats=st.lists(st.sampled_from(Format), min_size=1, unique=True).map(tuple),
        to=st.sampled_from([(), ("a@motcua.example",), ("a@motcua.example", "b.c@x.vn")]),
        folder=st.sampled_from(["bao-cao", "B_2"]), language=st.sampled_from(["vi", "en"]),
        at=st.sampled_from([time(7), time(0), time(23, 59)]),
    ),
    max_size=2,
).map(tuple)  # fmt: skip
_MEDIA = st.lists(
    st.one_of(
        st.builds(
            Media, file=st.sampled_from(["a.jpg", "phim-1.mp4"]), since=_WHEN, until=_WHEN,
            seconds=st.integers(5, 300),
        ),
        st.builds(Media, text=_TEXTS, since=_WHEN, until=_WHEN),
    ),
    max_size=2,
).map(tuple)  # fmt: skip


_PUBLIC = st.builds(
    Public,
    page=st.booleans(),
    frame=st.lists(
        st.sampled_from(["https://a.example.vn", "https://b.vn:8443", "http://localhost:8000"]),
        unique=True,
    ).map(tuple),
    licence=st.sampled_from(["CC BY 4.0", 'Giấy phép "mở"', "CC0 1.0"]),
)


@st.composite
def _voices(draw: st.DrawFn) -> Voice:
    """Sentences of their own for some kinds, in one language or both."""
    languages = draw(st.sampled_from([("vi",), ("vi", "en"), ("en", "vi"), ("en",)]))
    words = st.sampled_from(["Mời số", 'Số "ưu tiên"', "Xin mời # số", "Ế \\ Mời"])
    kinds = draw(st.lists(st.sampled_from(Sentence), unique=True))
    sentences = []
    for kind in (kind for kind in Sentence if kind in kinds):
        needed = {
            "number": "{number}",
            "counter": "quầy số {counter}",
            "minutes": "{minutes} phút",
        }
        said = " ".join([draw(words), *(needed[name] for name in REQUIRED[kind])])
        is_both = "en" in languages or draw(st.booleans())
        sentences.append((kind.value, Text(vi=said, en=said if is_both else "")))
    silent = draw(st.sets(st.sampled_from([k for k in SPOKEN if k not in ALWAYS_SPOKEN])))
    return Voice(
        languages=languages,
        sentences=tuple(sentences),
        speaks=tuple(kind for kind in SPOKEN if kind not in silent),
        closing_minutes=draw(st.integers(1, 60)),
    )


@st.composite
def _rosters(draw: st.DrawFn, counters: list[CounterId]) -> tuple[Shift, ...]:
    """At most one weekly shift and one of a date for each counter, so that none overlap."""
    shifts: list[Shift] = []
    days = st.dates(date(2026, 11, 1), date(2027, 3, 1))
    for counter in draw(st.lists(st.sampled_from(counters), max_size=3, unique=True)):
        opens = time(draw(st.integers(0, 11)), draw(st.integers(0, 59)))
        closes = time(draw(st.integers(12, 23)), draw(st.integers(0, 59)))
        more = {"counter": counter, "officer": draw(_MAYBE), "covers_break": draw(st.booleans())}
        since, until = sorted([draw(days), draw(days)])
        shifts.append(
            Shift(
                **more,
                weekdays=tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))),
                since=draw(st.sampled_from([None, since])),
                until=draw(st.sampled_from([None, until])),
                opens=opens,
                closes=closes,
            )
        )
        if draw(st.booleans()):
            is_off = draw(st.booleans())
            hours = {} if is_off else {"opens": opens, "closes": closes}
            shifts.append(Shift(**more, on=draw(days), **hours))
    return tuple(shifts)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Draw a sound catalogue of one to three queues with everything optional in play."""
    queues = list("ABC"[: draw(st.integers(1, 3))])
    services = [f"dich-vu-{queue.lower()}" for queue in queues]
    minutes = st.floats(0, 480, exclude_min=True)
    counters = tuple(
        Counter(
            id=CounterId(draw(st.sampled_from([f"thu-{number}", f"thu-quay-{number}"]))),
            number=number,
            sources=draw(_sources(queues)),
            direction=draw(st.sampled_from(Direction)),
            agency=draw(_MAYBE),
            auto_call=draw(st.booleans()),
        )
        for number in draw(st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True))
    )
    return Catalogue(
        branch=BranchId("thu"),
        name=draw(_TEXTS),
        time_zone=draw(st.sampled_from(["Asia/Ho_Chi_Minh", "UTC"])),
        address=draw(_MAYBE),
        is_demo=draw(st.booleans()),
        notices=tuple(draw(st.lists(_TEXTS, max_size=2))),
        officers=draw(_LISTS),
        roll_prefix=draw(st.sampled_from("PXY")),
        lock_minutes=draw(st.integers(1, 240)),
        admin_second_factor=draw(st.booleans()),
        queues=tuple(
            Queue(
                id=QueueId(queue),
                prefix=queue,
                name=draw(_TEXTS),
                first_number=draw(st.integers(1, 500)),
                last_number=draw(st.integers(500, 999)),
            )
            for queue in queues
        ),
        services=tuple(
            Service(
                id=ServiceId(service),
                queue=QueueId(queue),
                name=draw(_TEXTS),
                hint=draw(st.one_of(st.just(Text(vi="")), _TEXTS)),
                icon=draw(st.sampled_from(["baby", "file-text"])),
                mean_minutes=draw(minutes),
                sd_minutes=draw(minutes),
            )
            for service, queue in zip(services, queues, strict=True)
        ),
        procedures=tuple(
            Procedure(
                id=ProcedureId(f"thu-tuc-{n}"),
                service=ServiceId(draw(st.sampled_from(services))),
                name=draw(_TEXTS),
                papers=draw(_LISTS),
                fee=draw(_MAYBE),
                statutory_time=draw(_MAYBE),
                steps=draw(_LISTS),
            )
            for n in range(draw(st.integers(0, 2)))
        ),
        counters=counters,
        hours=draw(_hours(queues)),
        policy=draw(_policies()),
        outcomes=(
            Outcome(code="xong", name=draw(_TEXTS)),
            Outcome(
                code="khac",
                name=draw(_TEXTS),
                services=tuple(ServiceId(s) for s in draw(_parts(services))),
            ),
        ),
        slip=draw(_slips(services)),
        displays=draw(_DISPLAYS),
        media=draw(_MEDIA),
        voice=draw(_voices()),
        reports=draw(_REPORTS),
        public=draw(_PUBLIC),
        roster=draw(_rosters([counter.id for counter in counters])),
    )
