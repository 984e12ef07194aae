"""Simulated citizens and officers of the demo, over the REST API like any other client.

They follow the server's clock, leave counters 1 and 2 alone, and jump the demo's clock over lunch
and the night so that the demo never stands still.
"""

import http.client
import json
import logging
import os
import random
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from server import branchfile
from server.demo import BRANCH_FILE, YOURS
from server.domain import hours
from server.domain.catalogue import Catalogue
from server.settings import Settings
from server.simulate import profile

_log = logging.getLogger(__name__)
_TICK_S = 1.0
#: Nobody more comes to a queue as long as this: a viewer should see it move.
_LONGEST_LINE = 12
#: A little quicker than the profile, so that something happens every few seconds.
_PACE = 1.4
_SERVICE_SHARE = 0.7


class Api:
    """One connection to the server, renewed when it breaks."""

    def __init__(self, base_url: str, token: str) -> None:
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, token: str = ""
    ) -> Any:
        """The answer, or None when it was refused. Raises OSError while the server is away."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(*self._address, timeout=10)
        headers = {
            "Authorization": f"Bearer {token or self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, f"/api/v1{path}", content, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise ConnectionError(str(error)) from error
        return json.loads(text) if answer.status < 300 else None  # noqa: PLR2004

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Driver:
    """The people of the demo."""

    def __init__(
        self,
        api: Api,
        catalogue: Catalogue,
        rng: random.Random,
        officers: Mapping[str, str] | None = None,
    ) -> None:
        """`officers` are the tokens of those who sit at the counters."""
        self._api = api
        self._officers = officers or {}
        self._catalogue = catalogue
        self._rng = rng
        self._due: dict[str, datetime] = {}
        self._absent: set[str] = set()
        self._seen_at: datetime | None = None

    def tick(self) -> None:
        """Look at the board and do what is due."""
        board = self._api.call("GET", f"/branches/{self._catalogue.branch}/board")
        if board is None:
            return
        now = datetime.fromisoformat(board["at"])
        if self._moved_on(now):
            return
        self._arrivals(board, now)
        for counter in board["tables"]["counters"].values():
            if counter["number"] not in YOURS:
                self._officer(counter, board["tables"]["tickets"], now)

    def _moved_on(self, now: datetime) -> bool:
        """Outside the sessions, go to the next one."""
        zone = self._catalogue.zone
        today = hours.sessions(self._catalogue.hours, zone, now.astimezone(zone).date())
        if any(s.opens <= now < s.closes for s in today):
            return False
        coming = [s for s in today if s.opens > now]
        if coming:
            target = coming[0].opens
        else:
            path = f"/branches/{self._catalogue.branch}/close-day"
            self._api.call("POST", path, {"waiting": "close"})
            target = self._next_opening(now)
        self._api.call("PUT", "/simulation/clock", {"now": target.isoformat()})
        self._due.clear()
        return True

    def _next_opening(self, now: datetime) -> datetime:
        zone, day = self._catalogue.zone, now.astimezone(self._catalogue.zone).date()
        for n in range(1, 30):
            sessions = hours.sessions(self._catalogue.hours, zone, day + timedelta(days=n))
            if len(sessions) > 1:
                return sessions[0].opens
        return now + timedelta(days=1)

    def _arrivals(self, board: dict[str, Any], now: datetime) -> None:
        local = now.astimezone(self._catalogue.zone)
        minute = local.hour * 60 + local.minute
        since = (now - self._seen_at).total_seconds() if self._seen_at else _TICK_S
        self._seen_at = now
        quiet = 0.006  # the profile's ebb before noon would leave a viewer with nothing to see
        share = max(profile.share_now(minute, saturday=local.weekday() == 5), quiet / 2)  # noqa: PLR2004
        for service in self._catalogue.services:
            expected = profile.volume(self._catalogue, service, local.date()) * share
            due = self._rng.random() < expected * _PACE * min(since, 10) / 60
            queue = board["tables"]["queues"][service.queue]
            if due and queue["state"] == "open" and queue["waiting"] < _LONGEST_LINE:
                body = {
                    "service": service.id,
                    "priority": profile.priority(self._catalogue, self._rng),
                    "channel": "kiosk",
                }
                self._api.call("POST", f"/branches/{self._catalogue.branch}/tickets", body)

    def _officer(self, counter: dict[str, Any], tickets: dict[str, Any], now: datetime) -> None:
        if counter["status"] == "paused":
            self._when_due(f"back:{counter['id']}", now, 20, counter, "resume", {})
        elif counter["status"] == "closed":
            self._when_due(f"open:{counter['id']}", now, 8, counter, "open", {})
        elif counter["ticket"] is None:
            if counter["next"] is not None:
                self._when_due(f"next:{counter['id']}", now, 6, counter, "call-next", {})
        elif ticket := tickets.get(counter["ticket"]):
            self._desk(counter, ticket, now)

    def _desk(self, counter: dict[str, Any], ticket: dict[str, Any], now: datetime) -> None:
        name = f"{ticket['status']}:{ticket['id']}:{ticket['calls']}"
        if ticket["status"] == "called":
            if name not in self._due and self._rng.random() < profile.NO_SHOW:
                self._absent.add(ticket["id"])
            if ticket["id"] not in self._absent:
                self._when_due(name, now, self._rng.uniform(8, 25), counter, "start", {})
            elif ticket["calls"] < 2:  # noqa: PLR2004 - called once, recalled once
                self._when_due(name, now, 30, counter, "recall", {})
            else:
                self._when_due(name, now, 30, counter, "no-show", {})
            return
        service = self._catalogue.service(ticket["service"])
        if service is None:
            return
        seconds = profile.service_seconds(service, self._rng) * _SERVICE_SHARE
        if name not in self._due and ticket["started_at"]:
            begun = datetime.fromisoformat(ticket["started_at"])
            seconds = max(self._rng.uniform(5, 90), seconds - (now - begun).total_seconds())
        outcome = profile.outcome(self._catalogue, service, self._rng)
        if self._when_due(name, now, seconds, counter, "complete", {"outcome": outcome}):
            self._rate(ticket, now)

    def _rate(self, ticket: dict[str, Any], now: datetime) -> None:
        if self._rng.random() < profile.RATED:
            waited = (now - datetime.fromisoformat(ticket["arrival_at"])).total_seconds() / 60
            level, reasons = profile.rating(waited, self._rng)
            body = {"level": level, "reasons": list(reasons)}
            self._api.call("POST", f"/tickets/{ticket['id']}/rating", body)

    def _when_due(
        self,
        name: str,
        now: datetime,
        seconds: float,
        counter: dict[str, Any],
        verb: str,
        body: dict[str, Any],
    ) -> bool:
        """Do it `seconds` after it was first thought of; True when it was done."""
        if now < self._due.setdefault(name, now + timedelta(seconds=seconds)):
            return False
        del self._due[name]
        path, token = f"/counters/{counter['id']}/{verb}", self._officers.get(counter["id"], "")
        return self._api.call("POST", path, body, token) is not None


def drive(settings: Settings) -> None:
    """Keep the demo alive until this process is ended, or its parent is gone."""
    document = json.loads((settings.data / "demo.json").read_text(encoding="utf-8"))
    api = Api(document["base_url"], document["api"]["token"])
    officers = {entry["id"]: entry["token"] for entry in document["counters"]}
    driver = Driver(api, branchfile.load(BRANCH_FILE), random.Random(), officers)
    parent = os.getppid()
    while os.getppid() == parent:
        try:
            driver.tick()
        except (OSError, KeyError, ValueError) as error:
            _log.warning("demo: trying again: %s", error)
        time.sleep(_TICK_S)
