"""The supervisor: real processes, killed for real."""

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from server.guardian import FolderInUse
from server.supervisor import Supervisor
from tests.processes import is_running, wait_until

#: A child that says where its Redis is, and one that does not listen to SIGTERM.
WELL = """
import os, time
with open({said!r} + ".new", "w") as file:
    file.write(os.environ["REDIS_URL"])
os.replace({said!r} + ".new", {said!r})
time.sleep(600)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open({said!r}, "w").close()
time.sleep(600)
"""
SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")

OWNER = """
import sys
from pathlib import Path
from server.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]), stop_grace=1.0)
for name in sys.argv[3:]:
    supervisor.add(name, [sys.executable, "-c", sys.argv[2]])
supervisor.run()
"""


class Owner:
    """A supervisor in a process of its own."""

    def __init__(self, data_dir: Path, code: str, *names: str) -> None:
        self.pids_file = data_dir / "run" / "pids.json"
        environ = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(data_dir), code, *names], env=environ
        )
        wait_until(self.pids_file.exists)

    def pids(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.pids_file.read_text())
        return found

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def owner(data_dir: Path, tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(data_dir, WELL.format(said=str(tmp_path / "said")), "web", "worker")
    yield owner
    pids = owner.pids() if owner.pids_file.exists() else {}
    owner.end()
    wait_until(lambda: not any(is_running(pid) for pid in pids.values()))


@pytest.fixture
def deaf_owner(data_dir: Path, tmp_path: Path) -> Iterator[Owner]:
    """An owner of a child that no longer listens to SIGTERM."""
    said = tmp_path / "said"
    owner = Owner(data_dir, DEAF.format(said=str(said)), "deaf")
    wait_until(said.exists)
    yield owner
    owner.end()


def test_children_run_and_are_told_where_redis_is(owner: Owner, tmp_path: Path) -> None:
    pids = owner.pids()
    assert set(pids) == {
        *("supervisor", "guardian", "redis", "redis_guardian", "web", "worker"),
    }
    assert pids["supervisor"] == owner.process.pid
    assert all(is_running(pid) for pid in pids.values())
    said = tmp_path / "said"
    wait_until(lambda: said.exists() and said.read_text().endswith(".sock"))
    with redis.Redis.from_url(said.read_text()) as connection:
        assert connection.ping()


@pytest.mark.faults
def test_killing_the_supervisor_leaves_no_orphan(owner: Owner) -> None:
    pids = owner.pids()
    owner.end()
    wait_until(lambda: not any(is_running(pid) for pid in pids.values()), within=8)


@pytest.mark.faults
def test_killing_the_supervisor_ends_even_a_child_that_does_not_listen(
    deaf_owner: Owner,
) -> None:
    owner, pids = deaf_owner, deaf_owner.pids()
    owner.end()
    wait_until(lambda: not any(is_running(pid) for pid in pids.values()), within=15)


@pytest.mark.faults
def test_a_start_waits_until_nothing_of_a_killed_one_is_left(
    deaf_owner: Owner, data_dir: Path
) -> None:
    pids = deaf_owner.pids()
    deaf_owner.end()
    assert is_running(pids["deaf"])
    supervisor = Supervisor(data_dir)
    supervisor.start()
    try:
        assert not is_running(pids["deaf"])
    finally:
        supervisor.stop()


@pytest.mark.faults
@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_killed_child_is_started_again(owner: Owner, name: str) -> None:
    before = owner.pids()
    os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: owner.pids().get(name, before[name]) != before[name])
    after = owner.pids()
    assert is_running(after[name])
    assert {key for key in before if before[key] != after[key]} == {name}


