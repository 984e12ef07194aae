"""The printer: ESC/POS bytes by python-escpos, to a network printer or into a folder.

Whether a slip came out is one of three answers, and the doubtful one is never retried by itself.
"""

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from escpos.exceptions import Error as EscposError
from escpos.printer import Dummy, Network
from PIL import Image

_TIMEOUT_S: Final = 3
_BAND: Final = 256
_PORT: Final = 9100


class PrinterError(Exception):
    """The slip did not come out, or nobody can say; `code` is what the log records."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class Printer:
    """`address` is `tcp://host:port`, or empty for a folder of .bin files (demo, tests)."""

    width_dots: Final = 576

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self._address or "folder"

    def claim(self, job: str) -> bool:
        """Mark the job as begun; False when it was begun before: it must not be sent twice."""
        try:
            os.close(os.open(self._folder / f"{job}.begun", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def print(self, job: str, image: Image.Image) -> None:
        """Send the image. Raises `PrinterError` with `nothing_sent` or `unconfirmed`."""
        content = escpos_bytes(image)
        if not self._address:
            (self._folder / f"{job}.bin").write_bytes(content)
            return
        parts = urlsplit(self._address)
        # One object per job: after a failed open it never reconnects.
        printer = Network(parts.hostname, port=parts.port or _PORT, timeout=_TIMEOUT_S)
        try:
            printer.open()
        except (EscposError, OSError) as error:
            (self._folder / f"{job}.begun").unlink(missing_ok=True)
            raise PrinterError("nothing_sent", str(error)) from error
        try:
            printer._raw(content)  # noqa: SLF001 - the library's own way to send ready bytes
        except (EscposError, OSError) as error:
            raise PrinterError("unconfirmed", str(error)) from error
        finally:
            printer.close()


def escpos_bytes(image: Image.Image) -> bytes:
    """The image as ESC/POS: raster bands, then a partial cut."""
    # A named profile: the default one prints a warning for every band.
    printer = Dummy(profile="TM-T20II")
    printer.image(image, impl="bitImageRaster", fragment_height=_BAND, center=False)
    printer.cut("PART")
    content: bytes = printer.output
    return content
