"""The bytes of a slip as an interpreter of another project understands them."""

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageChops

_SCRIPT = Path(__file__).with_name("read_escpos.mjs")
_NPOS = Path(__file__).parents[2] / "node_modules" / "npos"


@dataclass(frozen=True, slots=True)
class Paper:
    """What came out: the commands by name with their bytes, and one image."""

    commands: list[tuple[str, bytes]]
    image: Image.Image


def needs_reader() -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not _NPOS.is_dir(), reason="npos is not installed: run `make test` or browser_files --dev"
    )


def read(content: bytes) -> Paper:
    """Read by npos. Raises `ValueError` where it meets a command it does not know."""
    # Where Node came from the wheel it stands beside this environment's Python.
    node = shutil.which("node", path=os.pathsep.join((os.environ["PATH"], f"{sys.prefix}/bin")))
    assert node, "Node was there to install npos"
    answer = subprocess.run(
        [node, str(_SCRIPT)], input=content, capture_output=True, check=True, timeout=60
    )
    found = json.loads(answer.stdout)
    if "error" in found:
        raise ValueError(found["error"])
    assert not answer.stderr, answer.stderr
    (picture,) = found["images"]
    size = (picture["width"], picture["height"])
    dots = Image.frombytes("1", size, base64.b64decode(picture["dots"]), "raw", "1;I")
    commands = [
        (one["name"], content[one["offset"] : one["offset"] + one["length"]])
        for one in found["commands"]
    ]
    return Paper(commands, dots)


def differs(one: Image.Image, other: Image.Image) -> bool:
    """Whether two images are not the same, dot for dot."""
    if one.size != other.size:
        return True
    return ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is not None
