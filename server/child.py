"""What a guardian process runs: wait for the owner to go, then end everything it started.

Started by `server/guardian.py` with `python -I -S child.py ALIVE LIVES GRACE`. It imports as little
as it can, because one of these sleeps beside every running system.

ALIVE is the read end of a pipe whose write end only the owner holds: end of file there means that
the owner is gone, by whatever death, `kill -9` included. LIVES is the read end of a pipe whose
write end every started process inherits: end of file there means that all of them have ended.
"""

import os
import select
import signal
import sys


def wait_for_end(descriptor: int, seconds: float | None) -> None:
    """Return at end of file on `descriptor`, or after `seconds`."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN | select.POLLHUP)
    # Nobody ever writes into these pipes, so the first thing to happen is their end.
    poller.poll(None if seconds is None else int(seconds * 1000))


def main(arguments: list[str]) -> None:
    alive, lives, grace = int(arguments[0]), int(arguments[1]), float(arguments[2])
    # A polite signal to the whole group must not end the one who counts to SIGKILL.
    for polite in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(polite, signal.SIG_IGN)
    wait_for_end(alive, None)
    os.killpg(os.getpgrp(), signal.SIGTERM)
    wait_for_end(lives, grace)
    # This ends the guardian too: it is the last member of the group that it leads.
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
