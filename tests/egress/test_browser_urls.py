"""Every URL through the real headless shell: as a picture, frame, style, fetch, redirect, page."""

import asyncio
import html
import json
from contextlib import suppress
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Error, Frame, Page
from support.site import MARKER, Asked, Site, answer
from support.urls import A_TENTH, URLS, at

from egress.policy import Policy
from egress.port import ProxyPort

PAGE = """<!doctype html><body><img src="{u}"><iframe src="{u}"></iframe>
<p style="background:url('{u}')">x</p><link rel=stylesheet href="{u}"><img src="{r}">
<script>
const ask = (url) => {{ try {{ return fetch(url, {{mode: "no-cors"}}).catch(() => 0) }} catch {{ return 0 }} }};
Promise.all([ask({j}), ask({jr})]).then(() => {{ document.title = "asked" }});
</script></body>"""

CASES = [pytest.param(url, marks=() if url in A_TENTH else pytest.mark.full) for url in URLS]


@pytest.mark.parametrize("url", CASES)
async def test_x01_no_url_of_the_suite_leads_the_browser_anywhere(
    shell: Browser, port: ProxyPort, policy: Policy, redirects: Site, forbidden: Site, url: str
) -> None:
    url = at(url, forbidden.port)
    elsewhere = redirects.url(f"/307?to={quote(url, safe=':/?#[]@')}")
    text = PAGE.format(
        u=html.escape(url), r=html.escape(elsewhere), j=json.dumps(url), jr=json.dumps(elsewhere)
    )

    async def serve(asked: Asked, _reader, _writer) -> bytes:
        return answer(text, kind="text/html; charset=utf-8")

    async with Site(serve, ("127.0.0.3",)) as home:
        port._policy = Policy([f"127.0.0.3:{home.port}", redirects.place], policy.resolver)
        context = await shell.new_context(proxy={"server": port.url})
        page = await context.new_page()
        await page.goto(f"http://127.0.0.3:{home.port}/", timeout=15_000)
        await page.wait_for_function("document.title == 'asked'", timeout=15_000)
        shown = " ".join([await _content(frame) for frame in page.frames])
        assert MARKER not in shown
        assert "root:" not in shown
        if url.startswith("http"):  # what is no http URL is refused before a browser sees it
            await _visit(page, url)
        await _visit(page, elsewhere)
        assert MARKER not in await _content(page.main_frame)
        await context.close()
    assert forbidden.connections == 0


async def _content(frame: Frame) -> str:
    """The frame's document; one that the browser refused to load has none, and never answers."""
    try:
        async with asyncio.timeout(1):
            return await frame.content()
    except (TimeoutError, Error):
        return ""


async def _visit(page: Page, url: str) -> None:
    """Try to go there; that the browser may not is what is hoped for, within the deadline."""
    with suppress(Error):
        async with asyncio.timeout(15):
            await page.goto(url)


async def test_x01_the_positive_control_is_reached_in_each_of_these_ways(
    shell: Browser, port: ProxyPort, redirects: Site, allowed: Site
) -> None:
    url, elsewhere = allowed.url("/x"), redirects.url(f"/307?to={allowed.url('/redirected')}")
    text = PAGE.format(u=url, r=elsewhere, j=json.dumps(url), jr=json.dumps(elsewhere))
    context = await shell.new_context(proxy={"server": port.url})
    page = await context.new_page()
    await page.goto(allowed.url())
    await page.set_content(text)
    await page.wait_for_function("document.title == 'asked'", timeout=15_000)
    assert MARKER in await page.frames[1].content()
    assert {"/x", "/redirected"} <= set(allowed.paths)
    await page.goto(elsewhere)
    assert MARKER in await page.content()
    await context.close()
