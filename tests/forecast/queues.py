"""Textbook queues played by the dispatcher, and what the textbook says of them (measures.md §3.2)."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf, log, log1p, sqrt
from typing import NamedTuple

from server.domain.catalogue import Mode, Policy
from server.domain.discipline import Candidate
from server.domain.ids import ServiceId, TicketId
from server.forecast.engine import Desk, Dispatcher, Outcome, Ticket, Visit
from tests.forecast.scene import AT, CLASSES, A, counter

#: Nobody is protected from being overtaken, so that strict priority is strict.
STRICT = Policy(mode=Mode.STRICT, classes=CLASSES, overtaking_cap_minutes=100_000)


@dataclass(frozen=True)
class Customer:
    """One arrival of a textbook queue."""

    arrives: float
    service: float
    priority: str | None = None
    patience: float = inf
    comes: bool = True


class Given:
    """What follows a call is what each customer brought."""

    def __init__(self, customers: Sequence[Customer]) -> None:
        self.customers = customers

    def visit(self, ticket: Ticket, desk: Desk, now: float) -> Visit:  # noqa: ARG002
        one = self.customers[ticket.key]
        end = now + one.service
        if not one.comes:
            return Visit(end, end, None, Outcome.NO_SHOW)
        return Visit(end, end, now)


def play(customers: Sequence[Customer], servers: int) -> list[Ticket]:
    """All of them, by so many desks that are always open."""
    tickets = [
        Ticket(
            candidate=Candidate(
                AT + timedelta(seconds=one.arrives), A, n, TicketId(f"t{n}"), "", one.priority
            ),
            arrival_s=one.arrives,
            service=ServiceId("s"),
            key=n,
            leaves_s=one.arrives + one.patience,
        )
        for n, one in enumerate(customers)
    ]
    desks = [Desk(counter=counter(n + 1, "A"), key=n) for n in range(servers)]
    Dispatcher(STRICT, AT, {}, Given(customers)).run(tickets, desks)
    return tickets


# What the textbook says -------------------------------------------------------------------
def erlang_b(load: float, servers: int) -> float:
    """The share turned away."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """The share that waits."""
    blocked = erlang_b(load, servers)
    return servers * blocked / (servers - load * (1 - blocked))


def erlang_a(rate: float, servers: int, leaving: float) -> float:
    """The share that leaves; services at rate 1, patience at rate `leaving`."""
    states = [1.0]
    for n in range(1, 400):
        states.append(states[-1] * rate / (min(n, servers) + max(n - servers, 0) * leaving))
    waiting = sum(max(n - servers, 0) * p for n, p in enumerate(states)) / sum(states)
    return leaving * waiting / rate


def cobham(classes: Sequence[tuple[float, float, float]]) -> list[float]:
    """Mean waits of a single server's classes, the first first: of (rate, E[S], E[S²])."""
    residual = sum(rate * second for rate, _, second in classes) / 2
    waits, before = [], 0.0
    for rate, mean, _ in classes:
        after = before + rate * mean
        waits.append(residual / ((1 - before) * (1 - after)))
        before = after
    return waits


# Checks -----------------------------------------------------------------------------------
class Check(NamedTuple):
    """A figure of the dispatcher beside the textbook's."""

    what: str
    seen: float
    error: float  # one standard error
    expected: float

    @property
    def is_right(self) -> bool:
        """Within three standard errors."""
        return abs(self.seen - self.expected) <= 3 * self.error


def _check(what: str, values: Sequence[float], expected: float) -> Check:
    """The standard error by the means of thirty batches: waits of neighbours are alike."""
    size = len(values) // 30
    means = [sum(values[n * size : (n + 1) * size]) / size for n in range(30)]
    mean = sum(means) / 30
    error = sqrt(sum((m - mean) ** 2 for m in means) / 29 / 30)
    return Check(what, mean, error, expected)


def _lognormal(rng: random.Random, mean: float, cv: float) -> float:
    variance = log1p(cv * cv)
    return rng.lognormvariate(log(mean) - variance / 2, sqrt(variance))


def _arriving(
    rng: random.Random, n: int, rate: float, make: Callable[[float], Customer]
) -> list[Customer]:
    now, found = 0.0, []
    for _ in range(n):
        now += rng.expovariate(rate)
        found.append(make(now))
    return found


def _wait(ticket: Ticket) -> float:
    assert ticket.called_s is not None
    return ticket.called_s - ticket.arrival_s


def erlang_c_checks(n: int, seed: int) -> Iterator[Check]:
    """M/M/3 and M/M/12: the share that waits, and for how long."""
    for servers, load in ((3, 2.1), (12, 9.6)):
        rng = random.Random(seed + servers)
        customers = _arriving(rng, n, load, lambda t, r=rng: Customer(t, r.expovariate(1)))
        waits = [_wait(t) for t in play(customers, servers)]
        share = erlang_c(load, servers)
        yield _check(f"M/M/{servers} P(wait)", [float(w > 1e-9) for w in waits], share)
        yield _check(f"M/M/{servers} mean wait", waits, share / (servers - load))


