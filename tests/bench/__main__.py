"""`python -m tests.bench [NAME ...]`: medians, percentiles and ratios for RESULTS.md."""

import sys

from tests.bench import (
    agent,
    call,
    figures,
    forecast,
    forecast_kernel,
    issue,
    kiosk,
    scale,
    start,
    voice,
    wall,
    watchers,
    whatif,
)

BENCHES = {
    "issue": issue.sqlite,
    "issue-postgres": issue.postgres,
    "call": call.call,
    "touch": kiosk.touch,
    "slip": kiosk.slip,
    "agent": agent.agent,
    "waiting": scale.waiting,
    "log": scale.log,
    "watchers": watchers.watchers,
    "figures": figures.figures,
    "forecast": forecast.forecast,
    "forecast-refresh": forecast_kernel.refresh,
    "forecast-oracle": forecast_kernel.oracle,
    "forecast-textbook": forecast_kernel.textbook,
    "whatif": whatif.whatif,
    "start": start.start,
    "voice": voice.voice,
    "wall": wall.wall,
    "week": wall.week,
    "day": wall.day,
}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        sys.exit(f"no benchmark called {unknown[0]}; there are: {', '.join(BENCHES)}")
    for name in chosen:
        BENCHES[name]()
