"""A hall with a wall display of every layout, for the tests that look at walls."""

from dataclasses import replace

from PIL import Image

from display import media
from server import branches, database, devices
from server.access import Role
from server.domain.catalogue import Catalogue, Counter, Display, Layout, Media, Text
from server.domain.ids import CounterId
from tests.live_office import BRANCH, EARLIER, Office

LAYOUTS = {
    "display": Display(name="display"),
    "far": Display(name="far", layout=Layout.FAR),
    "many": Display(name="many", layout=Layout.MANY),
    "media": Display(name="media", layout=Layout.MEDIA, speaks=False),
    "sign": Display(name="sign", layout=Layout.SIGN, counters=(1,), speaks=False),
    "zone": Display(name="zone", counters=(1, 2)),
}


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
