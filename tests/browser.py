"""Chromium for the tests: pages that fail their test on any word to the outside or any error."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
    # The wall board speaks without anybody touching it.
    "--autoplay-policy=no-user-gesture-required",
)
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
#: A first navigation on a busy machine was seen to take most of a minute.
NAVIGATION_MS = 60_000

OpenPage = Callable[..., Page]


def chromium_path() -> str | None:
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@dataclass
class Watch:
    """What pages did that they must not do."""

    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, browser: Browser, url: str | None = None, **options: Any) -> Page:
        """A page in a context of its own; `options` are those of a browser context."""
        context = browser.new_context(**{"locale": "vi-VN", **options})
        context.set_default_navigation_timeout(NAVIGATION_MS)
        self.contexts.append(context)
        context.on("request", self._see_request)
        page = context.new_page()
        page.on("websocket", lambda socket: self._see_address(socket.url))
        page.on("pageerror", lambda error: self.faults.append(f"error in the page: {error}"))
        if url is not None:
            page.goto(url)
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _see_request(self, request: Request) -> None:
        self._see_address(request.url)

    def _see_address(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in LOOPBACK:
            self.faults.append(f"a word to the outside: {url}")
