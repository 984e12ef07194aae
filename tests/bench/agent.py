"""A kiosk's agent: its number without the server, and how soon it is back after a cut."""

import json
import os
import signal
import tempfile
import time
from pathlib import Path

from tests.bench.parts import told
from tests.kiosk.printer_simulator import PrinterSimulator
from tests.live_agent import LiveAgent, agent_of
from tests.live_office import Office, running

_CUTS = 8
#: Long enough that the agent's link is given up, as when a cable is pulled.
_SILENT_S = 18.0
_NUMBERS = 100


def agent() -> None:
    """Server killed and back; server silent and back; power cut of the agent; numbers alone."""
    with (
        tempfile.TemporaryDirectory() as folder,
        PrinterSimulator() as printer,
        running(Path(folder) / "office", kiosk_printer="agent") as office,
        agent_of(Path(folder) / "kiosk", office, printer.address) as live,
    ):
        killed = [_back_after_kill(office, live) for _ in range(_CUTS)]
        print(f"web process killed -> agent connected again and ticket handed in: {told(killed)}")
        silent = [_back_after_silence(office, live) for _ in range(3)]
        print(f"server silent for {_SILENT_S:.0f} s, then answers -> the same: {told(silent)}")
        cut = [_back_after_power_cut(live) for _ in range(_CUTS)]
        print(f"agent killed and started -> its page answers: {told(cut)}")
        print(f"number given by the agent alone, on the disk: {told(_alone(office, live))}")


def _pid(office: Office) -> int:
    return int(json.loads((office.data / "run" / "pids.json").read_text())["web"])


def _given(live: LiveAgent) -> None:
    wish = {"service": "chung-thuc", "command_id": os.urandom(8).hex()}
    answer = live.ask("issue", wish)
    assert answer[0] == 200, answer


def _settled(live: LiveAgent) -> bool:
    state = live.state()
    return bool(state) and state["server"] == "live" and state["to_hand_in"] == 0


def _back_after_kill(office: Office, live: LiveAgent) -> float:
    os.kill(_pid(office), signal.SIGKILL)
    _given(live)
    return 1000 * live.wait_for(lambda: _settled(live))


def _back_after_silence(office: Office, live: LiveAgent) -> float:
    web = _pid(office)
    os.kill(web, signal.SIGSTOP)
    _given(live)
    time.sleep(_SILENT_S)
    os.kill(web, signal.SIGCONT)
    return 1000 * live.wait_for(lambda: _settled(live))


def _back_after_power_cut(live: LiveAgent) -> float:
    live.kill()
    began = time.perf_counter()
    live.start()
    return 1000 * (time.perf_counter() - began)


def _alone(office: Office, live: LiveAgent) -> list[float]:
    services = ("ho-tich", "dat-dai", "xay-dung", "van-hoa", "cu-tru")
    web = _pid(office)
    os.kill(web, signal.SIGSTOP)
    took: list[float] = []
    try:
        for n in range(_NUMBERS):
            wish = {"service": services[n % len(services)], "command_id": os.urandom(8).hex()}
            began = time.perf_counter()
            status, _ = live.ask("issue", wish)
            if status == 200:
                took.append(1000 * (time.perf_counter() - began))
    finally:
        os.kill(web, signal.SIGCONT)
    return took
