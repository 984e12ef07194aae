"""An RQ worker in a thread of another worker's process: for jobs that mostly wait."""

from rq import SimpleWorker
from rq.timeouts import TimerDeathPenalty
from typing_extensions import override


class BesideWorker(SimpleWorker):
    """Signals belong to the main thread: jobs are timed by a timer, and the process ends it."""

    death_penalty_class = TimerDeathPenalty

    @override
    def _install_signal_handlers(self) -> None:
        """None: the worker of the main thread has them."""
