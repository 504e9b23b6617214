"""Canvases are drawn as fabric draws them, as pictures and as pages."""

import asyncio
import io
import json
import os
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.async_api import Page
from pypdf import PdfReader
from support.canvases import (
    NAMES,
    ROOT,
    differing,
    distance,
    document,
    drawn_by_fabric,
    plain_page,
)
from support.pixels import letters_of
from support.rendering import Draw

from renderer.request import DocumentOptions, PictureOptions, TemplateSource

ALLOWED = 0.001


@pytest.fixture(scope="module")
async def plain() -> AsyncGenerator[Page]:
    async with plain_page() as page:
        yield page


ALWAYS = ("v5-images", "v5-text", "v6-card", "v6-clips", "v7-centred", "v7-scripts")
"""Of each Fabric, and of what is drawn most differently: text, pictures, clips, data."""


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=() if one in ALWAYS else pytest.mark.full) for one in NAMES]
)
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


@pytest.mark.parametrize("name", ["v5-text", "v6-clips"])
async def test_a_page_looks_like_the_picture_and_its_text_is_text(
    draw: Draw, name: str, tmp_path: Path
) -> None:
    one = document(name)
    opaque = PictureOptions(width=one.width, height=one.height, transparent=False)
    picture = await draw(one.source, opaque)
    size = {"page_width_pt": one.width * 0.75, "page_height_pt": one.height * 0.75}
    page = await draw(one.source, DocumentOptions(**size))
    assert (page.pages, page.width, page.height) == (1, *(round(side) for side in size.values()))
    if name == "v5-text":
        assert "wrap inside of a box" in PdfReader(io.BytesIO(page.data)).pages[0].extract_text()
    pdf = tmp_path / "page.pdf"
    pdf.write_bytes(page.data)
    turned = ["pdftoppm", "-r", "96", "-png", "-singlefile", str(pdf), str(tmp_path / "page")]
    await asyncio.to_thread(subprocess.run, turned, check=True, timeout=60)
    # Two rasterisers smooth edges differently; a shadow or a clip that is missing is seen here.
    assert distance((tmp_path / "page.png").read_bytes(), picture.data) < 3


@pytest.mark.parametrize("density", [1, 2])
async def test_a_design_fits_into_any_size_in_the_middle(draw: Draw, density: int) -> None:
    square: dict[str, object] = {
        "type": "Rect",
        "left": 5,
        "top": 5,
        "width": 10,
        "height": 10,
        "fill": "#f00",
    }
    square["objectCaching"] = False  # else fabric smooths its edges
    canvas = {"version": "7.4.0", "background": "#ff0", "objects": [square]}
    source = TemplateSource(json.dumps(canvas), engine="fabric", design=(10, 10))
    result = await draw(source, PictureOptions(width=4, height=8, device_scale_factor=density))
    rows = letters_of(result.data, 3).split("\n")
    assert (
        rows
        == ["Y" * 4 * density] * 2 * density
        + ["R" * 4 * density] * 4 * density
        + ["Y" * 4 * density] * 2 * density
    )
