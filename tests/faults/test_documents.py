"""Documents that are too much, or strange, for either engine: a clear end, and the next is made."""

import io
import struct
import time
from collections.abc import Awaitable

import pytest
from pypdf import PdfReader
from support.rendering import ENVIRONMENT, Draw
from support.site import Site, answer

from core.errors import PlatenError
from egress.client import EgressClient
from egress.policy import Policy
from renderer.document.weasy import weasy_pdf
from renderer.jail import Jail
from renderer.jail_settings import JailSettings
from renderer.request import (
    AnimationOptions,
    DocumentOptions,
    Output,
    PictureOptions,
    TemplateSource,
)

from .conftest import Pages

ENDS = {"", "render_timeout", "document_too_complex", "page_limit", "page_failed", "page_crashed"}
SMALL = PictureOptions(width=40, height=20)
WAYS: dict[str, Output] = {
    "picture": SMALL,
    "chromium": DocumentOptions(),
    "weasyprint": DocumentOptions(engine="weasyprint"),
}
HEAVY = {
    "a million nested boxes": "<div>" * 1_000_000,
    "a row of 100,000 cells": "<table><tr>" + "<td>x" * 100_000,
    "a filter without end": (
        "<svg xmlns='http://www.w3.org/2000/svg' width=4000 height=4000><filter id=f>"
        "<feTurbulence baseFrequency='9' numOctaves='999'/></filter>"
        "<rect width='4000' height='4000' filter='url(#f)'/></svg>"
    ),
    "a billion laughs": (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><defs>"
        "<g id=a0><text>ha</text></g>"
        + "".join(f"<g id=a{n + 1}>" + f"<use href='#a{n}'/>" * 10 + "</g>" for n in range(9))
        + "</defs><use href='#a9'/></svg>"
    ),
    "laughs by entities": (
        "<img src='data:image/svg+xml,<!DOCTYPE s [<!ENTITY a \"" + "a" * 900 + '"><!ENTITY b "'
        + "&a;" * 900 + '"><!ENTITY c "' + "%26b;" * 900
        + "\">]><svg xmlns=\"http://www.w3.org/2000/svg\"><text>%26c;</text></svg>'>"
    ),
}  # fmt: skip
QUICK = {"a filter without end", "laughs by entities"}


async def _code_of(render: Awaitable[object]) -> str:
    """The code of the error that a render ends with, empty if it succeeds."""
    try:
        await render
    except PlatenError as error:
        return error.code
    return ""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.full) for name in HEAVY],
)
async def test_P19_P20_what_is_too_heavy_ends_in_time_and_the_next_one_is_drawn(
    draw: Draw, way: str, name: str
) -> None:
    began = time.monotonic()
    assert await _code_of(draw(HEAVY[name], WAYS[way], timeout=4)) in ENDS
    assert time.monotonic() - began < 4 + 2
    assert (await draw("<p>alive", WAYS[way])).data


@pytest.mark.parametrize("engine", ["chromium", "weasyprint"])
async def test_P22_more_pages_than_allowed_are_refused_by_number(draw: Draw, engine: str) -> None:
    page = "<style>@page{size:A6}</style>" + "<p style='break-after:page'>x" * 30
    options = DocumentOptions(engine=engine, max_pages=20)  # type: ignore[arg-type]
    with pytest.raises(PlatenError, match="20") as raised:
        await draw(page, options)
    assert (raised.value.code, raised.value.status) == ("page_limit", 422)


@pytest.mark.full
@pytest.mark.parametrize("engine", ["chromium", "weasyprint"])
async def test_P22_five_thousand_pages_are_refused_and_cost_nothing_after(
    draw: Draw, engine: str
) -> None:
    rows = "<tr><td>row" * 5000
    page = f"<style>@page{{size:A6}}tr{{break-after:page}}</style><table>{rows}</table>"
    options = DocumentOptions(engine=engine)  # type: ignore[arg-type]
    assert await _code_of(draw(page, options, timeout=60)) in ENDS
    assert (await draw("<p>alive", options)).pages == 1


@pytest.mark.parametrize("way", WAYS)
async def test_P24_a_font_that_unpacks_to_a_gigabyte_is_not_used(
    draw: Draw, site: Site, pages: Pages, way: str
) -> None:
    pages["/bomb.woff2"] = answer(_bomb(), kind="font/woff2", Access_Control_Allow_Origin="*")
    face = f"@font-face{{font-family:own;src:url('{site.url('/bomb.woff2')}')}}"
    page = f"<style>{face}p{{font:12px own}}</style><p>words"
    assert await _code_of(draw(page, WAYS[way], timeout=10)) in {"", "document_too_complex"}
    assert (await draw("<p>alive", WAYS[way])).data


def _bomb() -> bytes:
    """A WOFF2 file of one table that brotli has made very small."""
    brotli = pytest.importorskip("brotli")
    size = 1 << 30
    compressor = brotli.Compressor(quality=1)
    packed = b"".join(compressor.process(bytes(1 << 24)) for _ in range(64)) + compressor.finish()
    length = _base128(size)
    directory = bytes([0x3F]) + b"glyf" + length
    total = 48 + len(directory) + len(packed)
    head = struct.pack(
        ">4sIIHHIIHHIIIII", b"wOF2", 0x00010000, total, 1, 0, size + 28, len(packed), 1, 0, 0, 0, 0,
        0, 0,
    )  # fmt: skip
    return head + directory + packed


def _base128(number: int) -> bytes:
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(number & 0x7F | 0x80)
    return bytes(reversed(parts))


STRANGE = {
    "right to left": "مرحبا بالعالم שלום עולם",
    "joined emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 200,
    "stacked marks": "Z" + "\u0351\u0322\u0489" * 10_000,
    "astral": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠜎𠜱𝒜",
    "turned around": "a\u202e\u202d\u2066\u2069b" * 500,
    "no characters": "a\ufffe\uffff\ufdd0\U0010ffffb",
    "controls": "a\x01\x08\x1b[31m\x7f\x9b\u2028b",
}


@pytest.mark.parametrize("way", WAYS)
async def test_P27_strange_text_is_drawn_by_either_engine(draw: Draw, way: str) -> None:
    markup = (
        "{% for text in texts %}<p style='width:30em'>{{ text }}</p>{% endfor %}<code>end</code>"
    )
    source = TemplateSource(markup, {"texts": list(STRANGE.values())})
    result = await draw(source, WAYS[way], timeout=20)
    if way != "picture":
        pages = PdfReader(io.BytesIO(result.data)).pages
        assert "".join(pages[-1].extract_text().split()).endswith("end")


async def test_P30_the_shortest_animation_is_a_whole_file(draw: Draw) -> None:
    page = "<style>@keyframes k{to{margin-left:9px}}p{animation:k 1s infinite}</style><p>x"
    options = AnimationOptions(width=20, height=10, duration_ms=20, frames_per_second=10)
    result = await draw(page, options)
    assert result.frames in {1, 2}
    assert result.data.startswith(b"GIF8")


async def test_a_child_of_documents_is_replaced_before_it_grows() -> None:
    settings = JailSettings(jail_document_children=1, jail_documents_per_child=2)
    jail, client = Jail(settings), EgressClient(Policy())
    pids: list[list[int]] = []
    for _ in range(3):
        await weasy_pdf(jail, "<p>x", DocumentOptions(), client, ENVIRONMENT, timeout=60)
        pids.append(jail.pids())
    assert pids[0] != pids[2]
    await jail.close()
    await client.close()
