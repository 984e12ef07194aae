"""The composition root of the web process: the only place that wires. Importing has no effect."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import socketio as engine_io
from flask import Flask, Response, render_template, request
from flask_socketio import SocketIO
from redis.exceptions import RedisError
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import counter.web
import display.web
import kiosk.web
import manager.web
from kiosk.speech import Clips, EspeakVoice
from server import (
    alert_messages,
    alert_watch,
    database,
    due_policies,
    figure_jobs,
    forecast_jobs,
    health,
    pages,
    pairing_pages,
    paper,
    problems,
    public_pages,
    queries,
    report_keeper,
    sessions,
    slips,
    voice_jobs,
    web_security,
)
from server import oidc as _oidc  # noqa: F401 - adds its pages to those of signing in
from server import own_account as _own_account  # noqa: F401 - the same
from server import sign_in_steps as _steps  # noqa: F401 - the same
from server.agents import AgentNamespace
from server.alert_watch import Watcher
from server.api import figures as _figures  # noqa: F401 - declares its operations
from server.api import openapi, operations
from server.api import plans as _plans  # noqa: F401 - the same
from server.api import policies as _policies  # noqa: F401 - the same
from server.api import public as _public  # noqa: F401 - the same
from server.api import reports as _reports  # noqa: F401 - the same
from server.api import roster as _roster  # noqa: F401 - the same
from server.api import routes as _routes  # noqa: F401 - declares the operations
from server.clock import Clock, Mode
from server.context import Context
from server.dispatch import Dispatcher
from server.domain import events as ev
from server.domain.ids import BranchId, TicketId
from server.listeners import Announcer
from server.live import ScreenNamespace, TicketNamespace
from server.live_devices import DEVICE_NAMESPACES
from server.live_staff import STAFF_NAMESPACES
from server.outlooks import Outlooks
from server.relay import Relay, Subscriber
from server.screens import ScreenPusher
from server.settings import Settings, secret_of

_log = logging.getLogger(__name__)

#: One name for the channel that carries messages between processes.
CHANNEL = "motcua"
_VOICE_AFTER_S = 3.0
_SCREENS = (kiosk.web, counter.web, display.web, manager.web)


def create_app(settings: Settings) -> tuple[Flask, SocketIO]:
    """The application and its socket server, ready to run."""
    engine = database.connect(settings.database)
    clock = _clock(settings, engine)
    secret = secret_of(settings)
    app = Flask("server", static_folder="static", template_folder="templates")
    _configure(app, settings, secret)
    socketio = _socket_server(app, settings)
    _guard(app, settings)
    outlooks = Outlooks(settings.redis_url)
    socketio.start_background_task(outlooks.run)
    relay = None
    if settings.relay == "inside":
        relay = _relay(settings, engine, clock, socketio, outlooks)
    dispatcher = Dispatcher(
        engine,
        now=clock.now,
        nudge=relay.nudge if relay else _nudger(settings),
        secret=secret,
        foresight=outlooks.newest,
    )
    listeners = None
    if relay is None:
        listeners = Announcer(settings.redis_url, socketio.server.manager.rooms)
        socketio.start_background_task(listeners.run)
    context = Context(
        settings=settings,
        engine=engine,
        clock=clock,
        dispatcher=dispatcher,
        secret=secret,
        clips=Clips(settings.data / "speech", EspeakVoice()),
        outlooks=outlooks,
        relay=relay,
        **({"announce_listener": listeners.joined} if listeners else {}),
    )
    app.extensions["motcua"] = context
    app.config["MOTCUA_DEMO"] = context.demo
    kinds = (*DEVICE_NAMESPACES, TicketNamespace, *STAFF_NAMESPACES, AgentNamespace)
    namespaces = [kind(context) for kind in kinds]
    for namespace in namespaces:
        socketio.on_namespace(namespace)
    socketio.start_background_task(_sweep, namespaces)
    _register(app)
    if relay is not None:
        socketio.start_background_task(relay.run)
        watcher = Watcher(
            engine,
            view=context.view,
            execute=lambda command: dispatcher.execute(command, actor=alert_watch.ACTOR),
            contacts=context.contacts,
            is_real_time=clock.mode is Mode.REAL,
        )
        socketio.start_background_task(watcher.run)
    return app, socketio


def _sweep(namespaces: Sequence[ScreenNamespace]) -> None:
    """Whoever was signed out or revoked hears no more than some seconds longer."""
    while True:
        time.sleep(1.0)
        for namespace in namespaces:
            try:
                namespace.sweep()
            except Exception:
                _log.warning("nobody could be asked who is still signed in", exc_info=True)


def _clock(settings: Settings, engine: Engine) -> Clock:
    """The clock; a simulated one never begins before what the log has seen."""
    mode = Mode(settings.clock)
    if mode is Mode.REAL:
        return Clock()
    start = datetime.fromisoformat(settings.clock_start) if settings.clock_start else None
    with queries.reading(engine) as connection:
        seen = queries.last_at(connection)
    if seen is not None and (start is None or seen > start):
        start = seen
    return Clock(mode, start)


def _configure(app: Flask, settings: Settings, secret: str) -> None:
    app.secret_key = secret
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SESSION_COOKIE_HTTPONLY=True,
        # A browser takes this name only over HTTPS, for this host alone.
        SESSION_COOKIE_NAME="__Host-session" if settings.is_production else "session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_production,
        TEMPLATES_AUTO_RELOAD=False,
    )


def _socket_server(app: Flask, settings: Settings) -> SocketIO:
    options: dict[str, Any] = {}
    if settings.relay == "outside":
        # Messages come from the relay's process, over Redis.
        options["client_manager"] = engine_io.RedisManager(settings.redis_url, channel=CHANNEL)
    return SocketIO(
        app,
        async_mode="gevent",
        ping_interval=10,
        ping_timeout=5,
        http_compression=False,
        max_http_buffer_size=64 * 1024,
        manage_session=False,
        **options,
    )


def _guard(app: Flask, settings: Settings) -> None:
    """Around the socket server too: its callers' addresses are those the proxies name."""
    app.wsgi_app = web_security.guarded(app.wsgi_app)  # type: ignore[method-assign, assignment]
    if n := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, n, n, n, n)  # type: ignore[method-assign]

    @app.before_request
    def refuse_foreign() -> Response | None:
        if not web_security.is_foreign():
            return None
        language = problems.language_of(request.headers.get("Accept-Language"))
        return operations.problem(problems.WireError("foreign_origin", 403), language)