def erlang_b_checks(n: int, seed: int) -> Iterator[Check]:
    """M/G/5/5: nobody waits, so those who find every desk busy are lost."""
    rng = random.Random(seed)
    customers = _arriving(
        rng, n, 4.0, lambda t: Customer(t, _lognormal(rng, 1.0, 1.2), patience=0.0)
    )
    lost = [float(t.outcome is Outcome.LEFT) for t in play(customers, 5)]
    yield _check("M/G/5/5 loss", lost, erlang_b(4.0, 5))


def erlang_a_checks(n: int, seed: int) -> Iterator[Check]:
    """M/M/5+M: more than they can serve, so some leave."""
    rng = random.Random(seed)
    customers = _arriving(
        rng, n, 5.5, lambda t: Customer(t, rng.expovariate(1), patience=rng.expovariate(0.5))
    )
    left = [float(t.outcome is Outcome.LEFT) for t in play(customers, 5)]
    yield _check("M/M/5+M P(leave)", left, erlang_a(5.5, 5, 0.5))


def cobham_checks(n: int, seed: int) -> Iterator[Check]:
    """M/G/1 in three classes: each one's mean wait."""
    rng = random.Random(seed)
    rates = {"KT": 0.2, "CT": 0.25, None: 0.3}
    codes = [*rates]
    customers = _arriving(
        rng,
        n,
        sum(rates.values()),
        lambda t: Customer(t, _lognormal(rng, 1.0, 0.8), rng.choices(codes, [*rates.values()])[0]),
    )
    tickets = play(customers, 1)
    expected = cobham([(rate, 1.0, 1 + 0.8**2) for rate in rates.values()])
    for code, mean in zip(codes, expected, strict=True):
        waits = [_wait(t) for t in tickets if t.candidate.priority == code]
        yield _check(f"M/G/1 class {code or 'normal'} mean wait", waits, mean)


def no_show_checks(n: int, seed: int) -> Iterator[Check]:
    """M/G/1 where a fifth do not come, which costs the desk a fifth of a service."""
    rng, rate = random.Random(seed), 0.6

    def make(t: float) -> Customer:
        comes = rng.random() >= 0.2
        return Customer(t, rng.expovariate(1) if comes else 0.2, comes=comes)

    waits = [_wait(t) for t in play(_arriving(rng, n, rate, make), 1)]
    mean, second = 0.8 + 0.2 * 0.2, 0.8 * 2 + 0.2 * 0.04
    yield _check("M/G/1 with no-shows, mean wait", waits, rate * second / 2 / (1 - rate * mean))


CHECKS = {
    "erlang_b": erlang_b_checks,
    "erlang_c": erlang_c_checks,
    "erlang_a": erlang_a_checks,
    "cobham": cobham_checks,
    "no_shows": no_show_checks,
}


# An independent simulator -----------------------------------------------------------------
def difference_from_ciw(n: int, servers: int, seed: int) -> tuple[int, float]:
    """How many customers `ciw` served with our arrivals and services, in two classes of which one
    goes first, and the largest difference between its start of a service and ours."""
    import ciw

    rng = random.Random(seed)
    codes: tuple[str | None, ...] = ("CT", None)
    customers: list[Customer] = []
    gaps: dict[str | None, list[float]] = {}
    for code, rate in zip(codes, (0.2 * servers, 0.65 * servers), strict=True):
        now = 0.0
        gaps[code] = [rng.expovariate(rate) for _ in range(int(n * rate / servers / 0.85))]
        for gap in gaps[code]:
            now += gap
            customers.append(Customer(now, _lognormal(rng, 1.0, 1.2), code))
    services = {c: [x.service for x in customers if x.priority == c] for c in codes}
    # Then nobody: `ciw` would begin its lists again.
    network = ciw.create_network(
        arrival_distributions={str(c): [ciw.dists.Sequential([*gaps[c], inf])] for c in codes},
        service_distributions={str(c): [ciw.dists.Sequential(services[c])] for c in codes},
        number_of_servers=[servers],
        priority_classes={str(c): rank for rank, c in enumerate(codes)},
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(len(customers), method="Finish")
    theirs: dict[tuple[str, float], float] = {
        (r.customer_class, r.arrival_date): r.service_start_date
        for r in simulation.get_all_records()
    }
    customers.sort(key=lambda one: one.arrives)
    ours = {(str(t.candidate.priority), t.arrival_s): t.called_s for t in play(customers, servers)}
    assert len(theirs) == len(ours) == len(customers)
    largest = max(abs(ours[k] - theirs[k]) for k in ours)  # type: ignore[operator]
    return len(customers), largest
