"""What every screen is held to: no accessibility violation, nothing cut, nothing out of reach."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: The smallest target of a finger at a desk's tablet, px.
TOUCH_PX = 44

#: Until what moves has come to rest; a spinner never does.
_AT_REST = """() => Promise.all(document.getAnimations()
  .filter((a) => a.effect.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => {})))"""

#: Text or controls that stick out of the page sideways, and text cut off by its box.
_OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth > window.innerWidth + 1;
  const cut = [...document.querySelectorAll('body *')].filter((e) => {
    const style = getComputedStyle(e);
    const mayScroll = e.closest('[data-scroll], .scroll, .visually-hidden, svg, script, noscript');
    return !mayScroll && style.clipPath === 'none' && e.checkVisibility() && style.overflowX === 'hidden'
      && style.textOverflow !== 'ellipsis' && e.innerText && e.scrollWidth > e.clientWidth + 1;
  }).map((e) => e.className || e.tagName);
  return [...(wide ? ['the page'] : []), ...cut];
}"""

#: Words wider than the box they stand in (they run over their neighbour), words on the floor of a
#: box that hides them, forms or dialogs that neither fit the screen nor scroll, a focus that is
#: out of sight, and buttons that something else lies over.
_STUCK_OUT = """() => {
  const named = (e) => `${e.tagName}.${e.className}: ${(e.innerText || e.value || '').slice(0, 40)}`;
  const seen = [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility()
    && !e.closest('.visually-hidden, svg, script, noscript, option, .print-list'));
  const words = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const scrolls = (value) => ['auto', 'scroll'].includes(value);
  const out = seen.filter((e) => {
    const style = getComputedStyle(e);
    // What is clipped away stands there for readers of the page aloud only.
    if (!words(e) || style.display === 'inline' || e.clientWidth < 2 || style.clipPath !== 'none') return false;
    const over = e.scrollWidth > e.clientWidth + 1 && style.textOverflow !== 'ellipsis' && !scrolls(style.overflowX);
    const under = style.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 2;
    return over || under;
  });
  const held = seen.filter((e) => e.matches('.panel, dialog')).filter((e) => {
    const box = e.getBoundingClientRect();
    // A card of a page that is scrolled may lie below or above; a dialog may not.
    const isOnLongPage = e.matches('.card') && document.documentElement.scrollHeight > innerHeight + 1;
    const isBeyond = !isOnLongPage && (box.top < -1 || box.bottom > innerHeight + 1);
    const isOutside = box.left < -1 || box.right > innerWidth + 1 || isBeyond;
    const isCut = e.scrollHeight > e.clientHeight + 1 && !scrolls(getComputedStyle(e).overflowY);
    return isOutside || isCut || box.height < 80;
  });
  const chosen = document.activeElement;
  const at = chosen.getBoundingClientRect();
  const isLost = chosen !== document.body && at.height > 2 && (at.bottom < 1 || at.top > innerHeight - 1);
  const modal = document.querySelector('dialog:modal');
  const covered = seen.filter((e) => e.matches('button, a') && (!modal || modal.contains(e))).filter((e) => {
    const box = e.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const frame = e.closest('.scroll, .panel, dialog, .side')?.getBoundingClientRect();
    const isInSight = x > 0 && y > 0 && x < innerWidth && y < innerHeight
      && (!frame || (y > frame.top && y < frame.bottom && x > frame.left && x < frame.right));
    const top = isInSight ? document.elementFromPoint(x, y) : null;
    return top !== null && !e.contains(top) && !top.contains(e);
  });
  return [...out, ...held, ...covered, ...(isLost ? [chosen] : [])].map(named);
}"""

_SMALL = """(least) => [...document.querySelectorAll('button, a, input, select, textarea, summary')]
  .filter((e) => e.checkVisibility() && getComputedStyle(e).opacity !== '0' && !e.closest('.visually-hidden'))
  .map((e) => [e, (e.closest('label:has([type=checkbox], [type=radio])') ?? e).getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < least - 0.5)
  .map(([e, box]) => `${e.className || e.tagName} ${Math.round(box.width)}x${Math.round(box.height)}: ${e.innerText}`)"""


def check(page: Page, state: str) -> None:
    """Fails with the rules that are broken and where."""
    page.wait_for_timeout(400)
    reads_well(page, state)
    _none(page, _OVERFLOW, state)


def reads_well(page: Page, state: str, *parts: str) -> None:
    """Axe finds nothing, on the whole page or in these parts of it.

    Of a long line of numbers, all rows alike, the first ones are looked at.
    """
    is_here = page.evaluate("window.axe !== undefined")
    looked_at = {"exclude": [[".qrow:nth-child(n+9)"]]}
    if parts:
        looked_at = {"include": [[part] for part in parts]}
    violations = (Axe("") if is_here else Axe()).run(page, looked_at).response["violations"]
    told = [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in violations]
    assert not told, f"{state}: {told}"


def fits(page: Page, state: str, *, touch: bool = False) -> None:
    """No word is cut or runs into another, forms are within the screen, a finger finds its target."""
    page.evaluate(_AT_REST)
    _none(page, _OVERFLOW, f"{state}, cut")
    _none(page, _STUCK_OUT, f"{state}, sticking out")
    if touch:
        _none(page, _SMALL, f"{state}, under {TOUCH_PX} px")


def _none(page: Page, script: str, state: str) -> None:
    found = page.evaluate(script, TOUCH_PX)
    assert not found, f"{state}: {found}"
