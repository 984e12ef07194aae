"""The wall's machine: which sound output, how loud, a chime that is really heard; screens; `check`."""

import array
import json
import math
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from display.box import panel, sound
from display.box.sound import Output
from tests.live_office import ROOT, free_port

#: As the kernel and alsa-utils write them, on a mini-PC with a television and a USB loudspeaker.
CARDS = """\
 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xdf240000 irq 129
 1 [Device         ]: USB-Audio - USB Audio Device
                      C-Media USB Audio Device at usb-0000:00:14.0-2, full speed
"""
STREAMS = """\
00-00: ALC283 Analog : ALC283 Analog : playback 1 : capture 1
00-03: HDMI 0 : HDMI 0 : playback 1
00-07: HDMI 1 : HDMI 1 : playback 1
01-00: USB Audio : USB Audio : playback 1 : capture 1
01-01: USB Audio : USB Audio #1 : capture 1
"""
CONTENTS = """\
numid=20,iface=CARD,name='HDMI/DP,pcm=3 Jack'
  ; type=BOOLEAN,access=r-------,values=1
  : values=off
numid=26,iface=CARD,name='HDMI/DP,pcm=7 Jack'
  ; type=BOOLEAN,access=r-------,values=1
  : values=on
numid=13,iface=CARD,name='Headphone Jack'
  ; type=BOOLEAN,access=r-------,values=1
  : values=on
"""
CONTROLS = """\
Simple mixer control 'Master',0
Simple mixer control 'Headphone',0
Simple mixer control 'Mic Boost',0
Simple mixer control 'IEC958',0
Simple mixer control 'IEC958',1
Simple mixer control 'Capture',0
"""
STATUS = """\
PipeWire 'pipewire-0' [0.3.65, tv@box, cookie:1]
Audio
 ├─ Devices:
 │      42. Built-in Audio                      [alsa]
 │
 ├─ Sinks:
 │      47. Built-in Audio Analog Stereo        [vol: 0.40]
 │  *   51. Built-in Audio Digital Stereo (HDMI) [vol: 0.74 MUTED]
 │
 ├─ Sink endpoints:
 │
 ├─ Sources:
 │  *   48. Built-in Audio Analog Stereo        [vol: 1.00]
"""

ANALOG = Output("hw:CARD=PCH,DEV=0", "HDA Intel PCH, ALC283 Analog", "PCH")
EMPTY = Output("hw:CARD=PCH,DEV=3", "HDA Intel PCH, HDMI 0", "PCH", is_plugged=False)
TELEVISION = Output("hw:CARD=PCH,DEV=7", "HDA Intel PCH, HDMI 1", "PCH", is_plugged=True)
UNTOLD = Output("hw:CARD=tv,DEV=0", "tv-hdmi, HDMI", "tv")


# Which output --------------------------------------------------------------------------------
def test_every_output_of_the_cards_is_found(tmp_path: Path) -> None:
    (tmp_path / "cards").write_text(CARDS)
    (tmp_path / "pcm").write_text(STREAMS)
    found = sound.alsa_outputs(tmp_path)
    assert [(o.name, o.label) for o in found] == [
        ("hw:CARD=PCH,DEV=0", "HDA Intel PCH, ALC283 Analog"),
        ("hw:CARD=PCH,DEV=3", "HDA Intel PCH, HDMI 0"),
        ("hw:CARD=PCH,DEV=7", "HDA Intel PCH, HDMI 1"),
        ("hw:CARD=Device,DEV=0", "USB Audio Device, USB Audio"),
    ]
    assert sound.alsa_outputs(tmp_path / "none") == []


def test_the_mixer_tells_where_a_screen_is_plugged_in() -> None:
    assert sound.jacks(CONTENTS) == {3: False, 7: True}


@pytest.mark.parametrize(
    ("found", "wanted", "chosen"),
    [
        ([ANALOG, EMPTY, TELEVISION], "", TELEVISION),
        ([EMPTY, ANALOG], "", ANALOG),
        ([UNTOLD, ANALOG], "", ANALOG),
        ([EMPTY, UNTOLD], "", UNTOLD),
        ([ANALOG, EMPTY, TELEVISION], "hdmi 0", EMPTY),
        ([ANALOG, TELEVISION], "sysdefault:CARD=tv", Output("sysdefault:CARD=tv", "sysdefault:CARD=tv")),
        ([], "", None),
    ],
)  # fmt: skip
def test_a_screen_that_is_plugged_in_comes_first(
    found: list[Output], wanted: str, chosen: Output | None
) -> None:
    assert sound.choose(found, wanted) == chosen


def test_pipewire_says_which_output_is_in_use() -> None:
    found = sound.pipewire_outputs(STATUS)
    assert [(o.name, o.label) for o in found] == [
        ("51", "Built-in Audio Digital Stereo (HDMI)"),
        ("47", "Built-in Audio Analog Stereo"),
    ]
    assert sound.choose(found, "") == found[0]
    assert sound.choose(found, "analog") == found[1]
    assert sound.pipewire_outputs("") == []


