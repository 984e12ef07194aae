"""Media files: only those that the branch file names, and only what they say they are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from display import media
from server import branches
from server.clock import Clock
from server.domain.hall import Media
from tests.live_office import BRANCH
from tests.server.signing import application, context_of


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with application(tmp_path) as made:
        context = context_of(made)
        listed = tuple(Media(file=f) for f in ("a.png", "b.mp4", "c.jpg", "d.webm", "e.png"))
        known = replace(branches.require(context.engine, BRANCH), media=listed)
        branches.apply(context.engine, known, now=Clock().now(), actor="test")
        yield made


def test_only_what_is_named_and_is_what_it_says(app: Flask) -> None:
    folder = media.folder(context_of(app).settings.data, BRANCH)
    folder.mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(folder / "a.png")
    Image.new("RGB", (4, 4)).save(folder / "not-listed.png")
    (folder / "b.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 100)
    (folder / "c.jpg").write_bytes(b"<script>alert(1)</script>")
    (folder / "e.png").symlink_to(folder / "a.png")
    client = app.test_client()
    picture = client.get(f"/display/media/{BRANCH}/a.png", buffered=True)
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    part = client.get(
        f"/display/media/{BRANCH}/b.mp4", headers={"Range": "bytes=4-7"}, buffered=True
    )
    assert (part.status_code, part.data, part.mimetype) == (206, b"ftyp", "video/mp4")
    for file in ("c.jpg", "d.webm", "e.png", "not-listed.png", "..%2Fsecret", "a.png.exe"):
        answer = client.get(f"/display/media/{BRANCH}/{file}", buffered=True)
        assert answer.status_code == 404, file
    assert client.get("/display/media/khac/a.png").status_code == 404


def test_what_is_too_large_is_not_shown(tmp_path: Path) -> None:
    large = tmp_path / "a.png"
    Image.new("RGB", (4, 4)).save(large)
    assert media.kind_of(large) == "image/png"
    with large.open("r+b") as file:
        file.truncate(10 * 1024 * 1024 + 1)
    assert media.kind_of(large) is None
