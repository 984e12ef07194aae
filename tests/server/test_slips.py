"""One print job for each ticket on paper, whatever dies on the way; decoded and counted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from sqlalchemy import select

from server import devices, jobs, queries, slips, tables
from server.access import Role
from server.domain import commands as cmd
from server.relay import Relay, pass_over
from server.slips import Enqueuer, job_id
from tests.kiosk.printer_simulator import PrinterSimulator
from tests.server.office import BRANCH, A, Office, installed


class Printery:
    """An office whose slips go through a real Redis to a folder."""

    def __init__(self, office: Office, redis_url: str, data: Path) -> None:
        self.office = office
        self.data = data
        self.redis = Redis.from_url(redis_url)
        self.queue = Queue(slips.QUEUE, connection=self.redis, serializer=JSONSerializer)
        self.enqueuer = Enqueuer(
            office.engine, redis_url, lambda: office.now, lambda ticket, _: {"ticket": ticket}
        )
        self.relay = Relay(office.engine, {"slips": self.enqueuer})

    def issue(self, channel: str = "kiosk") -> Any:
        result = self.office.execute(cmd.IssueTicket, queue=A, channel=channel).result
        return result["ticket"]["id"]

    def work(self) -> None:
        """Run every waiting job, as a worker does."""
        worker = SimpleWorker([self.queue], connection=self.redis, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="CRITICAL")

    def printed(self) -> list[str]:
        return sorted(file.stem for file in (self.data / "slips").glob("*.bin"))

    def slip_of(self, ticket: str) -> str:
        with queries.reading(self.office.engine) as connection:
            query = select(tables.tickets.c.slip).where(tables.tickets.c.id == ticket)
            return str(connection.scalar(query))


@pytest.fixture
def printery(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Printery]:
    monkeypatch.setenv("MOTCUA_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("MOTCUA_SECRET", "s")
    monkeypatch.setenv("MOTCUA_CLOCK", "manual")
    jobs.parts.cache_clear()
    with installed(database_url) as engine:
        made = Printery(Office(engine), redis_url, tmp_path)
        yield made
        made.redis.close()
        jobs.parts()[1].dispose()
    jobs.parts.cache_clear()


def test_a_ticket_of_a_kiosk_is_printed_once(printery: Printery) -> None:
    """Rule P2: delivered twice, worked twice, printed once."""
    ticket = printery.issue()
    printery.issue(channel="api")
    printery.relay.deliver()
    events = list(printery.office.events())
    printery.enqueuer(BRANCH, events)
    assert printery.queue.job_ids == [job_id(BRANCH, ticket)]
    printery.work()
    printery.enqueuer(BRANCH, events)
    printery.work()
    assert printery.printed() == [job_id(BRANCH, ticket)]
    assert printery.slip_of(ticket) == "printed"


def test_a_slip_that_nobody_can_use_any_more_is_not_printed(printery: Printery) -> None:
    printery.issue()
    printery.office.now += timedelta(minutes=11)
    printery.relay.deliver()
    assert printery.queue.job_ids == []
    assert printery.enqueuer.recover() == []


def test_jobs_that_redis_lost_are_found_by_the_log(printery: Printery) -> None:
    ticket = printery.issue()
    printery.relay.deliver()
    printery.redis.flushall()
    assert printery.enqueuer.recover() == [], "it may only be slow"
    printery.office.now += timedelta(seconds=16)
    assert printery.enqueuer.recover() == [ticket]
    assert printery.enqueuer.recover() == [], "it waits in the queue now"
    printery.work()
    assert printery.printed() == [job_id(BRANCH, ticket)]
    assert printery.enqueuer.recover() == []


def test_a_job_whose_worker_died_is_done_again(
    printery: Printery, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = printery.issue()
    printery.relay.deliver()
    job = Job.fetch(job_id(BRANCH, ticket), connection=printery.redis, serializer=JSONSerializer)
    printery.redis.delete(printery.queue.key)
    job.set_status(JobStatus.STARTED)
    printery.office.now += timedelta(seconds=16)
    assert printery.enqueuer.recover() == [], "it may still be at work"
    monkeypatch.setattr(slips, "_JOB_TIMEOUT_S", -60)
    assert printery.enqueuer.recover() == [ticket]
    monkeypatch.undo()


def test_a_printer_that_took_nothing_is_tried_again_without_a_scheduler(
    printery: Printery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RQ's own scheduler dies with Redis; the relay's beat must be enough."""
    monkeypatch.setenv("MOTCUA_PRINTER", "tcp://127.0.0.1:1")
    ticket = printery.issue()
    printery.relay.deliver()
    printery.work()
    name = job_id(BRANCH, ticket)
    job = Job.fetch(name, connection=printery.redis, serializer=JSONSerializer)
    assert job.get_status() is JobStatus.SCHEDULED
    printery.enqueuer.beat()
    assert printery.queue.job_ids == [], "its pause is not over"
    _pause_over(printery, name)
    printery.enqueuer.beat()
    printery.enqueuer.beat()
    assert printery.queue.job_ids == [name], "once, with the tries it has left"
    for _ in range(len(slips._PAUSES_S)):
        printery.work()
        _pause_over(printery, name)
        printery.enqueuer.beat()
    assert printery.slip_of(ticket) == "nothing_sent"


