"""Making a viewport larger without making what is measured by it larger.

The browser paints only what lies in the viewport, so a picture of a whole long page needs a
viewport as long as the page; `height: 100vh` would grow with it, and the page once more. So
lengths in viewport units become pixels first, in every style sheet, also those of other origins.
"""

import re
from contextlib import suppress
from typing import Any

from renderer.chromium.page import Page
from renderer.chromium.view import View
from renderer.errors import PageFailedError

__all__ = ["freeze_viewport_units", "in_pixels"]

_LENGTH = re.compile(
    r"(?<![\w#.-])(-?(?:\d++(?:\.\d*+)?|\.\d++))[sld]?(vh|vw|vmin|vmax|vb|vi)\b", re.IGNORECASE
)
"""Possessive: a long row of digits is read once, not once for each of them."""

_INLINE = """(() => [...document.querySelectorAll('[style]')]
  .map((one) => one.getAttribute('style')))()"""

_SET_INLINE = """(texts) => {
  [...document.querySelectorAll('[style]')].forEach((one, index) => {
    if (texts[index] !== null) one.setAttribute('style', texts[index]);
  });
  return true;
}"""


def in_pixels(css: str, width: float, height: float) -> str:
    """The same rules with every viewport unit as pixels of a viewport of this size."""
    shares = {
        "vw": width,
        "vi": width,
        "vh": height,
        "vb": height,
        "vmin": min(width, height),
        "vmax": max(width, height),
    }

    def length(found: re.Match[str]) -> str:
        return f"{float(found[1]) * shares[found[2].lower()] / 100:.6g}px"

    return _LENGTH.sub(length, css)


async def freeze_viewport_units(page: Page, view: View) -> None:
    """Rewrite the document's own style sheets and style attributes."""
    sheets: list[str] = []

    def added(event: dict[str, Any]) -> None:
        sheets.append(event["header"]["styleSheetId"])

    page.on("CSS.styleSheetAdded", added)
    try:
        await page.send("DOM.enable")
        await page.send("CSS.enable")
        for sheet in sheets:
            with suppress(PageFailedError):  # a sheet that a script has just taken away
                await _freeze_sheet(page, sheet, view)
        await _freeze_attributes(page, view)
    finally:
        page.off("CSS.styleSheetAdded", added)
    await page.send("CSS.disable")
    await page.send("DOM.disable")


async def _freeze_sheet(page: Page, sheet: str, view: View) -> None:
    text = (await page.send("CSS.getStyleSheetText", {"styleSheetId": sheet}))["text"]
    frozen = in_pixels(text, view.width, view.height)
    if frozen != text:
        await page.send("CSS.setStyleSheetText", {"styleSheetId": sheet, "text": frozen})


async def _freeze_attributes(page: Page, view: View) -> None:
    texts: list[str] = await page.evaluate(_INLINE)
    frozen = [in_pixels(text, view.width, view.height) for text in texts]
    if frozen != texts:
        await page.evaluate(
            _SET_INLINE,
            [new if new != old else None for old, new in zip(texts, frozen, strict=True)],
        )
