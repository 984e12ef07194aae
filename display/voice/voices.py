"""The voices that can say any text: a Piper model where there is one, espeak-ng always.

A pack of recordings is no voice of this kind: it lies on the shelf and is asked first.
"""

import importlib.metadata
import importlib.util
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, Protocol

from display.voice.level import Measure

_TIMEOUT_S: Final = 20.0
_MODEL_TIMEOUT_S: Final = 60.0


class VoiceAwayError(Exception):
    """The voice does not answer, or cannot say this."""


class Voice(Protocol):
    """Something that speaks prepared words."""

    @property
    def name(self) -> str:
        """As administrators read it; another name, other clips."""
        ...

    @property
    def origin(self) -> str:
        """One of `pack.ORIGINS`."""
        ...

    def clip(self, text: str, language: str) -> tuple[bytes, Measure]:
        """A finished clip and how it sounds. Raises `VoiceAwayError`."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class ProcessVoice:
    """A voice in a process of its own, started when first asked and again when it died."""

    def __init__(self, name: str, origin: str, *arguments: str, patience_s: float) -> None:
        self.name = name
        self.origin = origin
        self._arguments = arguments
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None

    def clip(self, text: str, language: str) -> tuple[bytes, Measure]:
        """A finished clip and how it sounds. Raises `VoiceAwayError`."""
        for _ in range(2):
            try:
                return self._ask(text, language)
            except OSError:
                self.close()
        raise VoiceAwayError(f"{self.name}: {text!r}")

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _ask(self, text: str, language: str) -> tuple[bytes, Measure]:
        """Raises OSError when the process ends or stays silent."""
        process = self._running()
        assert process.stdin is not None, "opened with a pipe"  # noqa: S101
        assert process.stdout is not None, "opened with a pipe"  # noqa: S101
        patience = threading.Timer(self._patience_s, process.kill)
        patience.start()
        try:
            line = json.dumps({"text": text, "language": language}) + "\n"
            process.stdin.write(line.encode())
            process.stdin.flush()
            head = process.stdout.readline()
            if not head:
                raise OSError("the voice ended")
            told = json.loads(head)
            length = told.pop("bytes")
            content = process.stdout.read(length)
        finally:
            patience.cancel()
        if not content or len(content) < length:
            raise OSError("nothing was said")
        return content, Measure(**told)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.worker", *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def espeak() -> ProcessVoice:
    """The one that is always there; to be replaced before the public hears it."""
    version = importlib.metadata.version("espeakng-loader")
    return ProcessVoice(
        f"espeak-ng (espeakng-loader {version})", "espeak", "espeak", patience_s=_TIMEOUT_S
    )


def piper(model: Path) -> ProcessVoice:
    """A model in Piper's format."""
    arguments = ("piper", str(model))
    return ProcessVoice(f"piper {model.stem}", "piper", *arguments, patience_s=_MODEL_TIMEOUT_S)


def model_of(root: Path, language: str) -> Path | None:
    """The Piper model that lies in `models/<language>`: an .onnx with its .onnx.json beside it."""
    models = sorted((root / "models" / language).glob("*.onnx"))
    return next((m for m in models if m.with_name(f"{m.name}.json").is_file()), None)


def best(root: Path, language: str) -> Voice:
    """The best voice that speaks a language here; Piper only where its package is installed."""
    model = model_of(root, language)
    if model is not None and importlib.util.find_spec("piper") is not None:
        return piper(model)
    return espeak()
