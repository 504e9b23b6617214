"""Fabric documents, written by Fabric 5, 6 and 7 themselves, and fabric's own picture of them."""

import base64
import io
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.async_api import Page, async_playwright

from renderer.chromium.program import find_program
from renderer.request import TemplateSource

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "canvases"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
DRAW = """async ([canvas, width, height]) => {
  const made = new fabric.StaticCanvas(document.createElement('canvas'), {width, height});
  await made.loadFromJSON(canvas);
  made.renderAll();
  return made.toDataURL();
}"""
LETTERS_AS_OURS = (
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--disable-font-subpixel-positioning",
    "--disable-gpu",
    "--disable-software-rasterizer",
)


@dataclass(frozen=True)
class Document:
    """A canvas, its size and data; `plain` is the same canvas with the data written in by hand."""

    name: str
    canvas: dict[str, Any]
    width: int
    height: int
    variables: dict[str, Any] = field(default_factory=dict)
    plain: dict[str, Any] | None = None

    @property
    def source(self) -> TemplateSource:
        return TemplateSource(
            json.dumps(self.canvas),
            self.variables,
            engine="fabric",
            design=(self.width, self.height),
        )


def document(name: str) -> Document:
    return Document(name, **json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


@asynccontextmanager
async def plain_page() -> AsyncGenerator[Page]:
    """A page of the same browser's program that has nothing of ours but fabric."""
    fonts = {**os.environ, "FONTCONFIG_FILE": str(ROOT / "fonts" / "fonts.conf")}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(find_program(None)), env=fonts, args=list(LETTERS_AS_OURS)
        )
        page = await browser.new_page()
        await page.add_script_tag(path=ROOT / "renderer" / "canvas" / "fabric.min.js")
        yield page
        await browser.close()


async def drawn_by_fabric(page: Page, document: Document) -> bytes:
    """loadFromJSON, renderAll and toDataURL, as anybody would call them."""
    canvas = document.plain or document.canvas
    url = await page.evaluate(DRAW, [canvas, document.width, document.height])
    return base64.b64decode(url.partition(",")[2])


def differing(one: bytes, other: bytes) -> float:
    """The share of pixels that are not exactly the same, seen on white."""
    left, right = (_pixels(picture) for picture in (one, other))
    assert left.shape == right.shape
    return float((left != right).any(axis=2).mean())


def distance(one: bytes, other: bytes) -> float:
    """How far colours are from each other on average, of 255, with both a quarter as large."""
    smaller = [_quartered(picture) for picture in (one, other)]
    return float(np.abs(smaller[0] - smaller[1]).mean())


def _quartered(picture: bytes) -> np.ndarray:
    image = Image.fromarray(_pixels(picture))
    small = image.resize((image.width // 4, image.height // 4), Image.Resampling.BOX)
    return np.asarray(small).astype(float)


def _pixels(picture: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    return np.asarray(paper.convert("RGB"))
