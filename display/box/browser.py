"""The wall's browser and the pipe by which it is asked how its page is (Chrome DevTools protocol).

A pipe, not a port: nobody else on the machine or the network can speak to the browser.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SCRIPT: Final = Path(__file__).resolve().parents[2] / "deploy" / "screen" / "browser.sh"
#: Above the two numbers at which the browser looks for its pipe.
_FREE_FD: Final = 10
_END_S: Final = 8.0
_CHUNK: Final = 65_536
#: The page is asked after its next frame: one whose pictures stand still does not answer.
_LOOK: Final = """new Promise((done) => (%s)(() => done({
  address: location.href,
  is_drawn: Boolean(document.getElementById("app")?.childElementCount),
  is_night: Boolean(document.querySelector("main.night")),
  is_pairing: Boolean(document.querySelector("main.pair")),
})))"""
_NEXT_FRAME: Final = "requestAnimationFrame"
#: A panel that is off draws no frames.
_SOON: Final = "setTimeout"


class BrowserError(Exception):
    """The browser has ended or does not answer; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the page is."""

    address: str
    #: Whether its script has drawn anything.
    is_drawn: bool
    #: Whether it shows the dark screen of closed doors.
    is_night: bool
    #: Whether it shows a code, to be let in.
    is_pairing: bool


class Browser:
    """One run of the browser. For one thread."""

    def __init__(self, profile: Path, page: str, flags: tuple[str, ...], **env: str) -> None:
        ours, theirs = _pipe(), _pipe()
        self._read, self._write = theirs[0], ours[1]
        self._heard = b""
        self._last = 0
        self._session = ""
        given = {"MOTCUA_PIPE_IN": str(ours[0]), "MOTCUA_PIPE_OUT": str(theirs[1])}
        self._process = subprocess.Popen(
            (str(_SCRIPT), str(profile), page, *flags),
            env={**os.environ, **env, **given},
            pass_fds=(ours[0], theirs[1]),
            start_new_session=True,
        )
        for fd in (ours[0], theirs[1]):
            os.close(fd)

    def look(self, *, is_lit: bool, within_s: float) -> Look:
        """How the page is. Raises `BrowserError`."""
        until = time.monotonic() + within_s
        script = _LOOK % (_NEXT_FRAME if is_lit else _SOON)
        wish = {"expression": script, "awaitPromise": True, "returnByValue": True}
        found = self._ask_page("Runtime.evaluate", wish, until)["result"].get("value")
        if not isinstance(found, dict):
            # It went elsewhere while it was asked.
            raise BrowserError("the page said nothing of itself")
        return Look(**found)

    def show(self, page: str, *, instead_of: str, within_s: float) -> None:
        """Go to another page, or begin the same one anew. Raises `BrowserError`."""
        until = time.monotonic() + within_s
        if page.partition("#")[0] == instead_of.partition("#")[0]:
            self._ask_page("Page.reload", {"ignoreCache": True}, until)
        else:
            self._ask_page("Page.navigate", {"url": page}, until)

    def close(self) -> None:
        """End the browser and all that it started; its profile is written."""
        with contextlib.suppress(BrowserError):
            self._ask("Browser.close", {}, time.monotonic() + 1)
        for fd in (self._write, self._read):
            os.close(fd)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(_END_S)

    def _ask_page(self, method: str, wish: dict[str, Any], until: float) -> dict[str, Any]:
        if not self._session:
            while not (pages := self._pages(until)):
                time.sleep(0.1)
            wanted = {"targetId": pages[0], "flatten": True}
            self._session = self._ask("Target.attachToTarget", wanted, until)["sessionId"]
        return self._ask(method, wish, until, self._session)

    def _pages(self, until: float) -> list[str]:
        targets = self._ask("Target.getTargets", {}, until)["targetInfos"]
        return [str(each["targetId"]) for each in targets if each["type"] == "page"]

    def _ask(
        self, method: str, wish: dict[str, Any], until: float, session: str = ""
    ) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": wish}
        if session:
            message["sessionId"] = session
        try:
            os.write(self._write, json.dumps(message).encode() + b"\0")
        except OSError as error:
            raise BrowserError("the browser has ended") from error
        while True:
            answer = self._next(until)
            if answer.get("method") == "Target.detachedFromTarget":
                self._session = ""
            if answer.get("id") == self._last:
                if "error" in answer:
                    self._session = ""
                    raise BrowserError(str(answer["error"].get("message", "refused")))
                return dict(answer["result"])

    def _next(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._heard:
            left = until - time.monotonic()
            if left <= 0 or not select.select((self._read,), (), (), left)[0]:
                raise BrowserError("the page does not answer")
            heard = os.read(self._read, _CHUNK)
            if not heard:
                raise BrowserError("the browser has ended")
            self._heard += heard
        message, _, self._heard = self._heard.partition(b"\0")
        return dict(json.loads(message))


def _pipe() -> tuple[int, int]:
    """The two ends of a pipe, neither of them at a number that the browser needs."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _FREE_FD) for end in ends]
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
