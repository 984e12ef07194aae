"""A kiosk's printer by its address: what it can do, and what came of a slip.

| address | printer |
|---|---|
| (empty) | a folder of .bin files: demo, tests |
| `tcp://host:9100` | on the network; asked before and confirmed after |
| `usb://04b8:0e15` | on USB, vendor and product as `lsusb` shows them |
| `serial:///dev/ttyUSB0?baud=115200` | on a serial line |
| `file:///dev/usb/lp0` | a device file |
| `lp://name` | a CUPS queue |

`?width=384` is for 58 mm paper; `?status=none` for a network printer that answers no question.
"""

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from escpos import printer as escpos
from escpos.exceptions import Error as EscposError
from PIL import Image

from kiosk.printer_error import PrinterError
from kiosk.tcp_printer import TcpPrinter

_BAND: Final = 256
_PORT: Final = 9100
_USB_TIMEOUT_MS: Final = 5_000
#: Below this a slip of 60 kB takes ten seconds and more.
_SLOWEST_BAUD: Final = 57_600
_WIDTHS: Final = range(300, 841)
_SCHEMES: Final = ("", "tcp", "usb", "serial", "file", "lp")


class AddressError(ValueError):
    """The address of a printer cannot be used; the sentence says what to mend."""


class Printer:
    """One printer. `folder` keeps which jobs were begun, and the slips of a printer without address."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._parts = urlsplit(address)
        options = {key: values[-1] for key, values in parse_qs(self._parts.query).items()}
        self.width_dots = _number("width", options.pop("width", "576"))
        self._asks = options.pop("status", "full") != "none"
        self._baud = _number("baud", options.pop("baud", "115200"))
        _check(self._parts, options, self.width_dots, self._baud)
        self._folder = folder

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self._address or "folder"

    @property
    def confirms(self) -> bool:
        """Whether the printer says that the slip is out; others are believed when all was sent."""
        return self._parts.scheme == "tcp" and self._asks

    def claim(self, job: str) -> bool:
        """Mark the job as begun; False when it was begun before: it must not be sent twice."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            os.close(os.open(self._folder / f"{job}.begun", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def print(self, job: str, image: Image.Image) -> None:
        """Send the image. Raises `PrinterError` with `nothing_sent` or `unconfirmed`."""
        try:
            self._send(job, escpos_bytes(image))
        except PrinterError as error:
            if error.code == "nothing_sent":
                (self._folder / f"{job}.begun").unlink(missing_ok=True)
            raise

    def status(self) -> str:
        """`ok`, `paper_low`, `paper_out`, `cover_open`, `offline`; `unknown` where none can be had.

        Raises `PrinterError` when the printer cannot be reached.
        """
        if self._parts.scheme == "tcp":
            return self._tcp().status()
        if self._parts.scheme in ("", "lp"):
            return "ok" if not self._parts.scheme else "unknown"
        device = self._device()
        device.close()
        return "unknown"

    def _send(self, job: str, content: bytes) -> None:
        if not self._parts.scheme:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{job}.bin").write_bytes(content)
        elif self._parts.scheme == "tcp":
            self._tcp().print(content)
        else:
            self._send_to_device(content)

    def _tcp(self) -> TcpPrinter:
        return TcpPrinter(self._parts.hostname or "", self._parts.port or _PORT, asks=self._asks)

    def _send_to_device(self, content: bytes) -> None:
        device = self._device()
        try:
            device._raw(content)  # noqa: SLF001 - the library's own way to send ready bytes
        except (EscposError, OSError) as error:
            raise PrinterError("unconfirmed", str(error)) from error
        finally:
            device.close()

    def _device(self) -> Any:
        """The library's printer, opened; a new one for each job: a failed one never recovers."""
        parts = self._parts
        try:
            match parts.scheme:
                case "usb":
                    vendor, product = (int(n, 16) for n in parts.netloc.split(":"))
                    made: Any = escpos.Usb(vendor, product, timeout=_USB_TIMEOUT_MS)
                case "serial":
                    made = escpos.Serial(parts.path, baudrate=self._baud, timeout=5)
                case "lp":
                    made = escpos.LP(parts.netloc)
                case _:
                    made = escpos.File(parts.path, auto_flush=True)
            made.open()
        except (EscposError, OSError, RuntimeError, ValueError) as error:
            raise PrinterError("nothing_sent", str(error)) from error
        return made


def _number(name: str, value: str) -> int:
    if not value.isdigit():
        raise AddressError(f"{name} must be a number, not {value!r}")
    return int(value)


def _check(parts: SplitResult, unknown: dict[str, str], width: int, baud: int) -> None:
    """Raises `AddressError` with what to mend."""
    if parts.scheme not in _SCHEMES or (not parts.scheme and (parts.netloc or parts.path)):
        raise AddressError(f"a printer's address begins with one of {', '.join(_SCHEMES[1:])}://")
    if unknown:
        raise AddressError(f"unknown option {next(iter(unknown))}; there are width, status, baud")
    if width not in _WIDTHS:
        raise AddressError(f"width is in dots, 576 for 80 mm and 384 for 58 mm, not {width}")
    if parts.scheme == "serial" and baud < _SLOWEST_BAUD:
        raise AddressError(
            f"at {baud} baud a slip takes over ten seconds: set the printer to 115200"
        )
    if parts.scheme in ("tcp", "lp") and not parts.hostname:
        raise AddressError(f"{parts.scheme}:// needs a name after it")
    if parts.scheme == "usb" and not _is_usb(parts.netloc):
        raise AddressError("usb:// needs vendor and product, such as usb://04b8:0e15")
    if parts.scheme in ("serial", "file") and len(parts.path) < 2:  # noqa: PLR2004
        raise AddressError(f"{parts.scheme}:// needs a device's path, such as /dev/usb/lp0")


def _is_usb(netloc: str) -> bool:
    halves = netloc.split(":")
    return [len(half) for half in halves] == [4, 4] and all(
        digit in "0123456789abcdefABCDEF" for half in halves for digit in half
    )


def escpos_bytes(image: Image.Image) -> bytes:
    """The image as ESC/POS: raster bands, then a partial cut."""
    # A named profile: the default one prints a warning for every band.
    printer = escpos.Dummy(profile="TM-T20II")
    printer.image(image, impl="bitImageRaster", fragment_height=_BAND, center=False)
    printer.cut("PART")
    content: bytes = printer.output
    return content