def _relay(
    settings: Settings, engine: Engine, clock: Clock, socketio: SocketIO, outlooks: Outlooks
) -> Relay:
    def heard(room: str, namespace: str) -> bool:
        rooms = socketio.server.manager.rooms.get(namespace, {})
        return bool(rooms.get(room))

    pusher = ScreenPusher(engine, socketio, clock.now, heard, foresight=outlooks.newest)
    return build_relay(settings, engine, clock.now, pusher)


def build_relay(
    settings: Settings, engine: Engine, now: Callable[[], datetime], pusher: ScreenPusher
) -> Relay:
    """The relay with its subscribers: screens, slips, figures, forecasts, spoken notices, alerts."""

    def slip_of(ticket: TicketId, is_reprint: bool) -> dict[str, Any]:
        return paper.slip_of(engine, ticket, settings, is_reprint=is_reprint).to_json()

    enqueue = slips.Enqueuer(engine, settings.redis_url, now, slip_of)
    tell = alert_messages.Messenger(engine, settings, now)

    def push(branch: BranchId, batch: Sequence[ev.Recorded]) -> None:
        pusher.push(branch, batch)
        if settings.voice_build and any(r.type == ev.CatalogueChanged.__name__ for r in batch):
            # Later: a first start applies its catalogue too, and has better to do.
            later = threading.Timer(_VOICE_AFTER_S, _ask_for_voice, [settings])
            later.daemon = True
            later.start()

    policies = due_policies.Keeper(engine, now)
    keeper = figure_jobs.Keeper(engine, settings.redis_url, now)
    reports = report_keeper.Keeper(engine, settings, now)
    foresee = forecast_jobs.Asker(engine, settings.redis_url, now)

    def beat() -> None:
        pusher.beat()
        enqueue.beat()
        keeper.beat()
        reports.beat()
        tell.beat()
        foresee.beat()
        policies.beat()

    subscribers: dict[str, Subscriber] = {
        "screens": push,
        "slips": enqueue,
        "figures": keeper,
        "alerts": tell,
        "voices": voice_jobs.NoticeCaller(engine, settings, now),
        "forecasts": foresee,
    }
    return Relay(engine, subscribers, beat=beat)


def _ask_for_voice(settings: Settings) -> None:
    """A branch may say something new; when Redis is away a worker asks at its next start."""
    try:
        voice_jobs.ask(settings)
    except (RedisError, OSError):
        _log.warning("the hall's voice is not asked for", exc_info=True)


def _nudger(settings: Settings) -> Any:
    """Tell the relay's process over Redis; when Redis is away its poll finds the news."""
    from redis import Redis  # noqa: PLC0415 - only where the relay is elsewhere
    from redis.exceptions import RedisError  # noqa: PLC0415

    redis = Redis.from_url(settings.redis_url, socket_timeout=1, socket_connect_timeout=1)

    def nudge(branch: BranchId) -> None:
        try:
            redis.publish(f"{CHANNEL}:nudge", branch)
        except RedisError:
            logging.getLogger(__name__).warning("nudge lost: Redis is away")

    return nudge


@operations.blueprint.get("/openapi.json")
def openapi_json() -> Response:
    """The description of the REST interface."""
    return operations.json(openapi.document(), 200)


@operations.blueprint.get("/")
def api_page() -> str:
    """The same for people."""
    return render_template("api.html", document=openapi.document(), nonce=pages.nonce())


def _register(app: Flask) -> None:
    for screen in _SCREENS:
        app.register_blueprint(screen.blueprint)
    for blueprint in (
        pages.blueprint,
        sessions.blueprint,
        health.blueprint,
        pairing_pages.blueprint,
        public_pages.blueprint,
    ):
        app.register_blueprint(blueprint)

    app.register_blueprint(operations.blueprint)

    @app.errorhandler(404)
    @app.errorhandler(405)
    def not_found(error: Exception) -> Any:
        if request.path.startswith("/api/"):
            language = problems.language_of(request.headers.get("Accept-Language"))
            return operations.problem(error, language)
        return pages.not_found(error)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Any:
        return error if isinstance(error, HTTPException) else pages.failed(error)
