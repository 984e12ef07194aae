"""`python -m server.supervise DATA NAME ...`: keeps those processes up, and knows nothing of their work.

`server run` becomes this once everything is prepared: what it loaded to prepare would stay in memory
for as long as the box runs.
"""

import logging
import os
import sys
from pathlib import Path

from server.redis_server import RedisUnavailable
from server.supervisor import Supervisor


def main(data: str, *names: str) -> int:
    """Run until stopped; 2 when there is no Redis."""
    logging.basicConfig(
        level=os.environ.get("LOGLEVEL", "WARNING"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    supervisor = Supervisor(Path(data))
    for name in names:
        supervisor.add(name, [sys.executable, "-m", "server", name])
    try:
        supervisor.run()
    except RedisUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