def test_one_control_is_the_volume_and_none_stays_in_the_way() -> None:
    assert sound.levels(CONTROLS, 80) == [
        ("Master,0", 80), ("Headphone,0", 100), ("IEC958,0", 100), ("IEC958,1", 100),
    ]  # fmt: skip


# A chime ---------------------------------------------------------------------------------------
@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a loudspeaker called "hall" was given to play, as 16-bit samples."""
    if not shutil.which("aplay"):
        pytest.skip("aplay is not installed (Debian: apt-get install alsa-utils)")
    file = tmp_path / "heard.raw"
    (tmp_path / ".asoundrc").write_text(
        f'pcm.hall {{ type file file "{file}" format raw slave.pcm {{ type null }} }}\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    return file


def loudness(file: Path) -> tuple[float, float]:
    """Length in seconds and level in dB under full scale, of 48,000 samples a second."""
    samples = array.array("h", file.read_bytes())
    power = sum(sample * sample for sample in samples) / len(samples)
    return len(samples) / 48_000, 10 * math.log10(power / 32_767**2)


def test_the_chime_comes_out_of_the_chosen_output(heard: Path, tmp_path: Path) -> None:
    output = sound.choose([], "hall")
    assert output is not None
    env = sound.prepare(output, 80, tmp_path)
    assert sound.play_chime(output, tmp_path, env) == ""
    seconds, level = loudness(heard)
    assert seconds == pytest.approx(0.95, abs=0.1)
    assert -30 < level < -12


def test_an_output_that_is_not_there_is_said(heard: Path, tmp_path: Path) -> None:
    output = Output("hw:CARD=Nobody,DEV=0", "Nobody")
    env = sound.prepare(output, 80, tmp_path)
    assert sound.play_chime(output, tmp_path, env) != ""
    assert not heard.exists()


# The screen ------------------------------------------------------------------------------------
def test_what_hangs_on_the_sockets_is_told(tmp_path: Path) -> None:
    sockets = {
        "card0-HDMI-A-1": ("connected", "3840x2160\n1920x1080\n"),
        "card0-DP-1": ("disconnected", ""),
    }
    for name, (status, modes) in sockets.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "status").write_text(f"{status}\n")
        (tmp_path / name / "modes").write_text(modes)
    assert panel.plugged(tmp_path) == ["HDMI-A-1 3840x2160"]
    assert panel.plugged(tmp_path / "none") == []


# The check -------------------------------------------------------------------------------------
@pytest.fixture
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"ok": true, "version": "1.2.3"}'
            self.send_response(200 if self.path in ("/healthz", "/display/long-bien") else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def checked(folder: Path, server: str, **more: str) -> "subprocess.CompletedProcess[str]":
    file = folder / "display.toml"
    keys = {"server": server, "branch": "long-bien", "sound": "hall"} | more
    file.write_text("".join(f'{key} = "{value}"\n' for key, value in keys.items()))
    env = {"HOME": str(folder), "RUNTIME_DIRECTORY": str(folder), "PATH": "/usr/bin:/bin"}
    command = (sys.executable, "-m", "display", "check", "--config", str(file))
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_check_tells_each_thing_apart(heard: Path, tmp_path: Path, server: str) -> None:
    state = {"page": "wall", "address": "", "is_on": True, "at": time.monotonic()}
    (tmp_path / "wall.json").write_text(json.dumps(state))
    done = checked(tmp_path, server)
    told = done.stdout.splitlines()
    assert told[0].startswith("tốt  Âm thanh: đã phát chuông qua hall")
    assert told[2:] == [
        f"tốt  Máy chủ: {server}, phiên bản 1.2.3",
        "tốt  Trang: màn hình gọi số đang hiện.",
    ]
    # A machine for tests has no screen; then this is what is wrong.
    assert told[1].startswith("tốt" if panel.plugged() else "LỖI")
    assert done.returncode == (0 if panel.plugged() else 1)
    assert loudness(heard)[0] > 0.9


@pytest.mark.parametrize(
    ("page", "said"),
    [("pairing", "mã ghép nối"), ("waiting", "đang chờ máy chủ"), ("silent", "không trả lời"), ("", "không chạy")],
)  # fmt: skip
def test_the_check_says_what_is_wrong(heard: Path, tmp_path: Path, page: str, said: str) -> None:
    if page:
        state = {"page": page, "at": time.monotonic()}
        (tmp_path / "wall.json").write_text(json.dumps(state))
    done = checked(tmp_path, f"http://127.0.0.1:{free_port()}", sound="nobody")
    assert done.returncode == 1
    told = done.stdout.splitlines()
    assert [line[:3] for line in (told[0], *told[2:])] == ["LỖI"] * 3
    assert "không phát được qua nobody" in told[0]
    assert said in told[3]
    assert not heard.exists()


def test_a_wrong_configuration_is_no_check(tmp_path: Path) -> None:
    done = checked(tmp_path, "10.0.0.2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "server must be" in done.stderr
