"""The pages whose pictures are encoded, drawn once each by the headless shell."""

import base64
import io
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image
from playwright.async_api import Browser, async_playwright

from bench.cases import NOW_US
from bench.peers.chromium import browser_environment, headless_shell
from renderer.compose.composer import Composer
from renderer.jail import Jail
from renderer.request import Environment, TemplateSource

__all__ = ["Drawn", "drawn_pages"]

_FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_BARE = "<!doctype html><style>*{margin:0}</style>"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page as Chromium encodes it: quickly, by default, and as JPEG 85."""

    name: str
    fast: bytes
    default: bytes
    jpeg: bytes


async def drawn_pages() -> AsyncGenerator[Drawn]:
    """Fixtures, and pages that are hard in one way each."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=headless_shell(), env=browser_environment()
        )
        for name, (html, width, height) in (await _sources()).items():
            yield await _drawn(browser, name, html, width, height)
        await browser.close()


async def _sources() -> dict[str, tuple[str, int, int]]:
    fixtures = {
        "card": ("social-card", 1200, 630),
        "poster with photograph": ("product-poster", 1080, 1350),
        "quote": ("quote-japanese", 1200, 1200),
        "invoice": ("invoice", 794, 1123),
    }
    jail = Jail()
    await jail.start()
    made = {
        name: (await _composed(Composer(jail), folder), width, height)
        for name, (folder, width, height) in fixtures.items()
    }
    await jail.close()
    gradient = "<body style='background:linear-gradient(45deg,#123,#f80,#08f)'>"
    panels = "".join(
        f"<div style='float:left;width:{40 + 3 * at}px;height:{60 + 5 * at}px;"
        f"background:rgb({at * 16},{255 - at * 16},{at * 9})'></div>"
        for at in range(16)
    )
    words = "<p style='font:60px sans-serif;color:#1248'>Text on nothing, and again</p>" * 6
    return made | {
        "gradient": (_BARE + gradient, 1200, 630),
        "16 colours": (_BARE + panels, 800, 600),
        "transparent": (_BARE + words, 800, 600),
        "noise": (f"{_BARE}<img src='{_noise()}'>", 600, 400),
    }


async def _composed(composer: Composer, name: str) -> str:
    folder = _FIXTURES / name
    source = (folder / "template.html").read_text(encoding="utf-8")
    variables = json.loads((folder / "variables.json").read_text(encoding="utf-8"))
    return await composer.compose(TemplateSource(source, variables), Environment(NOW_US))


def _noise() -> str:
    picture = Image.frombytes("RGB", (600, 400), Random(1).randbytes(600 * 400 * 3))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


async def _drawn(browser: Browser, name: str, html: str, width: int, height: int) -> Drawn:
    page = await browser.new_page(viewport={"width": width, "height": height})
    await page.set_content(html)
    session = await page.context.new_cdp_session(page)
    clear = {"color": {"r": 0, "g": 0, "b": 0, "a": 0}}
    await session.send("Emulation.setDefaultBackgroundColorOverride", clear)

    async def shot(**options: object) -> bytes:
        answer = await session.send("Page.captureScreenshot", options)
        return base64.b64decode(answer["data"])

    fast, default = await shot(format="png", optimizeForSpeed=True), await shot(format="png")
    await session.send("Emulation.setDefaultBackgroundColorOverride", {})
    jpeg = await shot(format="jpeg", quality=85, optimizeForSpeed=True)
    await page.close()
    return Drawn(name, fast, default, jpeg)
