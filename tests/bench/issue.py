"""Issuing over REST, each ticket durably committed before it is answered."""

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.parts import cluster, load, percentile
from tests.live_office import BRANCH, running

_BODIES = [json.dumps({"queue": queue, "channel": "api"}) for queue in "ABCDEHKLMR"]
_SECONDS = 10.0


def _tell(what: str, result: dict[str, Any]) -> None:
    ms = result["times_ms"]
    print(
        f"{what}: {len(ms) / result['seconds']:.0f}/s, p50 {percentile(ms, 0.5):.1f} ms, "
        f"p99 {percentile(ms, 0.99):.1f} ms; answers {result['statuses']}, "
        f"numbers given twice: {result['twice']}"
    )


def sqlite() -> None:
    """The single box: SQLite, 16 clients, 16 open counters."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as office:
        for n in range(1, 17):
            office.desk("open", {"officer": f"O{n}"}, n)
        port = int(office.base_url.rsplit(":", 1)[1])
        path = f"/api/v1/branches/{BRANCH}/tickets"
        load([port], 16, 2.0, [office.tokens["kiosk"]], [path], _BODIES)
        _tell(
            "issue, SQLite", load([port], 16, _SECONDS, [office.tokens["kiosk"]], [path], _BODIES)
        )


def postgres() -> None:
    """Shared servers: PostgreSQL, two web processes, one branch and sixteen."""
    for offices in (1, 16):
        with cluster(webs=2, offices=offices) as servers:
            tokens = list(servers.tokens.values())
            paths = [f"/api/v1/branches/{name}/tickets" for name in servers.tokens]
            load(servers.ports, 16, 2.0, tokens, paths, _BODIES)
            result = load(servers.ports, 16, _SECONDS, tokens, paths, _BODIES)
            _tell(f"issue, PostgreSQL, 2 web processes, {offices} branch(es)", result)
