"""`python -m display run`: the browser started, minded and started again; the panel by the page's hours."""

import contextlib
import json
import logging
import os
import queue
import shutil
import signal
import socket
import threading
import time
import urllib.request
from pathlib import Path
from typing import Final

from display.box import sound
from display.box.browser import Browser, BrowserError, Look
from display.box.config import Config
from display.box.panel import Panel

_log = logging.getLogger(__name__)

WAITING: Final = (Path(__file__).parent / "waiting.html").as_uri()
#: What `check` reads of a wall that runs.
STATE: Final = "wall.json"
_LOOK_EVERY_S: Final = 5.0
_ANSWER_S: Final = 10.0
#: A slow machine may need this long until its browser answers for the first time.
_START_S: Final = 90.0
#: So many silences in a row are no hiccup.
_ENOUGH: Final = 2
#: A page that came but drew nothing for so long is asked for again.
_BLANK_S: Final = 30.0
#: The dark screen has stood so long when the panel goes off: a visitor who is still there is served.
_DARK_S: Final = 120.0
_AGAIN_S: Final = 2.0
#: A browser that never came to an answer, so often in a row: its profile is broken, or the screen is.
_HOPELESS: Final = 3
#: While it waits, or has just come, it is looked at more often.
_SOON_S: Final = 0.5
_SERVER_S: Final = 5.0
_CACHE_SIZE: Final = "--disk-cache-size=50000000"
_SOUND_EVERY_S: Final = 60.0