def _pause_over(printery: Printery, name: str) -> None:
    printery.redis.zadd(printery.enqueuer._retries.key, {name: 1}, xx=True)


def test_a_retry_that_is_in_no_list_is_found(
    printery: Printery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes a job from the list of retries may die before it queues it."""
    monkeypatch.setenv("MOTCUA_PRINTER", "tcp://127.0.0.1:1")
    ticket = printery.issue()
    printery.relay.deliver()
    printery.work()
    printery.office.now += timedelta(seconds=16)
    assert printery.enqueuer.recover() == [], "it has its pause"
    printery.redis.delete(printery.enqueuer._retries.key)
    assert printery.enqueuer.recover() == [ticket]


def test_a_slip_begun_by_a_worker_that_died_is_never_sent_again(printery: Printery) -> None:
    """Rule P3: nobody knows what is on the paper; the staff are told."""
    ticket = printery.issue()
    printery.relay.deliver()
    (printery.data / "slips").mkdir()
    (printery.data / "slips" / f"{job_id(BRANCH, ticket)}.begun").touch()
    printery.work()
    assert printery.printed() == []
    assert printery.slip_of(ticket) == "unconfirmed"


def test_a_history_that_was_brought_in_is_not_printed(printery: Printery) -> None:
    printery.issue()
    with queries.reading(printery.office.engine) as connection:
        last = queries.last_seq(connection, BRANCH)
    pass_over(printery.office.engine, BRANCH, last)
    later = printery.issue()
    printery.office.now += timedelta(seconds=20)
    assert printery.enqueuer.recover() == [later]


def test_without_redis_slips_wait_and_nothing_else_does(printery: Printery) -> None:
    away = Enqueuer(
        printery.office.engine,
        "redis://127.0.0.1:1/0",
        lambda: printery.office.now,
        lambda ticket, _: {"ticket": ticket},
    )
    seen: list[int] = []
    relay = Relay(
        printery.office.engine,
        {"slips": away, "screens": lambda _b, batch: seen.extend(r.seq for r in batch)},
    )
    ticket = printery.issue()
    relay.deliver()
    assert seen == [1, 2, 3]
    printery.office.now += timedelta(seconds=16)
    for _ in range(5):
        away.beat()
    printery.relay.deliver()
    assert printery.queue.job_ids == [job_id(BRANCH, ticket)]


def test_a_printer_out_of_paper_is_tried_again_and_then_reported(
    printery: Printery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule P4: the staff learn of it; nothing was sent, so that it may be printed later."""
    monkeypatch.setattr(slips, "_PAUSES_S", (0, 0))
    with PrinterSimulator("paper_out") as simulator:
        monkeypatch.setenv("MOTCUA_PRINTER", simulator.address)
        first, second = printery.issue(), printery.issue()
        printery.relay.deliver()
        printery.work()
        assert printery.slip_of(first) == printery.slip_of(second) == "nothing_sent"
        assert simulator.asked == 6, "each slip is tried three times"
        third = printery.issue()
        printery.relay.deliver()
        simulator.state_after(1, "ok")
        printery.work()
        assert printery.slip_of(third) == "printed"
    assert len(simulator.slips) == 1


def test_a_reprint_is_a_job_of_its_own_and_says_so(printery: Printery) -> None:
    ticket = printery.issue()
    printery.relay.deliver()
    printery.work()
    printery.office.do(cmd.ReprintSlip, ticket=ticket)
    printery.relay.deliver()
    printery.work()
    first, again = printery.printed()
    assert again.startswith(f"{first}-again-")
    texts = [(printery.data / "slips" / f"{name}.bin").read_bytes() for name in (first, again)]
    assert len(texts[1]) > len(texts[0]), "it has a line more"
    assert printery.slip_of(ticket) == "printed"


def test_a_number_given_up_meanwhile_is_not_printed(printery: Printery) -> None:
    ticket = printery.issue()
    printery.relay.deliver()
    printery.office.do(cmd.CancelTicket, ticket=ticket)
    printery.work()
    assert printery.printed() == []


def test_a_queue_without_paper_asks_for_no_job(printery: Printery) -> None:
    recorded = next(r for r in _issued(printery) if r.type == "TicketIssued")
    assert slips.job_for(recorded)
    assert not slips.job_for(replace(recorded, event=replace(recorded.event, paper=False)))


def _issued(printery: Printery) -> list[Any]:
    printery.issue()
    return printery.office.events()


def _agents_kiosk(printery: Printery) -> Queue:
    """A kiosk whose slips are printed by its agent; returns the agent's queue."""
    devices.add(printery.office.engine, branch=BRANCH, role=Role.KIOSK, name="k1", printer="agent")
    name = slips.agent_queue(BRANCH, "k1")
    return Queue(name, connection=printery.redis, serializer=JSONSerializer)


def test_a_kiosk_with_an_agent_has_a_queue_of_its_own(printery: Printery) -> None:
    own = _agents_kiosk(printery)
    ticket = printery.office.do(cmd.IssueTicket, queue=A, device="k1")["id"]
    printery.relay.deliver()
    assert own.job_ids == [slips.job_id(BRANCH, ticket)]
    assert own.jobs[0].args == [BRANCH, ticket, own.job_ids[0], {"ticket": ticket}]
    assert printery.queue.job_ids == []


@pytest.mark.parametrize("end", ["printed elsewhere", "cancelled"])
def test_a_job_that_is_over_is_taken_back_from_the_agent(printery: Printery, end: str) -> None:
    """An agent with an empty ledger would print it again, or a dead number."""
    own = _agents_kiosk(printery)
    ticket = printery.office.do(cmd.IssueTicket, queue=A, device="k1")["id"]
    printery.relay.deliver()
    job = slips.job_id(BRANCH, ticket)
    if end == "cancelled":
        printery.office.do(cmd.CancelTicket, ticket=ticket)
    else:
        printery.office.do(cmd.RecordPrint, ticket=ticket, job=job, printer="p")
    printery.relay.deliver()
    assert own.job_ids == []


def test_an_agent_that_says_nothing_is_given_up_once(printery: Printery) -> None:
    own = _agents_kiosk(printery)
    ticket = printery.office.do(cmd.IssueTicket, queue=A, device="k1")["id"]
    printery.relay.deliver()
    printery.office.now += timedelta(seconds=45)
    printery.enqueuer.recover()
    printery.enqueuer.recover()
    assert own.job_ids == []
    printery.work()
    assert printery.slip_of(ticket) == "unconfirmed"
    # Later the agent is back and knows better.
    job = slips.job_id(BRANCH, ticket)
    jobs.record_print(BRANCH, ticket, job, "p", "")
    assert printery.slip_of(ticket) == "printed"
    jobs.record_print(BRANCH, ticket, job, "other", "")
    assert printery.slip_of(ticket) == "printed"
