"""Sentences as sound, for those who cannot read the kiosk: made here, kept, never from a network."""

import hashlib
import json
import logging
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, Protocol

_log = logging.getLogger(__name__)

#: Part of every clip's name: another voice makes other clips.
_VERSION: Final = "espeak-1"
_TIMEOUT_S: Final = 5.0
#: Clips kept on the disk; a kiosk's screens say a few hundred sentences, and numbers.
_KEPT: Final = 5_000
_LOOK_EVERY: Final = 100


class SpeechAwayError(Exception):
    """No voice can be heard on this machine now."""


class Voice(Protocol):
    """Something that speaks prepared words."""

    def clip(self, text: str, language: str) -> bytes:
        """An Ogg/Opus clip. Raises `SpeechAwayError`."""
        ...


class EspeakVoice:
    """espeak-ng in a process of its own, started when first needed and again when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def clip(self, text: str, language: str) -> bytes:
        """An Ogg/Opus clip. Raises `SpeechAwayError`."""
        with self._lock:
            # A worker that died since the last sentence is found out by asking it.
            for _ in range(2):
                if found := self._ask(text, language):
                    return found
        raise SpeechAwayError

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._drop()

    def _ask(self, text: str, language: str) -> bytes:
        process = self._running()
        if process is None or process.stdin is None or process.stdout is None:
            return b""
        patience = threading.Timer(_TIMEOUT_S, process.kill)
        patience.start()
        try:
            line = json.dumps({"text": text, "language": language}) + "\n"
            process.stdin.write(line.encode())
            process.stdin.flush()
            (length,) = struct.unpack(">I", _exactly(process, 4))
            return _exactly(process, length)
        except (OSError, struct.error):
            self._drop()
            return b""
        finally:
            patience.cancel()

    def _running(self) -> "subprocess.Popen[bytes] | None":
        if self._process is None or self._process.poll() is not None:
            self._drop()
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", f"{__package__}.speech_worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                _log.warning("no voice: %s", error)
                self._process = None
        return self._process

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _exactly(process: "subprocess.Popen[bytes]", length: int) -> bytes:
    """So many bytes of the worker's answer. Raises OSError when it ended before."""
    assert process.stdout is not None, "opened with a pipe"  # noqa: S101
    content = b""
    while len(content) < length:
        part = process.stdout.read(length - len(content))
        if not part:
            raise OSError("the voice ended")
        content += part
    return content


class Clips:
    """Clips by what they say, made once."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self._folder = folder
        self._voice = voice
        self._made = 0

    def of(self, prepared: str, language: str) -> bytes:
        """The clip of words that `domain.reading` prepared. Raises `SpeechAwayError`."""
        name = hashlib.sha256(f"{_VERSION}|{language}|{prepared}".encode()).hexdigest()
        file = self._folder / f"{name}.ogg"
        if file.exists():
            return file.read_bytes()
        clip = self._voice.clip(prepared, language)
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_bytes(clip)
        fresh.replace(file)
        self._made += 1
        if self._made % _LOOK_EVERY == 0:
            self._forget_oldest()
        return clip

    def _forget_oldest(self) -> None:
        files = sorted(self._folder.glob("*.ogg"), key=lambda f: f.stat().st_mtime)
        for file in files[: max(0, len(files) - _KEPT)]:
            file.unlink(missing_ok=True)
