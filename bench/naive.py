"""The naive way: Playwright, full Chromium, a new context for each render, `page.screenshot`."""

import os
import shutil
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright

from bench.cases import NOW_US, Case
from renderer.compose.composer import Composer
from renderer.jail import Jail
from renderer.request import Environment, TemplateSource

__all__ = ["Naive"]

_FONTS = Path(__file__).resolve().parents[1] / "fonts" / "fonts.conf"
_PLACES = ("/usr/lib/chromium/chromium", "/usr/lib/chromium-browser/chromium-browser")


class Naive:
    """As most people begin. It gets the composed HTML for nothing: only the browser is timed."""

    name = "naive"

    def __init__(self) -> None:
        self._jail = Jail()
        self._composer = Composer(self._jail)
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._documents: dict[tuple[str, int], str] = {}

    async def start(self) -> None:
        """Start the driver, one Chromium, and the jail for composing ahead."""
        await self._jail.start()
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=_chromium(),
            args=["--font-render-hinting=none"],
            env={**os.environ, "FONTCONFIG_FILE": str(_FONTS)},
        )

    async def prepare(self, case: Case, number: int) -> None:
        """Compose the document of a render to come."""
        source = TemplateSource(case.source, case.variables(number))
        html = await self._composer.compose(source, Environment(NOW_US))
        self._documents[case.name, number] = html

    async def render(self, case: Case, number: int) -> bytes:
        """A context, a page, the document, the picture; then the context is closed."""
        assert self._browser is not None
        context = await self._browser.new_context(
            viewport={"width": case.width, "height": case.height}
        )
        try:
            page = await context.new_page()
            await page.set_content(self._documents.pop((case.name, number)))
            if case.format == "pdf":
                return await page.pdf(prefer_css_page_size=True, print_background=True)
            if case.format == "jpeg":
                return await page.screenshot(type="jpeg", quality=85)
            return await page.screenshot()
        finally:
            await context.close()

    async def close(self) -> None:
        """End everything."""
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
        await self._jail.close()


def _chromium() -> str:
    given = os.environ.get("BENCH_CHROMIUM")
    found = given or next((one for one in _PLACES if Path(one).is_file()), shutil.which("chromium"))
    if not found:
        raise SystemExit(
            "The naive way needs the full Chromium: install the package chromium, or name the "
            "program in BENCH_CHROMIUM."
        )
    return found
