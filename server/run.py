"""The verbs that serve: a whole single box, or one process of it."""

import argparse
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import FrameType
from typing import Any

from server import admin, browser_files, database
from server import settings as settings_
from server.domain.ids import BranchId
from server.domain.outlook import Foresight
from server.settings import Settings, SettingsError

_VOICE_AFTER_S = 3.0
_AGAIN_AFTER_S = 5.0
_LISTEN_AGAIN_AFTER_S = 0.5


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Everything on this machine, under one supervisor."""
    _prepare(settings)
    if arguments.branch_file and not admin.apply_file(settings, arguments.branch_file, ask=False):
        return 2
    print(f"Motcua: http://{settings.host}:{settings.port}/", flush=True)
    return _supervise(settings, [])


def demo(_arguments: argparse.Namespace, settings: Settings) -> int:
    """The Long Biên demo: history first, then the box with its simulated people."""
    from server import demo as demo_branch  # noqa: PLC0415 - only the demo needs its parts

    os.environ.update(MOTCUA_DEMO="true", MOTCUA_CLOCK="shifted")
    os.environ.setdefault("MOTCUA_DOSSIER_FIELDS", "procedure,promised,next_step")
    _prepare(settings)
    prepared = demo_branch.prepare(settings_.load())
    os.environ["MOTCUA_CLOCK_START"] = prepared.starts_at.isoformat()
    print(demo_branch.banner(prepared), flush=True)
    return _supervise(settings, ["demo-driver"])


def _prepare(settings: Settings) -> None:
    """What must be right before any process starts."""
    _check_printer(settings)
    try:
        browser_files.ensure()
    except browser_files.BrowserFilesMissing as error:
        # The pages then say the same sentence: never a blank kiosk.
        print(error, file=sys.stderr)
    engine = database.connect(settings.database)
    database.migrate(engine)
    engine.dispose()


def _check_printer(settings: Settings) -> None:
    if not settings.printer:
        return
    from kiosk.printer import AddressError, Printer  # noqa: PLC0415 - escpos costs 0.2 s to import

    try:
        Printer(settings.printer, settings.data / "slips")
    except AddressError as error:
        raise SettingsError(f"printer: {error}") from error


def _supervise(settings: Settings, more: list[str]) -> int:
    """Become the process that starts the others; see `server/supervise.py`."""
    children = ["web", "worker", *more]
    if settings.relay == "outside":
        children.insert(1, "relay")
    command = [sys.executable, "-m", "server.supervise", str(settings.data), *children]
    sys.stdout.flush()
    sys.stderr.flush()
    # The same process: whoever watches it, by its pid or through its output, sees no difference.
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted


def web(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Screens and REST. Patched for gevent by `server.__main__` before this module is read."""
    from server.app import create_app  # noqa: PLC0415 - only this process needs the web's parts

    _raise_open_files()
    app, _socketio = create_app(settings)
    signal.signal(signal.SIGTERM, _exit)
    _serve(app, settings)
    return 0


def _serve(app: Any, settings: Settings) -> None:
    from gevent.pywsgi import WSGIServer  # noqa: PLC0415 - only this process is gevent's

    address = (settings.host, settings.port)
    server = WSGIServer(address, app, log=None, backlog=1024)
    server.init_socket()
    # Inherited by every connection. Without it a second small packet waits up to 40 ms for the
    # acknowledgement of the first, and a wall display shows the call so much later.
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.serve_forever()


