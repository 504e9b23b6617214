"""A PDF by Chromium, whose dates are the request's."""

import re
from datetime import UTC, datetime
from typing import Any

from core.leaving import one_line
from renderer.chromium.page import Page
from renderer.chromium.protocol import binary
from renderer.chromium.view import View
from renderer.document.errors import PageRangeError
from renderer.errors import PageFailedError, PageLimitError
from renderer.request import DocumentOptions, Environment
from renderer.seal import Drawn

__all__ = ["count_pages", "dated", "document_view", "drawn_document", "page_rule", "print_document"]

_PX_PER_IN = 96
_PT_PER_IN = 72

_PAPER_PT = (297.64, 419.53, 595.28, 841.89, 1190.55, 612, 792, 1008, 1224)
"""The sides of A6 to A3, Letter, Legal and Tabloid."""

_SET_TITLE = "(title) => { document.title = title; return true; }"

_DATE = re.compile(rb"/(CreationDate|ModDate) \(D:(\d{14})([^)]*)\)")
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
_BOX = re.compile(rb"/MediaBox\s*\[\s*([\d.+-]+) ([\d.+-]+) ([\d.+-]+) ([\d.+-]+)\s*\]")


def document_view(options: DocumentOptions, environment: Environment) -> View:
    """A viewport as wide as the page, so that scripts and loading see what will be printed."""
    width, height = _paper(options)
    return View(
        width=max(1, round(width * _PX_PER_IN / _PT_PER_IN)),
        height=max(1, round(height * _PX_PER_IN / _PT_PER_IN)),
        color_scheme=environment.color_scheme,
        media="print",
    )


async def print_document(page: Page, options: DocumentOptions, now_us: int) -> bytes:
    """Print the settled page; its dates are `now_us`. Raises PageLimitError."""
    if options.title:
        await page.evaluate(_SET_TITLE, one_line(options.title))
    try:
        answer = await page.send("Page.printToPDF", _parameters(options))
    except PageFailedError as error:
        if "range" in error.message.lower():
            raise PageRangeError(
                f"pageRanges {options.page_ranges!r} names no pages of this document. "
                "Write numbers and ranges that exist, such as 1-3, 5."
            ) from error
        raise
    data = dated(binary(answer["data"]), now_us)
    pages = count_pages(data)
    if pages > options.max_pages:
        raise PageLimitError(
            f"The document has {pages} pages, more than {options.max_pages}. "
            "Split it, shorten its data, or name pageRanges."
        )
    return data


def page_rule(options: DocumentOptions) -> str:
    """A style rule for a page size that the options name: it wins over the source's own."""
    if options.page_width_pt is None or options.page_height_pt is None:
        return ""
    width, height = _paper(options)
    return f"@page{{size:{width:g}pt {height:g}pt!important}}"


def drawn_document(data: bytes) -> Drawn:
    """Measure a PDF of Chromium's: pages, and the first one's size in whole points."""
    box = _BOX.search(data)
    left, bottom, right, top = (float(one) for one in box.groups()) if box else (0, 0, 595, 842)
    width, height = _whole_points(right - left), _whole_points(top - bottom)
    return Drawn(data, "pdf", width, height, pages=count_pages(data))


def _whole_points(length: float) -> int:
    """Chromium makes pages of whole device pixels, up to a point off the paper that is meant."""
    return round(next((known for known in _PAPER_PT if abs(known - length) < 1), length))


def count_pages(data: bytes) -> int:
    """Page objects of a PDF without object streams, as Chromium writes them."""
    return len(_PAGE.findall(data))


def _paper(options: DocumentOptions) -> tuple[float, float]:
    width = options.page_width_pt or options.fallback_width_pt
    height = options.page_height_pt or options.fallback_height_pt
    return (height, width) if options.landscape else (width, height)


def _parameters(options: DocumentOptions) -> dict[str, Any]:
    width, height = _paper(options)
    margins = options.margins
    sides = ("top", "right", "bottom", "left")
    inches = {
        f"margin{side.capitalize()}": getattr(margins, side) / _PX_PER_IN if margins else 0
        for side in sides
    }
    return inches | {
        "paperWidth": width / _PT_PER_IN,
        "paperHeight": height / _PT_PER_IN,
        # The source's own @page decides; where the options do, `page_rule` has overruled it.
        "preferCSSPageSize": True,
        "printBackground": options.print_background,
        "scale": options.scale,
        "pageRanges": options.page_ranges,
        "displayHeaderFooter": bool(options.header_html or options.footer_html),
        "headerTemplate": options.header_html or "<span></span>",
        "footerTemplate": options.footer_html or "<span></span>",
        "generateTaggedPDF": options.tagged,
        "generateDocumentOutline": options.outline,
    }


def dated(data: bytes, now_us: int) -> bytes:
    """The same bytes with the request's moment in place of the clock's: all that differs."""
    digits = datetime.fromtimestamp(now_us / 1_000_000, UTC).strftime("%Y%m%d%H%M%S").encode()
    return _DATE.sub(lambda found: b"/" + found[1] + b" (D:" + digits + found[3] + b")", data)
