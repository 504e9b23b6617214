"""Canvases are drawn as fabric draws them, as pictures and as pages."""

import os
from collections.abc import AsyncGenerator

import pytest
from playwright.async_api import Page
from support.canvases import NAMES, ROOT, differing, document, drawn_by_fabric, plain_page
from support.rendering import Draw

from renderer.request import PictureOptions

ALLOWED = 0.001


@pytest.fixture(scope="module")
async def plain() -> AsyncGenerator[Page]:
    async with plain_page() as page:
        yield page


@pytest.mark.parametrize("name", NAMES)
async def test_a_canvas_looks_as_fabric_draws_it(draw: Draw, plain: Page, name: str) -> None:
    one = document(name)
    result = await draw(one.source, PictureOptions(width=one.width, height=one.height))
    fabrics = await drawn_by_fabric(plain, one)
    if os.environ.get("PLATEN_KEEP_PICTURES"):
        seen = ROOT / "out" / "seen"
        seen.mkdir(parents=True, exist_ok=True)
        (seen / f"canvas-{name}.png").write_bytes(result.data)
        (seen / f"canvas-{name}-fabric.png").write_bytes(fabrics)
    assert differing(result.data, fabrics) < ALLOWED
