"""A wall that lives through its announcements in fast time, and puts down every clip that it plays.

The page's own modules run unchanged, and the browser plays every clip and chime. Only what the
announcing modules call time is faster: their timers, `performance.now()` and their audio clock, on
which clips are played at as many times their speed. The link to the server keeps real time.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, Route

from display.announce import announcement
from server import branchfile
from server.domain.announcements import Sentence
from tests.live_office import DEMO_FILE

#: So many seconds of the wall pass in one.
TIMES = 10
#: What the machine may dawdle, seconds of the wall: a wall plans a sentence 50 ms ahead, here 5 ms.
_LATE_S = 0.45
#: The modules that give turns, make sound, and give way to it.
_FAST = re.compile(r"/(announcer|sound|voice|store|media|layouts)\.js(\?.*)?$")
_SHADOWS = "const { performance, setTimeout, setInterval, AudioContext } = globalThis.fast;\n"
#: A call expires five minutes later by the server, which does not live faster: here it lasts.
_LASTS = "const Date = { parse: () => Infinity };\n"
_CLOCK = """
(() => {
  const TIMES = __TIMES__;
  window.played = [];
  window.chimes = 0;
  const file = new WeakMap();
  const fetched = window.fetch;
  window.fetch = async (address, ...more) => {
    const answer = await fetched(address, ...more);
    const clip = /voice\\/\\w+\\/(\\w+)\\.ogg/.exec(String(address))?.[1];
    if (!clip) return answer;
    const bytes = await answer.arrayBuffer();
    file.set(bytes, clip);
    return { ok: answer.ok, status: answer.status, arrayBuffer: async () => bytes };
  };
  class FastContext extends AudioContext {
    constructor(options) { super(options); window.fast.audio = this; }
    get currentTime() { return super.currentTime * TIMES; }
    async decodeAudioData(bytes) {
      const clip = file.get(bytes);
      const sound = await super.decodeAudioData(bytes);
      file.set(sound, clip);
      window.fast.decoded += 1;
      return sound;
    }
    createBufferSource() {
      const source = super.createBufferSource();
      const { start, stop } = source;
      source.playbackRate.value = TIMES;
      source.start = (at) => {
        const until = at + source.buffer.duration;
        source.note = { clip: file.get(source.buffer), at, until, late: this.currentTime - at, isCut: false };
        window.played.push(source.note);
        start.call(source, at / TIMES);
      };
      source.stop = () => {
        source.note.isCut = this.currentTime < source.note.until;
        stop.call(source);
      };
      return source;
    }
    createOscillator() {
      const tone = super.createOscillator();
      const { start, stop } = tone;
      tone.start = (at) => { window.chimes += 1; start.call(tone, at / TIMES); };
      tone.stop = (at) => stop.call(tone, at / TIMES);
      return tone;
    }
    createGain() {
      const node = super.createGain();
      for (const name of ["setValueAtTime", "linearRampToValueAtTime", "exponentialRampToValueAtTime"]) {
        const change = node.gain[name];
        node.gain[name] = (value, at) => change.call(node.gain, value, at / TIMES);
      }
      return node;
    }
  }
  window.fast = {
    performance: { now: () => performance.now() * TIMES },
    setTimeout: (what, ms) => setTimeout(what, ms / TIMES),
    setInterval: (what, ms) => setInterval(what, ms / TIMES),
    AudioContext: FastContext,
    decoded: 0,
  };
})();
"""


@dataclass(frozen=True, slots=True)
class Played:
    """One clip by the wall's audio clock, seconds; `is_cut`: it was stopped before its end."""

    clip: str
    at: float
    until: float
    late: float
    is_cut: bool


def open_fast(
    open_page: Callable[..., Page], address: str, *scripts: str, times: int = TIMES
) -> Page:
    """The wall of this address in fast time, its voice decoded."""
    page = open_page(viewport={"width": 1920, "height": 1080})
    for script in (_CLOCK.replace("__TIMES__", str(times)), *scripts):
        page.add_init_script(script)
    page.route(_FAST, _shadowed)
    page.goto(address)
    page.locator(".wall").wait_for()
    return page


def _shadowed(route: Route) -> None:
    answer = route.fetch()
    more = _LASTS if "announcer" in route.request.url else ""
    route.fulfill(response=answer, body=_SHADOWS + more + answer.text())


def played(page: Page) -> list[Played]:
    """Every clip that was handed to the browser since the page was opened, in that order."""
    notes: list[dict[str, Any]] = page.evaluate("window.played")
    return [Played(n["clip"], n["at"], n["until"], n["late"], n["isCut"]) for n in notes]


def manifest(page: Page) -> dict[str, str]:
    """Word -> clip, as the wall knows it; its page's policy forbids evaluating a function by name."""
    words: dict[str, str] = page.evaluate(
        """async () => {
          const told = await (await fetch("/display/voice/vi/manifest.json")).json();
          return Object.fromEntries(Object.entries(told.words).map(([word, { clip }]) => [word, clip]));
        }"""
    )
    return words


def clips_of(calls: Iterable[tuple[str, int]], words: dict[str, str]) -> list[list[str]]:
    """The clips of each call (number, counter), in the words of the demo's branch file."""
    known = branchfile.load(DEMO_FILE)
    return [
        [
            words[word]
            for word in announcement(
                Sentence.CALL, number=number, counter=counter, catalogue=known
            ).words_vi
        ]
        for number, counter in calls
    ]


def faults(clips: list[Played]) -> list[tuple[Played, Played]]:
    """Where a clip began late, was cut, or began before the one before it had ended."""
    return [
        (earlier, later)
        for earlier, later in zip([clips[0], *clips], clips, strict=False)
        if later.is_cut
        or later.late > _LATE_S
        or (later is not earlier and later.at < earlier.until - 1e-6)
    ]


def said(page: Page, calls: Sequence[tuple[str, int]], words: dict[str, str]) -> list[str]:
    """The numbers that were spoken, in that order; a second reading right after the first is none.

    Fails on anything but whole calls.
    """
    known = {
        tuple(clips): number
        for (number, _), clips in zip(calls, clips_of(calls, words), strict=True)
    }
    clips = [one.clip for one in played(page)]
    longest = max(map(len, known))
    numbers: list[str] = []
    while clips:
        found = next((n for n in range(1, longest + 1) if tuple(clips[:n]) in known), 0)
        assert found, f"no call begins with {clips[:longest]}"
        number = known[tuple(clips[:found])]
        if numbers[-1:] != [number]:
            numbers.append(number)
        clips = clips[found:]
    return numbers
