"""The packs of one language on the disk: what people recorded goes before what was made here.

A slot is a small file that names a folder; it is replaced in one step, so that whoever reads sees
the old pack or the new one, and a build that was killed leaves the old one in force.
"""

import contextlib
import fcntl
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from display.voice.pack import (
    LANGUAGES,
    MANIFEST,
    Pack,
    PackError,
    Problem,
    judge,
    load,
)

RECORDED: Final = "recorded"
BUILT: Final = "built"
#: Free notices, each a word of its own.
NOTICES: Final = "notices"
SLOTS: Final = (RECORDED, BUILT, NOTICES)
_MOST_FILES: Final = 2_000
_MOST_BYTES: Final = 100_000_000


class Shelf:
    """`root` is the folder `voice` of the data folder."""

    def __init__(self, root: Path, language: str) -> None:
        """Raises ValueError for a language without packs."""
        if language not in LANGUAGES:
            raise ValueError(f"no packs in {language!r}")
        self.language = language
        self.folder = root / language

    def pack(self, slot: str) -> Pack | None:
        """The pack in force of a slot; None where there is none that can be read."""
        try:
            name = (self.folder / slot).read_text(encoding="utf-8").strip()
            return load(self.folder / "packs" / name)
        except (OSError, PackError):
            return None

    def packs(self) -> list[Pack]:
        """Those in force, the first to be asked first."""
        return [pack for slot in SLOTS if (pack := self.pack(slot))]

    def put(self, slot: str, folder: Path) -> Pack:
        """Make a finished folder on the same disk the pack in force. It is moved away from there."""
        pack = load(folder)
        packs = self.folder / "packs"
        packs.mkdir(parents=True, exist_ok=True)
        place = packs / f"{slot}-{pack.checksum[:16]}"
        if place.exists():
            # The same words sound the same; what is there may be in use.
            place = Path(tempfile.mkdtemp(prefix=f"{slot}-{pack.checksum[:16]}-", dir=packs))
        before = self._name(slot)
        folder.rename(place)
        fresh = self.folder / f"{slot}.new"
        fresh.write_text(f"{place.name}\n", encoding="utf-8")
        fresh.replace(self.folder / slot)
        # The one before is kept: a wall may be playing from it.
        for old in packs.glob(f"{slot}-*"):
            if old.name not in (place.name, before):
                shutil.rmtree(old, ignore_errors=True)
        return load(place)

    def remove(self, slot: str) -> None:
        """Forget the pack of a slot."""
        (self.folder / slot).unlink(missing_ok=True)
        for old in (self.folder / "packs").glob(f"{slot}-*"):
            shutil.rmtree(old, ignore_errors=True)

    def install(self, source: Path, wanted: Iterable[str], *, partial: bool = False) -> Pack:
        """Take a recorded pack from a folder or a zip, when nothing is wrong with it.

        `partial` lets words be missing: the voice made here then says them. Raises `PackError`, and
        `BrokenPackError` with every problem.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="installing-", dir=self.folder))
        try:
            copy(source, fresh)
            pack = load(fresh)
            if pack.language != self.language:
                raise PackError("wrong_language", pack.language)
            problems = judge(pack, () if partial else wanted)
            if problems:
                raise BrokenPackError(problems)
            return self.put(RECORDED, fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    @contextlib.contextmanager
    def only_one(self) -> Iterator[bool]:
        """Whether nobody else builds here; the lock goes with the process, however it ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True

    def _name(self, slot: str) -> str:
        with contextlib.suppress(OSError):
            return (self.folder / slot).read_text(encoding="utf-8").strip()
        return ""


class BrokenPackError(PackError):
    """A pack with something wrong in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].code, problems[0].word)
        self.problems = problems


def copy(source: Path, folder: Path) -> None:
    """The manifest and clips of a folder or zip, and nothing else of it. Raises `PackError`."""
    if source.is_dir():
        if not (source / MANIFEST).is_file():
            raise PackError("no_manifest", str(source))
        for file in (source / MANIFEST, *source.glob("*.ogg")):
            shutil.copyfile(file, folder / file.name)
        return
    try:
        with zipfile.ZipFile(source) as archive:
            _unpack(archive, folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise PackError("not_a_pack", str(source)) from error


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    items = [item for item in archive.infolist() if not item.is_dir()]
    if len(items) > _MOST_FILES or sum(item.file_size for item in items) > _MOST_BYTES:
        raise PackError("too_large")
    for item in items:
        # The last part of the name only: a zip cannot write elsewhere.
        name = Path(item.filename).name
        if name == MANIFEST or name.endswith(".ogg"):
            (folder / name).write_bytes(archive.read(item))
    if not (folder / MANIFEST).is_file():
        raise PackError("no_manifest", "zip")
