"""Waiting until a page is what it will be: assets, stylesheets, fonts, images, its own signal."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from core.errors import FieldError
from renderer.chromium.assets import LAST_ASKED, Assets
from renderer.chromium.page import Page
from renderer.chromium.scripts import BOX_OF, FIT, SETTLE
from renderer.errors import PageFailedError, SelectorNotFoundError
from renderer.request import Wait

__all__ = ["Settled", "frames_meanwhile", "refuse_invalid", "settle"]

_PAUSE_S = 0.008
"""Half a frame at 60 Hz: most pages are settled before the first such pause is over."""

_LOOKS = 40
"""About half a second. What a page has been given but never takes in is not waited for."""

_CALLED = "Promise.resolve((it => typeof it === 'function' ? it() : it)(%s)).then(Boolean)"
"""Puppeteer and Playwright take a function's text or an expression alike."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settled document is like. `broken`: images without pixels; `fits`: it asks for
    texts that fit; `found`: what `then` has given, None if it has yet to be asked.
    """

    stains: bool
    empty: bool
    broken: tuple[str, ...]
    fits: bool = False
    found: Any = None


async def settle(page: Page, assets: Assets, wait: Wait, then: str = "") -> Settled:
    """Wait for all that the page has named, and for what `wait` asks. No limit of its own.

    `then`: an expression for the end, which saves a trip where nothing else is waited for.
    """
    then = f"() => {then}" if then and wait == Wait() else "null"
    async with frames_meanwhile(page):
        found = await _settled(page, assets, then)
        if wait.selector:
            await _until_there(page, wait.selector)
        if wait.function:
            await _until(page, _CALLED % wait.function)
        if wait.timeout_ms:
            await asyncio.sleep(wait.timeout_ms / 1000)
        if wait != Wait():
            found = await _settled(page, assets, then)
        if found.fits:
            await page.evaluate(FIT)
    return found


async def _settled(page: Page, assets: Assets, then: str) -> Settled:
    for look in count():
        asked = assets.asked
        last = LAST_ASKED if assets.expected else ""
        urls = json.dumps(list(assets.urls) if last else [])
        # What the end does to a document cannot be undone: it is only asked for where this is it.
        end = then if assets.silent else "null"
        found = await page.evaluate(f"{SETTLE}({json.dumps(last)},{urls},{end})")
        loaded = found["loaded"] or look > _LOOKS
        if found["ready"] and loaded and not assets.busy and assets.asked == asked:
            return Settled(
                found["stains"],
                found["empty"],
                tuple(found["broken"]),
                bool(found["fits"]),
                found["found"],
            )
        await asyncio.sleep(_PAUSE_S)
    raise AssertionError("count() never ends")


async def _until_there(page: Page, selector: str) -> None:
    while True:
        found = await page.evaluate(f"({BOX_OF})({json.dumps(selector)})")
        if found is not None:
            refuse_invalid(found, selector, "waitForSelector")
            return
        await asyncio.sleep(2 * _PAUSE_S)


def refuse_invalid(found: Mapping[str, Any], selector: str, field: str) -> None:
    """Raise SelectorNotFoundError for what `BOX_OF` found out to be no selector at all."""
    if "invalid" in found:
        raise SelectorNotFoundError(
            f"{field} {selector[:200]!r} is no valid CSS selector. Write one such as #card or "
            ".price > b.",
            fields=[FieldError(field, "is no valid CSS selector", "invalid")],
        )


async def _until(page: Page, expression: str) -> None:
    while True:
        try:
            if await page.evaluate(expression):
                return
        except PageFailedError as error:
            reason = error.message.partition(": ")[2]
            text = (
                f"waitForFunction failed in the page: {reason}. Send a function or an expression."
            )
            field = FieldError("waitForFunction", text, "invalid")
            raise PageFailedError(text, fields=[field]) from error
        await asyncio.sleep(2 * _PAUSE_S)


@asynccontextmanager
async def frames_meanwhile(page: Page, after: float = 0.0) -> AsyncGenerator[None]:
    """Let the page's clock tick while the body waits: no callback runs without frames.

    `after`: seconds that the body may well do without.
    """
    ticking = asyncio.create_task(_tick(page, after))
    try:
        yield
    finally:
        ticking.cancel()
        await asyncio.wait([ticking])
        if not ticking.cancelled():
            ticking.exception()  # the body meets the same fault itself


async def _tick(page: Page, after: float) -> None:
    await asyncio.sleep(after)
    while True:
        await asyncio.sleep(_PAUSE_S)
        # A page whose scripts are busy would hold the frame lock: ask it first if it is there.
        await page.evaluate("0")
        await page.frame()
