"""A hall with a wall display of every layout, for the tests that look at walls."""

from collections.abc import Callable
from dataclasses import replace

import redis
from PIL import Image
from playwright.sync_api import Page, expect

from display import media
from server import branches, database, devices, redis_server
from server.access import Role
from server.domain.catalogue import Catalogue, Counter
from server.domain.hall import Display, Layout, Media
from server.domain.ids import CounterId
from server.domain.text import Text
from tests.live_office import BRANCH, EARLIER, Office

LAYOUTS = {
    "display": Display(name="display"),
    "far": Display(name="far", layout=Layout.FAR),
    "many": Display(name="many", layout=Layout.MANY),
    "media": Display(name="media", layout=Layout.MEDIA, speaks=False),
    "sign": Display(name="sign", layout=Layout.SIGN, counters=(1,), speaks=False),
    "zone": Display(name="zone", counters=(1, 2)),
    "film": Display(name="film", layout=Layout.MEDIA),
}
#: Counts what comes out of the loudspeaker: how often it sounded, and how long in all.
LISTEN = """
(() => {
  window.heard = {level: 0, ms: 0, nodes: 0};
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode && !(this instanceof AnalyserNode)) {
      window.heard.nodes += 1;
      const ear = this.context.createAnalyser();
      ear.fftSize = 2048;
      connect.call(this, ear);
      const samples = new Float32Array(ear.fftSize);
      setInterval(() => {
        ear.getFloatTimeDomainData(samples);
        const level = Math.max(...samples.map(Math.abs));
        window.heard.level = Math.max(window.heard.level, level);
        if (level > 0.02) window.heard.ms += 40;
      }, 40);
    }
    return connect.call(this, to, ...more);
  };
})();
"""


def furnish(office: Office, *, counters: int = 16, more_media: tuple[Media, ...] = ()) -> None:
    """Displays of every layout with their tokens, so many counters, a picture and a text."""
    engine = database.connect(f"sqlite:///{office.data / 'motcua.db'}")
    try:
        known = branches.require(engine, BRANCH)
        branches.apply(engine, _with(known, counters, more_media), now=EARLIER, actor="job:test")
        for name in LAYOUTS:
            if name not in office.tokens:
                office.tokens[name] = devices.add(
                    engine, branch=BRANCH, role=Role.DISPLAY, name=name
                )
    finally:
        engine.dispose()
    folder = media.folder(office.data, BRANCH)
    folder.mkdir(parents=True, exist_ok=True)
    Image.linear_gradient("L").resize((1280, 720)).save(folder / "anh.png")


def _with(known: Catalogue, counters: int, more_media: tuple[Media, ...]) -> Catalogue:
    first = known.counters[0]
    added = tuple(
        Counter(id=CounterId(f"{BRANCH}-{n}"), number=n, sources=first.sources)
        for n in range(len(known.counters) + 1, counters + 1)
    )
    return replace(
        known,
        counters=known.counters + added,
        displays=tuple(LAYOUTS.values()),
        media=(
            Media(file="anh.png"),
            Media(text=Text(vi="Nộp hồ sơ trực tuyến tại nhà, không phải chờ", en="Apply online")),
            *more_media,
        ),
    )


def address(office: Office, name: str) -> str:
    """The page of one of these displays."""
    return f"{office.base_url}/display/{BRANCH}#token={office.tokens[name]}"


def wall(
    open_page: Callable[..., Page], office: Office, name: str, size: tuple[int, int] = (1920, 1080)
) -> Page:
    page = open_page(viewport={"width": size[0], "height": size[1]})
    page.add_init_script(LISTEN)
    page.goto(address(office, name))
    expect(page.locator(".wall")).to_be_visible()
    return page


def until(page: Page, condition: str, within_s: int = 30) -> None:
    """The page's policy lets nothing be evaluated by the page itself."""
    for _ in range(within_s * 5):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{condition}: {page.evaluate('window.heard')}")


def announcers(office: Office, number: str, how: str = "shown") -> set[str]:
    """The displays that said they showed (or spoke) this number's call."""
    found = office.events()
    of = {e["ticket"]: e["payload"]["number"] for e in found if e["type"] == "TicketIssued"}
    return {
        e["payload"]["display"]
        for e in found
        if e["type"] == "CallAnnounced" and of[e["ticket"]] == number and e["payload"]["how"] == how
    }


def told_of(office: Office, page: Page, problem: bytes) -> None:
    """The device wall will say it."""
    with redis.Redis.from_url(redis_server.url_of(office.data)) as known:
        for _ in range(200):
            if any(problem in entry for entry in known.hvals(f"motcua:contacts:{BRANCH}")):  # type: ignore[union-attr]
                return
            page.wait_for_timeout(200)
    raise AssertionError("nobody was told")
