"""The wall's sound output: which one, not muted, how loud; and a chime to hear it by.

With PipeWire (where the machine has it) its own player and mixer are used; else ALSA, through a
configuration of the wall's own, so that the browser and the chime can be heard at the same time.
"""

import array
import math
import os
import re
import shutil
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CARDS: Final = Path("/proc/asound")
_TIMEOUT_S: Final = 10.0
_RATE: Final = 48_000
#: Two notes, Hz, and how long each is, seconds.
_NOTES: Final = ((659.25, 0.35), (523.25, 0.6))
_PEAK: Final = 0.35
_FADE_S: Final = 0.02
#: Controls of a card that lie in the way of the sound; the first of those present is the volume.
_VOLUMES: Final = ("Master", "PCM", "Digital", "Speaker", "Headphone", "Line Out", "HDMI")
_SWITCHES: Final = ("IEC958",)

_ALSA: Final = """\
# Written by `python -m display run`.
</usr/share/alsa/alsa.conf>
pcm.!default {{ type plug slave.pcm {slave} }}
"""
#: A card is opened by one program alone unless its sound is mixed.
_MIXED: Final = (
    '{{ type dmix ipc_key 20261 ipc_perm 0666 slave {{ pcm "{name}" rate 48000 channels 2 }} }}'
)


@dataclass(frozen=True, slots=True)
class Output:
    """Where the sound goes."""

    #: An ALSA name, or PipeWire's number of the output.
    name: str
    #: As the machine calls it.
    label: str
    card: str = ""
    #: Whether something is plugged in; None where the machine cannot tell.
    is_plugged: bool | None = None
    is_pipewire: bool = False


def alsa_outputs(cards: Path = _CARDS) -> list[Output]:
    """What the cards can play on."""
    try:
        described = (cards / "cards").read_text()
        streams = (cards / "pcm").read_text()
    except OSError:
        return []
    names = {
        int(card[1]): (card[2], card[3].strip())
        for card in re.finditer(r"^\s*(\d+) \[(\S+)\s*\]: \S+ - (.*)$", described, re.MULTILINE)
    }
    found = []
    for stream in re.finditer(r"^(\d+)-(\d+): (.*)$", streams, re.MULTILINE):
        card, device = int(stream[1]), int(stream[2])
        if "playback" not in stream[3] or card not in names:
            continue
        own, title = names[card]
        label = f"{title}, {stream[3].split(' : ')[0].strip()}"
        plugged = jacks(_said("amixer", "-c", own, "contents")).get(device)
        found.append(Output(f"hw:CARD={own},DEV={device}", label, own, plugged))
    return found


def jacks(contents: str) -> dict[int, bool]:
    """By the mixer's list of controls: on which digital outputs (by device) something is plugged in."""
    pattern = r"name='HDMI/DP,pcm=(\d+) Jack'[^\n]*\n[^\n]*\n\s*: values=(on|off)"
    return {int(jack[1]): jack[2] == "on" for jack in re.finditer(pattern, contents)}


def pipewire_outputs(status: str) -> list[Output]:
    """The outputs in `wpctl status`, the one in use first."""
    sinks = status.partition("Sinks:")[2].partition("Sources:")[0].partition("Sink endpoints:")[0]
    lines = re.finditer(r"^\W*?(\*?)\s*(\d+)\.\s+(.*?)\s*(?:\[vol:.*)?$", sinks, re.MULTILINE)
    found = [(line[1], Output(line[2], line[3], is_pipewire=True)) for line in lines]
    return [output for _, output in sorted(found, key=lambda each: each[0], reverse=True)]


def outputs() -> list[Output]:
    """Every output of this machine."""
    if shutil.which("wpctl") and (found := pipewire_outputs(_said("wpctl", "status"))):
        return found
    return alsa_outputs()


def choose(found: list[Output], wanted: str) -> Output | None:
    """The wanted output; or a screen that is plugged in, a card with wires, any other."""
    if wanted:
        named = [o for o in found if wanted.casefold() in f"{o.name} {o.label}".casefold()]
        # Whatever else ALSA may call by that name.
        return named[0] if named else Output(wanted, wanted)
    if found and found[0].is_pipewire:
        return found[0]

    def rank(output: Output) -> int:
        if output.is_plugged is not None:
            return 0 if output.is_plugged else 3
        return 2 if "hdmi" in output.label.casefold() else 1

    return min(found, key=rank, default=None)


def prepare(output: Output, volume: int, folder: Path) -> dict[str, str]:
    """Not muted, at this volume; the environment in which a program plays on it."""
    if output.is_pipewire:
        _said("wpctl", "set-default", output.name)
        _said("wpctl", "set-mute", output.name, "0")
        _said("wpctl", "set-volume", output.name, f"{volume}%")
        return {}
    quoted = '"' + output.name + '"'
    slave = _MIXED.format(name=output.name) if output.name.startswith("hw:") else quoted
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "asound.conf"
    file.write_text(_ALSA.format(slave=slave), encoding="utf-8")
    if output.card:
        for control, percent in levels(_said("amixer", "-c", output.card, "scontrols"), volume):
            _said("amixer", "-c", output.card, "-M", "sset", control, f"{percent}%", "unmute")
            # One that is a switch only refuses a volume, and one without a switch takes none.
            _said("amixer", "-c", output.card, "sset", control, "unmute")
    return {"ALSA_CONFIG_PATH": str(file)}


def levels(controls: str, volume: int) -> list[tuple[str, int]]:
    """What to set of the card's controls: the first of its volumes to `volume`, the rest open."""
    found = re.findall(r"^Simple mixer control '([^']+)',(\d+)$", controls, re.MULTILINE)
    wanted = [
        f"{control},{index}"
        for name in (*_VOLUMES, *_SWITCHES)
        for control, index in found
        if control == name
    ]
    return [(control, 100 if n else volume) for n, control in enumerate(wanted)]


def play_chime(output: Output, folder: Path, env: dict[str, str]) -> str:
    """Play it to the end; what went wrong, empty when nothing did."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "chime.wav"
    write_chime(file)
    player = ("pw-play", "--target", output.name) if output.is_pipewire else ("aplay", "-q")
    try:
        done = subprocess.run(
            (*player, str(file)),
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except FileNotFoundError:
        return f"{player[0]} is not installed"
    except subprocess.TimeoutExpired:
        return f"{player[0]} did not end"
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said or [f"{player[0]}: {done.returncode}"])[-1]


def write_chime(file: Path) -> None:
    """Two notes that die away, as a WAV file."""
    samples = array.array("h")
    for pitch, seconds in _NOTES:
        for n in range(int(seconds * _RATE)):
            at = n / _RATE
            swell = min(1.0, at / _FADE_S) * math.exp(-4 * at / seconds)
            swell *= min(1.0, (seconds - at) / _FADE_S)
            samples.append(int(32_767 * _PEAK * swell * math.sin(2 * math.pi * pitch * at)))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(samples.tobytes())


def _said(*command: str) -> str:
    """What a tool printed; nothing where it failed or is missing."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
