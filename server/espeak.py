"""espeak-ng, the voice that is always there, from its wheel.

It is not re-entrant, and its licence (GPL) is not ours: only the processes of its own that speak
may import this, `kiosk.speech_worker` and `display.voice.worker`.
"""

import ctypes
from pathlib import Path
from typing import Any, Final

import espeakng_loader
import numpy as np

#: Of the voices that speak Vietnamese this is the one that was understood best.
VOICES: Final = {"vi": "vi+f5", "en": "en-us+f5"}
_RATE_PARAMETER: Final = 1
_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_UTF8: Final = 1

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Espeak:
    """The synthesiser. Raises OSError where its library cannot be used."""

    def __init__(self, words_per_minute: int) -> None:
        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        folder = str(Path(espeakng_loader.get_data_path()).parent).encode()
        #: Samples a second.
        self.hz: int = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, folder, _DONT_EXIT)
        if self.hz <= 0:
            raise OSError("espeak-ng does not start")
        self._heard: list[Any] = []
        self._callback = _Callback(self._hear)
        self._lib.espeak_SetSynthCallback(self._callback)
        self._lib.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)

    def _hear(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._heard.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    def samples(self, text: str, language: str) -> Any:
        """Words that `domain.reading` prepared as samples in -1..1; none where nothing was heard.

        Raises OSError for a language without a voice.
        """
        self._heard.clear()
        voice = VOICES.get(language, "")
        if not voice or self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise OSError(f"no voice for {language}")
        content = text.encode()
        # Its hiss is drawn by chance: the same words are to be the same sound.
        self._lib.espeak_ng_SetRandSeed(1)
        self._lib.espeak_Synth(content, len(content) + 1, 0, 1, 0, _UTF8, None, None)
        self._lib.espeak_Synchronize()
        if not self._heard:
            return np.zeros(0, np.float32)
        return np.concatenate(self._heard).astype(np.float32) / 32_768