def worker(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Takes print jobs; counts days, makes reports and the hall's voice when there are none.

    Beside them, each in a thread of its own: messages, and forecasts.

    When a slip is to be tried again is the relay's to say (`server/slips.py`).
    """
    from redis import Redis  # noqa: PLC0415
    from rq import Queue, SimpleWorker  # noqa: PLC0415
    from rq.serializers import JSONSerializer  # noqa: PLC0415

    from server import figure_jobs, forecast_jobs, report_jobs, slips, voice_jobs  # noqa: PLC0415

    redis = Redis.from_url(settings.redis_url)
    queues = [
        Queue(name, connection=redis, serializer=JSONSerializer)
        for name in (slips.QUEUE, figure_jobs.QUEUE, report_jobs.QUEUE, voice_jobs.QUEUE)
    ]
    report_jobs.forget_cut_off(settings)
    if settings.voice_build:
        voice_jobs.forget_cut_off(settings)
        # Not while everything starts: the first ticket comes before the first call.
        later = threading.Timer(_VOICE_AFTER_S, _ask_for_voice, [settings])
        later.daemon = True
        later.start()
    for beside in (_send_messages, forecast_jobs.work, _compare_plans):
        threading.Thread(target=beside, args=[settings], daemon=True).start()
    # In this process, not a fork for each: the programs are loaded once, and a slip takes a third.
    SimpleWorker(queues, connection=redis, serializer=JSONSerializer).work(logging_level="WARNING")
    return 0


def _send_messages(settings: Settings) -> None:
    """E-mail and webhooks, beside the slips: a mail server that hangs holds up no paper."""
    from redis import Redis  # noqa: PLC0415
    from rq import Queue  # noqa: PLC0415
    from rq.serializers import JSONSerializer  # noqa: PLC0415

    from server import alert_messages  # noqa: PLC0415
    from server.beside_worker import BesideWorker  # noqa: PLC0415

    redis = Redis.from_url(settings.redis_url)
    queue = Queue(alert_messages.QUEUE, connection=redis, serializer=JSONSerializer)
    while True:
        try:
            worker = BesideWorker([queue], connection=redis, serializer=JSONSerializer)
            worker.work(logging_level="WARNING")
        except Exception as error:
            print(f"messages: {error}; trying again", file=sys.stderr)
        time.sleep(_AGAIN_AFTER_S)


def _compare_plans(settings: Settings) -> None:
    """What-if comparisons, beside the slips: they take seconds, and no paper waits for them."""
    from redis import Redis  # noqa: PLC0415
    from rq import Queue  # noqa: PLC0415
    from rq.serializers import JSONSerializer  # noqa: PLC0415

    from server.beside_worker import BesideWorker  # noqa: PLC0415
    from server.whatif import queueing  # noqa: PLC0415

    redis = Redis.from_url(settings.redis_url)
    queue = Queue(queueing.QUEUE, connection=redis, serializer=JSONSerializer)
    while True:
        try:
            with database.opened(settings.database) as engine:
                queueing.recover(redis, engine)
            worker = BesideWorker([queue], connection=redis, serializer=JSONSerializer)
            worker.work(logging_level="WARNING")
        except Exception as error:
            print(f"plans: {error}; trying again", file=sys.stderr)
        time.sleep(_AGAIN_AFTER_S)


def _ask_for_voice(settings: Settings) -> None:
    from redis.exceptions import RedisError  # noqa: PLC0415

    from server import voice_jobs  # noqa: PLC0415

    try:
        voice_jobs.ask(settings)
    except (RedisError, OSError) as error:
        print(f"the hall's voice is not asked for: {error}", file=sys.stderr)


def _listen(settings: Settings, channel: str, nudge: Callable[[BranchId], None]) -> None:
    """Wake the relay, for ever: a Redis that was away is listened to again when it is back."""
    from redis import Redis  # noqa: PLC0415
    from redis.exceptions import RedisError  # noqa: PLC0415

    while True:
        try:
            with Redis.from_url(settings.redis_url, socket_connect_timeout=2) as redis:
                messages: Any = redis.pubsub(ignore_subscribe_messages=True)
                messages.subscribe(channel)
                for message in messages.listen():
                    nudge(message["data"])
        except (RedisError, OSError) as error:
            print(f"relay: no nudges, Redis is away ({error})", file=sys.stderr, flush=True)
        time.sleep(_LISTEN_AGAIN_AFTER_S)


def relay(_arguments: argparse.Namespace, settings: Settings) -> int:
    """The relay alone: emits over Redis, woken by its channel."""
    from socketio import RedisManager  # noqa: PLC0415

    from server.app import CHANNEL, build_relay  # noqa: PLC0415
    from server.listeners import Heard  # noqa: PLC0415
    from server.log_time import time_of  # noqa: PLC0415
    from server.outlooks import Outlooks  # noqa: PLC0415
    from server.screens import ScreenPusher  # noqa: PLC0415

    engine = database.connect(settings.database)
    now = time_of(settings, engine)
    emitter = RedisManager(settings.redis_url, channel=CHANNEL, write_only=True)
    foresight = Outlooks(settings.redis_url)
    threading.Thread(target=foresight.run, daemon=True).start()
    pusher = ScreenPusher(
        engine, _Rooms(emitter), now, Heard(settings.redis_url), foresight=foresight.newest
    )
    tail = build_relay(settings, engine, now, pusher)
    signal.signal(signal.SIGTERM, lambda *_: tail.stop())

    threading.Thread(
        target=_listen, args=[settings, f"{CHANNEL}:nudge", tail.nudge], daemon=True
    ).start()
    _watch(settings, engine, now, tail.nudge, foresight.newest)
    tail.run()
    return 0


def _watch(
    settings: Settings,
    engine: Any,
    now: Callable[[], datetime],
    nudge: Callable[[BranchId], None],
    foresight: Foresight,
) -> None:
    """Alerts, beside the relay; it reads with boards of its own."""
    from server.alert_watch import ACTOR, Watcher  # noqa: PLC0415 - only this process needs them
    from server.boards import Board  # noqa: PLC0415
    from server.clock import Mode  # noqa: PLC0415
    from server.contacts import Contacts  # noqa: PLC0415
    from server.dispatch import Dispatcher  # noqa: PLC0415
    from server.views import View  # noqa: PLC0415

    boards: dict[BranchId, Board] = {}
    dispatcher = Dispatcher(engine, now=now, nudge=nudge, secret=settings_.secret_of(settings))

    def view(branch: BranchId) -> View:
        board = boards.get(branch)
        if board is None:
            board = boards[branch] = Board(engine, branch, now, foresight)
        board.catch_up()
        return board.view()

    watcher = Watcher(
        engine,
        view=view,
        execute=lambda command: dispatcher.execute(command, actor=ACTOR),
        contacts=Contacts(settings.redis_url),
        is_real_time=Mode(settings.clock) is Mode.REAL,
    )
    threading.Thread(target=watcher.run, daemon=True).start()


class _Rooms:
    """python-socketio's manager calls a room `room`; the server's own emit calls it `to`."""

    def __init__(self, manager: object) -> None:
        self._manager = manager

    def emit(self, event: str, data: object, *, to: str, namespace: str) -> None:
        self._manager.emit(event, data, namespace, room=to)  # type: ignore[attr-defined]


def demo_driver(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Simulated citizens and officers."""
    from server import demo_driver as driver  # noqa: PLC0415 - only the demo needs its parts

    driver.drive(settings)
    return 0


def _raise_open_files() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _exit(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
