"""Made-up centres of any size: their catalogue, and how they truly are."""

import random
from dataclasses import dataclass
from datetime import time
from typing import Final

from server.domain.catalogue import (
    Catalogue,
    Counter,
    Hours,
    Mode,
    Outcome,
    Policy,
    PriorityClass,
    Queue,
    Service,
    Source,
    Window,
)
from server.domain.ids import BranchId, CounterId, QueueId, ServiceId
from server.domain.text import Text
from server.simulate.behaviour import BOOKED, PRIORITY, Behaviour, Scenario

#: Letter, name, mean minutes of a service, share of the centre's work.
_SERVICES: Final = (
    ("H", "Hộ tịch", 8.0, 1.1),
    ("C", "Chứng thực", 3.5, 1.2),
    ("D", "Đất đai", 14.0, 1.0),
    ("K", "Đăng ký kinh doanh", 11.0, 0.9),
    ("X", "Xây dựng", 18.0, 0.9),
    ("L", "Lao động, thương binh và xã hội", 10.0, 0.9),
    ("T", "Trả kết quả", 5.0, 1.1),
    ("Q", "Quy hoạch", 22.0, 0.7),
)
#: Which of them a small centre has: those of a ward.
_FEW: Final = {1: (0, 1, 5), 2: (0, 1, 2, 5), 3: (0, 1, 2, 5, 6)}
#: From calling a person to seeing them at the desk, and from their leaving to the next call, minutes.
AROUND_MINUTES: Final = 1.1
#: From a call to the second one, seconds.
RECALL_S: Final = 40.0
_HEAD_START: Final = 20
_UNLIMITED: Final = 600
#: Planned opening of a counter in a day, minutes.
OPEN_MINUTES: Final = 450.0

_DAY: Final = (
    Window(opens=time(7, 30), closes=time(11, 30), doors=time(7), last_ticket=time(11, 15)),
    Window(opens=time(13, 30), closes=time(17), doors=time(13), last_ticket=time(16, 15)),
)

#: Share of the day's people by the half hour they come in, %; the last of a half day ends early.
ARRIVALS: Final = (
    (time(7), 6.0), (time(7, 30), 9.0), (time(8), 11.0), (time(8, 30), 10.5), (time(9), 9.5),
    (time(9, 30), 8.0), (time(10), 6.5), (time(10, 30), 5.0), (time(11), 1.5), (time(13), 7.0),
    (time(13, 30), 8.0), (time(14), 6.5), (time(14, 30), 5.0), (time(15), 3.5), (time(15, 30), 2.0),
    (time(16), 1.0),
)  # fmt: skip
#: Beginnings of the slots that end with the last ticket, after so many minutes.
CUT_SLOTS: Final = {time(11): 15, time(16): 15}


@dataclass(frozen=True, kw_only=True)
class Centre:
    """A made-up centre: its catalogue, and what is true of it and known to nobody in it."""

    catalogue: Catalogue
    behaviour: Behaviour
    seed: int
    #: By service, in the catalogue's order: the mean of a service (minutes), no-shows, people a day.
    minutes: tuple[float, ...]
    no_show: tuple[float, ...]
    people: tuple[float, ...]
    #: By counter: how long its officer takes, times the ordinary.
    speed: tuple[float, ...]

    def rng(self, *of: object) -> random.Random:
        """The chance that one thing of the centre has, whatever else is changed about it."""
        return random.Random("/".join(map(str, (self.seed, self.catalogue.branch, *of))))


def make(scenario: Scenario, seed: int, branch: str = "") -> Centre:
    """The centre of a scenario. The same seed makes the same one."""
    name = BranchId(branch or f"mo-phong-{scenario.counters}")
    services = _FEW.get(scenario.counters, tuple(range(len(_SERVICES))))
    chosen = [_SERVICES[n] for n in services]
    counters = _counters(name, scenario.counters, [QueueId(s[0]) for s in chosen])
    behaviour = scenario.behaviour
    work = behaviour.load * OPEN_MINUTES * scenario.counters
    whole = sum(share for _, _, _, share in chosen)
    low, high = behaviour.no_show
    steps = max(1, len(chosen) - 1)
    catalogue = _catalogue(name, scenario, chosen, counters)
    draws = random.Random(f"{seed}/{name}/officers")
    return Centre(
        catalogue=catalogue,
        behaviour=behaviour,
        seed=seed,
        minutes=tuple(mean for _, _, mean, _ in chosen),
        no_show=tuple(low + (high - low) * n / steps for n in range(len(chosen))),
        people=tuple(work * s / whole / (mean + AROUND_MINUTES) for _, _, mean, s in chosen),
        speed=tuple(draws.lognormvariate(0, behaviour.speed_sd) for _ in counters),
    )


def _counters(branch: str, count: int, queues: list[QueueId]) -> tuple[Counter, ...]:
    """Each takes two or three queues as one line, overlapping with its neighbours' all around."""
    size = len(queues)
    made = []
    for n in range(count):
        wide = 3 if n % 3 == 0 else 2
        able = (
            queues if count <= 1 else [queues[(n * size // count + k) % size] for k in range(wide)]
        )
        if 1 < count < size:
            # A few counters must reach every queue between them.
            able = [queues[(n * size // count + k) % size] for k in range(-(-size // count) + 1)]
        made.append(
            Counter(
                id=CounterId(f"{branch}-{n + 1}"),
                number=n + 1,
                sources=(Source(queues=tuple(dict.fromkeys(able))),),
            )
        )
    return tuple(made)


def _catalogue(
    branch: BranchId,
    scenario: Scenario,
    services: list[tuple[str, str, float, float]],
    counters: tuple[Counter, ...],
) -> Catalogue:
    return Catalogue(
        branch=branch,
        name=Text(vi=f"Trung tâm mô phỏng {scenario.counters} quầy"),
        time_zone="Asia/Ho_Chi_Minh",
        is_demo=True,
        queues=tuple(
            Queue(id=QueueId(letter), prefix=letter, name=Text(vi=name), prints=False)
            for letter, name, _, _ in services
        ),
        services=tuple(
            Service(
                id=ServiceId(f"dich-vu-{letter.lower()}"),
                queue=QueueId(letter),
                name=Text(vi=name),
                hint=Text(vi=""),
                mean_minutes=round(mean * scenario.configured, 2),
                sd_minutes=round(0.8 * mean * scenario.configured, 2),
            )
            for letter, name, mean, _ in services
        ),
        procedures=(),
        counters=counters,
        hours=Hours(weekly=((_DAY,) * 5 + ((), ()))),
        policy=_policy(scenario.mode),
        outcomes=(Outcome(code="tiep-nhan", name=Text(vi="Tiếp nhận hồ sơ")),),
        officers=tuple(f"Cán bộ {c.number}" for c in counters),
    )


def _policy(mode: Mode) -> Policy:
    start = _HEAD_START
    names = ((PRIORITY, "Người cao tuổi, khuyết tật"), (BOOKED, "Đã đặt lịch"))
    return Policy(
        mode=mode,
        overtaking_cap_minutes=_UNLIMITED if mode is Mode.STRICT else start,
        classes=tuple(
            PriorityClass(code=code, name=Text(vi=name), rank=n + 1, head_start_minutes=start)
            for n, (code, name) in enumerate(names)
        ),
    )
