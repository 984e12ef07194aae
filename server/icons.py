"""Icons: one sprite of those that the screens name, and single files for a branch's services.

They come from the `lucide` package (ISC). The sprite is an allow-list, so a screen downloads
forty icons and not seventeen hundred; a service's icon is chosen in the branch file from the
whole set and is served alone.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final
from zipfile import ZipFile

#: Every icon that a screen names in its own code. A test keeps this list and the code together.
SPRITE: Final = frozenset(
    """
    a-large-small accessibility arrow-down-to-line arrow-left arrow-right arrow-right-left
    arrow-up bell bell-ring chart-column check chevron-down chevron-left chevron-right circle-alert
    circle-check circle-minus circle-pause clock clock-alert coffee contrast door-closed download
    file-plus file-text gauge hand-helping id-card info key-round link list-checks lock lock-open
    log-in log-out megaphone monitor monitor-smartphone phone play printer qr-code rotate-ccw search shield-alert
    smartphone star table timer triangle-alert tv undo-2 user-x users volume-2 volume-x wallet
    wifi wifi-off x scroll-text user-cog tablet-smartphone message-square-warning delete user-round repeat ticket
    user-plus ban shield-check shield-off copy
    flask-conical book-open building-2 calendar-days upload smile trending-up trending-down
    """.split()  # noqa: SIM905 - reads and sorts better than sixty quoted names
)

_TAG = re.compile(r"<svg\b[^>]*>", re.DOTALL)
_PAINT: Final = (
    'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
    ' stroke-linejoin="round"'
)
_NAME = re.compile(r"[a-z0-9-]{1,40}")


def sprite() -> str:
    """All of `SPRITE` as symbols; stroke and colour are the user's."""
    return _sprite(SPRITE)


@cache
def version() -> str:
    """What changes whenever the sprite does."""
    return hashlib.sha256(sprite().encode()).hexdigest()[:12]


@lru_cache(maxsize=8)
def _sprite(names: frozenset[str]) -> str:
    drawn = _drawings()
    symbols = (
        f'<symbol id="{name}" viewBox="0 0 24 24">{drawn[name]}</symbol>' for name in sorted(names)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def single(name: str) -> str | None:
    """One icon of the whole set, to be used as `<file>#icon`; None for an unknown name."""
    if not _NAME.fullmatch(name) or name not in _drawings():
        return None
    return (
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="icon" viewBox="0 0 24 24">'
        f"{_drawings()[name]}</symbol></svg>"
    )


def inline(name: str, size: int = 24, stroke: float = 2) -> str:
    """One icon drawn in the page itself, for pages that must stand without further requests."""
    return (
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24"'
        f' {_PAINT.replace("2", str(stroke), 1)} aria-hidden="true">{_drawings()[name]}</svg>'
    )


@cache
def _drawings() -> Mapping[str, str]:
    """What is inside the `<svg>` of every icon, by name. Only that outer tag is touched."""
    archive = files("lucide").joinpath("lucide.zip").read_bytes()
    with ZipFile(BytesIO(archive)) as opened:
        return {
            name.removesuffix(".svg"): _inside(opened.read(name).decode())
            for name in opened.namelist()
            if name.endswith(".svg")
        }


def _inside(svg: str) -> str:
    body = _TAG.sub("", svg, count=1).replace("</svg>", "")
    return " ".join(line.strip() for line in body.splitlines() if line.strip())