class Wall:
    """One wall's machine. `run` belongs to one thread; `stop` may be called from any."""

    def __init__(self, config: Config, *, flags: tuple[str, ...] = ()) -> None:
        self._config = config
        self._flags = flags
        self._panel = Panel()
        self._stop = threading.Event()
        self._silences = 0
        self._blank_since: float | None = None
        self._dark_since: float | None = None
        self._output: sound.Output | None = None
        self._heard_of = 0.0

    def run(self) -> int:
        """Until stopped, by a signal too; 1 when the browser will not come up: start the screen anew."""
        self._stop_by_signal()
        if self._config.rotate and not os.environ.get("MOTCUA_DISPLAY_TURNED"):
            is_turned = self._panel.turn(self._config.rotate)
            _log.info("the picture is %s", "turned" if is_turned else "not turned: no wlr-randr")
        profile = self._config.state / "profile"
        failures = 0
        while not self._stop.is_set():
            came_up = self._one_browser(profile)
            failures = 0 if came_up or self._stop.is_set() else failures + 1
            if failures == _HOPELESS:
                _try_another(profile)
                return 1
            self._stop.wait(_AGAIN_S)
        self._panel.switch(on=True)
        return 0

    def _stop_by_signal(self) -> None:
        # Through a queue that a signal may interrupt anywhere: `Event.set` waits for ever for its own
        # lock when the signal comes inside `Event.wait`.
        asked: queue.SimpleQueue[int] = queue.SimpleQueue()
        with contextlib.suppress(ValueError):  # not in the main thread: a test
            for each in (signal.SIGTERM, signal.SIGINT):
                signal.signal(each, lambda number, _: asked.put(number))

        def wait() -> None:
            asked.get()
            self.stop()

        threading.Thread(target=wait, daemon=True, name="signals").start()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    def _sound(self) -> dict[str, str]:
        """The output chosen and opened; the environment in which the browser plays on it."""
        output = sound.choose(sound.outputs(), self._config.sound)
        if output is None:
            _log.error("no sound output was found")
            return {}
        self._output = output
        self._heard_of = time.monotonic()
        env = sound.prepare(output, self._config.volume, self._config.runtime)
        _log.info("sound: %s (%s), %d %%", output.label, output.name, self._config.volume)
        return env

    def _has_better_sound(self) -> bool:
        """Whether a screen with sound was plugged in, or switched on, since the browser began."""
        now = time.monotonic()
        if not self._panel.is_on or now - self._heard_of < _SOUND_EVERY_S:
            return False
        self._heard_of = now
        found = sound.choose(sound.outputs(), self._config.sound)
        return found is not None and found.is_plugged is True and found != self._output

    def _one_browser(self, profile: Path) -> bool:
        """One run of the browser, until it has to be started again; whether it ever answered."""
        profile.mkdir(parents=True, exist_ok=True)
        # Left by a power cut: the browser would think that another one is running.
        for left in profile.glob("Singleton*"):
            left.unlink(missing_ok=True)
        env = self._sound()
        # In memory, for the sake of cards that wear out.
        cache = (f"--disk-cache-dir={self._config.runtime / 'cache'}", _CACHE_SIZE)
        browser = Browser(profile, WAITING, (*cache, *self._flags), **env)
        began, came_up = time.monotonic(), False
        self._silences, self._blank_since = 0, None
        try:
            while not self._stop.is_set():
                _notify("WATCHDOG=1")
                try:
                    self._mind(browser)
                    came_up, self._silences = True, 0
                except BrowserError as error:
                    self._silences += 1
                    is_young = not came_up and time.monotonic() - began < _START_S
                    has_ended = "ended" in str(error)
                    _log.warning("%s", error)
                    if has_ended or (self._silences >= _ENOUGH and not is_young):
                        self._tell("silent", "")
                        return came_up
                if self._has_better_sound():
                    return came_up
                is_settled = came_up and self._blank_since is None
                self._stop.wait(_LOOK_EVERY_S if is_settled else _SOON_S)
        finally:
            browser.close()
        return came_up

    def _mind(self, browser: Browser) -> None:
        """Look at the page once and do what is to be done. Raises `BrowserError`."""
        is_lit = self._panel.is_on or self._panel.draws_frames
        look = browser.look(is_lit=is_lit, within_s=_ANSWER_S)
        now = time.monotonic()
        at = look.address.partition("#")[0]
        # Of another branch too: that is where it was approved for.
        is_there = at.startswith(f"{self._config.server}/display/")
        if is_there and look.is_drawn:
            self._blank_since = None
            self._tell("pairing" if look.is_pairing else "wall", at)
            self._keep_hours(look, now)
            return
        self._tell("waiting", at)
        if self._blank_since is None:
            self._blank_since = now
        if is_there and now - self._blank_since < _BLANK_S:
            return
        if not answers(self._config.server):
            if at != WAITING:
                browser.show(WAITING, instead_of=at, within_s=_ANSWER_S)
            return
        self._blank_since = now
        browser.show(self._config.home, instead_of=at, within_s=_ANSWER_S)

    def _keep_hours(self, look: Look, now: float) -> None:
        if not look.is_night:
            self._dark_since = None
            self._panel.switch(on=True)
        elif self._dark_since is None:
            self._dark_since = now
        elif now - self._dark_since >= _DARK_S:
            self._panel.switch(on=False)

    def _tell(self, page: str, address: str) -> None:
        """For `check`, in a file."""
        folder = self._config.runtime
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "page": page,
            "address": address,
            "is_on": self._panel.is_on,
            "at": time.monotonic(),
        }
        new = folder / f"{STATE}.new"
        new.write_text(json.dumps(state), encoding="utf-8")
        new.rename(folder / STATE)


def answers(server: str) -> bool:
    """Whether the server can show pages now."""
    try:
        with urllib.request.urlopen(f"{server}/healthz", timeout=_SERVER_S):  # noqa: S310
            return True
    except (OSError, ValueError):
        return False


def _try_another(profile: Path) -> None:
    """No browser came up with this profile: the next start has an empty one.

    Where it does not come up with that either, the screen is at fault and not the profile: it is put
    back, for in it is what the wall is known to the server by.
    """
    spare = profile.with_name("profile.spare")
    if spare.exists():
        shutil.rmtree(profile)
        spare.rename(profile)
    else:
        profile.rename(spare)
    _log.error("the browser did not come up; the next one has another profile")


def _notify(message: str) -> None:
    """Tell systemd, where it started us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(message.encode(), address)
