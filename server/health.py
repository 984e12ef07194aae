"""For operators: is the process alive, are its parts ready, what has it done."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server import queries
from server.api.operations import context
from server.version import VERSION

blueprint = Blueprint("health", __name__)

COMMANDS = Counter("motcua_commands_total", "Commands by name and answer", ["name", "answer"])
DURATION = Histogram(
    "motcua_command_seconds",
    "Time from a command's arrival to its commit",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0),
)
FORECAST_AGE = Gauge(
    "motcua_forecast_age_seconds", "Age of the oldest newest forecast, of the branches at work"
)
FORECASTS_OK = Gauge(
    "motcua_forecasts_ok",
    "1 while a worker forecasts and every branch at work has a fresh forecast",
)
RELAY_LAG = Gauge("motcua_relay_lag_events", "Events the slowest subscriber has not had")


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers, and of which version it is."""
    return jsonify(ok=True, version=VERSION)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Database, Redis, a worker for every queue, the relay; `degraded` names what is done without.

    Forecasts that are late refuse nobody: waits are then told by the fallback.
    """
    checks = {"database": _database(), **_redis(), "relay": _relay()}
    ready = all(check["ok"] for check in checks.values())
    forecasts = _forecasts()
    degraded = [] if forecasts["ok"] else ["forecasts"]
    checks["forecasts"] = forecasts
    return jsonify(ok=ready, degraded=degraded, checks=checks), 200 if ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text."""
    relay = context().relay
    RELAY_LAG.set(relay.lag if relay else 0)
    forecasts = _forecasts()
    FORECAST_AGE.set(forecasts.get("age_s") or 0)
    FORECASTS_OK.set(forecasts["ok"])
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database() -> dict[str, Any]:
    started = time.perf_counter()
    try:
        with context().engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return {"ok": False}
    return {"ok": True, "ms": round((time.perf_counter() - started) * 1000, 1)}


def _redis() -> dict[str, dict[str, Any]]:
    try:
        with Redis.from_url(context().settings.redis_url, socket_timeout=2) as redis:
            redis.ping()
            workers = Worker.count(connection=redis)
    except (RedisError, ValueError):
        return {"redis": {"ok": False}, "workers": {"ok": False}}
    return {"redis": {"ok": True}, "workers": {"ok": workers > 0, "count": workers}}


def _relay() -> dict[str, Any]:
    relay = context().relay
    return {"ok": True, "place": "outside"} if relay is None else {"ok": True, "lag": relay.lag}


def _forecasts() -> dict[str, Any]:
    """`dead` when no worker says that it lives, `late` when a branch at work waits for its run.

    `branch` is that with the oldest forecast, or with none.
    """
    outlooks = context().outlooks
    if not outlooks.is_alive:
        return {"ok": False, "state": "dead"}
    try:
        with context().engine.connect() as connection:
            at_work = queries.branches_at_work(connection)
            heads = queries.last_seqs(connection)
    except SQLAlchemyError:
        return {"ok": False, "state": "unknown"}
    now = context().clock.now()
    ages = {branch: outlooks.age_s(branch) for branch in at_work}
    late = [b for b in at_work if outlooks.newest(b, heads[b], now) is None]
    if not ages:
        return {"ok": True, "state": "idle"}
    worst = max(late or at_work, key=lambda b: float("inf") if ages[b] is None else ages[b] or 0.0)
    age_s = ages[worst]
    return {
        "ok": not late,
        "state": "late" if late else "fresh",
        "branch": worst,
        "age_s": None if age_s is None else round(age_s, 1),
    }