@pytest.mark.faults
def test_a_killed_redis_comes_back_with_its_keys_and_nobody_else_is_disturbed(
    owner: Owner, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    wait_until(lambda: said.exists() and said.read_text().endswith(".sock"))
    before = owner.pids()
    with redis.Redis.from_url(said.read_text()) as connection:
        connection.set("job", "kept")
    os.kill(before["redis"], signal.SIGKILL)
    wait_until(lambda: owner.pids().get("redis", before["redis"]) != before["redis"])
    with redis.Redis.from_url(said.read_text()) as connection:
        assert connection.get("job") == b"kept"
    after = owner.pids()
    assert {key for key in before if before[key] != after[key]} == {"redis"}


@pytest.mark.faults
@pytest.mark.parametrize("name", ["guardian", "redis_guardian"])
def test_a_killed_guardian_is_replaced_and_still_guards(owner: Owner, name: str) -> None:
    before = owner.pids()
    os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: owner.pids().get(name, before[name]) != before[name])
    wait_until(lambda: set(owner.pids()) == set(before))
    pids = owner.pids()
    assert all(is_running(pid) for pid in pids.values())
    owner.end()
    wait_until(lambda: not any(is_running(pid) for pid in pids.values()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nothing_and_frees_the_folder(
    owner: Owner, data_dir: Path, number: signal.Signals
) -> None:
    pids = owner.pids()
    owner.process.send_signal(number)
    assert owner.process.wait(20) == 0
    assert [name for name, pid in pids.items() if is_running(pid)] == []
    assert not owner.pids_file.exists()
    assert not (data_dir / "redis" / "redis.sock").exists()


def test_a_child_that_does_not_listen_is_killed_after_its_grace(deaf_owner: Owner) -> None:
    owner, pids = deaf_owner, deaf_owner.pids()
    owner.process.terminate()
    assert owner.process.wait(20) == 0
    assert [name for name, pid in pids.items() if is_running(pid)] == []


def test_a_second_supervisor_on_the_same_folder_is_refused(owner: Owner, data_dir: Path) -> None:
    second = Supervisor(data_dir)
    with pytest.raises(FolderInUse, match=f"process {owner.process.pid}"):
        second.start()
    assert all(is_running(pid) for pid in owner.pids().values())


def test_an_outside_redis_is_passed_on_and_none_is_started(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    supervisor = Supervisor(data_dir)
    supervisor.add("web", SLEEPER)
    supervisor.start()
    try:
        assert supervisor.redis_url == "redis://127.0.0.1:1/0"
        assert "redis" not in json.loads((data_dir / "run" / "pids.json").read_text())
    finally:
        supervisor.stop()


def test_children_stop_in_reverse_order(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    said = data_dir.parent / "said"
    code = textwrap.dedent("""
        import pathlib, signal, sys
        name, said = sys.argv[1], pathlib.Path(sys.argv[2])
        def leave(*_):
            with said.open("a") as file:
                file.write(f"{name} left\\n")
            sys.exit()
        signal.signal(signal.SIGTERM, leave)
        with said.open("a") as file:
            file.write(f"{name} is here\\n")
        while True:
            signal.pause()
    """)
    supervisor = Supervisor(data_dir)
    for name in ("first", "second"):
        supervisor.add(name, [sys.executable, "-c", code, name, str(said)])
    supervisor.start()
    wait_until(lambda: said.exists() and said.read_text().count("is here") == 2)
    supervisor.stop()
    assert said.read_text().splitlines()[2:] == ["second left", "first left"]


def test_a_child_that_cannot_start_is_tried_again_ever_more_slowly(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> list[str]:
        # Threads of other tests may have something to say, too.
        return [r.getMessage() for r in caplog.records if r.name == "motcua.supervisor"]

    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    supervisor = Supervisor(data_dir)
    supervisor.add("missing", ["/nowhere/motcua"])
    supervisor.start()
    try:
        while len(told()) < 3:
            supervisor.look()
    finally:
        supervisor.stop()
    pauses = [words.rpartition(" in ")[2] for words in told()[:3]]
    assert pauses == ["0.2 s", "0.4 s", "0.8 s"]


def test_two_processes_of_one_name_are_refused(data_dir: Path) -> None:
    supervisor = Supervisor(data_dir)
    supervisor.add("web", SLEEPER)
    with pytest.raises(ValueError, match="already a process called web"):
        supervisor.add("web", SLEEPER)


def test_children_may_open_as_many_files_as_the_machine_allows(data_dir: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    owner = Owner(data_dir, "import time; time.sleep(600)", "web")
    try:
        assert resource.prlimit(owner.pids()["web"], resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        owner.process.terminate()
        owner.process.wait(20)
