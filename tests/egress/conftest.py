"""The egress suite: a fifth of it in the normal tests, the whole by `-m full`.

`make egress` runs everything. What is marked `full` is left out unless it is asked for.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright
from support.ground import allowed, client, forbidden, names, policy, proxy, redirects

from egress.chromium import SWITCHES
from egress.models import EgressLimits
from egress.port import ProxyPort
from egress.proxy import EgressProxy
from renderer.chromium.program import find_program

__all__ = ["allowed", "client", "forbidden", "names", "policy", "proxy", "redirects"]


@pytest.fixture(scope="module")
async def shell() -> AsyncIterator[Browser]:
    """The real headless shell, with the switches that keep it behind the proxy."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_program(None),
            args=list(SWITCHES),
            proxy={"server": "http://127.0.0.1:9"},  # where no context says otherwise: nowhere
        )
        yield browser
        await browser.close()


@pytest.fixture
async def port(proxy: EgressProxy) -> ProxyPort:
    """A port of the proxy with a render on it."""
    port = await proxy.open_port()
    port.begin("rnd_1", EgressLimits(connect_timeout=3))
    return port
