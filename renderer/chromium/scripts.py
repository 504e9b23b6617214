"""What is asked of a page through the protocol. None of it needs the page's own scripts."""

from pathlib import Path

__all__ = [
    "ADD_STYLE",
    "BOX_OF",
    "DOCUMENT_SIZE",
    "FIT",
    "FORGET_LOADED",
    "SETTLE",
    "STILL",
    "surroundings",
]

SETTLE = """(async (last, urls, then) => {
  const root = document.documentElement;
  if (root) root.offsetHeight;  // style and layout: what they name begins to load
  for (const image of document.images) image.loading = 'eager';
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => 0)));
  if (last) await fetch(last + performance.now(), {mode: 'no-cors'}).catch(() => 0);
  const entries = [];
  if (last) {
    // A page whose time is stepped has a `performance` that knows of no entries.
    const watch = new PerformanceObserver(() => 0);
    watch.observe({type: 'resource', buffered: true});
    entries.push(...watch.takeRecords());
    watch.disconnect();
  }
  const loaded = new Set(entries.map((entry) => entry.name.split('#')[0]));
  loaded.add(location.href.split('#')[0]);  // the document itself is no resource of its own
  const harmless = new RegExp('^(viewport|description|keywords|author|title|generator|robots|'
    + 'rating|application-name|og:|twitter:|article:)', 'i');
  const plain = (meta) => !meta.httpEquiv && (meta.hasAttribute('charset')
    || meta.hasAttribute('property') || harmless.test(meta.name));
  const body = document.body;
  const ready = document.readyState === 'complete';
  const all = !last || urls.every((url) => loaded.has(url));
  const fits = !!document.querySelector('span[data-platen-fit]');
  return {
    ready,
    loaded: all,
    stains: location.href !== 'about:blank'
      || ![...document.querySelectorAll('meta')].every(plain),
    fits,
    found: then && ready && all && !fits ? then() : null,
    empty: !body || (!body.childElementCount && !body.textContent.trim()),
    broken: [...document.images].filter((image) => image.src && !image.naturalWidth)
      .slice(0, 20).map((image) => (image.currentSrc || image.src).slice(0, 200)),
  };
})"""
"""Waits for fonts and images that are known by now; tells what the document is like, and what
`then` finds if that is all.

Of a document put into a warm page, `readyState` says nothing about its stylesheets and backgrounds.
So whoever answers its requests gives an address: when that one is asked for, all requests before it
are known. `loaded` tells whether the page has got what it asked for, all of `urls`.
"""

FORGET_LOADED = "performance.clearResourceTimings(), performance.setResourceTimingBufferSize(2000)"
"""What earlier documents have loaded says nothing about the next one."""

_FIT = (Path(__file__).parent / "fit.js").read_text(encoding="utf-8")
FIT = f"(() => {{ try {{ return ({_FIT.rstrip()}) }} catch {{ return 0 }} }})()"
"""Sets the texts that `fit` has marked as large as their boxes allow. A page that has bent the
language's own functions spoils no more than its own texts.
"""

_SURROUNDINGS = (Path(__file__).parent / "surroundings.js").read_text(encoding="utf-8").rstrip()

STILL = """(() => {
  for (const animation of document.getAnimations()) {
    try { animation.finish(); } catch { animation.cancel(); }
  }
  for (const svg of document.querySelectorAll('svg')) {
    if (svg.pauseAnimations) { svg.pauseAnimations(); svg.setCurrentTime(0); }
  }
  const focused = document.activeElement;
  if (focused && focused !== document.body) focused.blur();
  scrollTo(0, 0);
  return true;
})()"""
"""One picture of what moves: what ends is at its end, what never ends at its beginning."""

BOX_OF = """(selector) => {
  let found;
  try { found = document.querySelector(selector); } catch { return {invalid: true}; }
  if (!found) return null;
  const box = found.getBoundingClientRect();
  return {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height};
}"""

DOCUMENT_SIZE = """(() => {
  const root = document.documentElement, body = document.body;
  return [Math.max(root.scrollWidth, body ? body.scrollWidth : 0),
          Math.max(root.scrollHeight, body ? body.scrollHeight : 0)];
})()"""

ADD_STYLE = """(css) => {
  const style = document.createElement('style');
  style.textContent = css;
  (document.head || document.documentElement).appendChild(style);
  return true;
}"""


def surroundings(now_us: int) -> str:
    """What runs before any script of a document: its time stands at this moment."""
    return f"({_SURROUNDINGS})({now_us // 1000})"
