"""X02: what one workspace's pages leave in the browser, another's never find.

Not shown here: HSTS. Chromium keeps it for names with a certificate that it trusts, never for
addresses, so a site on loopback cannot set it. Like cookies it belongs to the browser context.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from PIL import Image
from support.service import Service
from support.traces import COLORS, EMPTY, TraceSite

from tests.tenancy.conftest import Tenants

SIZE = {"width": 40, "height": 40}
NORMAL, FULL = 10, 200


def capture(client: httpx2.Client, url: str) -> bytes:
    body = {"url": url, "waitForSelector": "#done", **SIZE}
    answer = client.post("/image?response=binary", json=body)
    assert answer.status_code == 200, answer.text
    return answer.content


def draw(client: httpx2.Client, html: str) -> tuple[tuple[int, ...], str]:
    """The colour in the middle, and the codes of the warnings."""
    body = {"html": html, "javascript": "off", **SIZE}
    answer = client.post("/image?response=binary", json=body)
    assert answer.status_code == 200, answer.text
    pixel = Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((20, 20))
    assert isinstance(pixel, tuple)
    return pixel, answer.headers.get("x-warnings", "")


def meet(site: TraceSite, leaver: httpx2.Client, looker: httpx2.Client) -> tuple[Any, Any]:
    """Both pages at once: one leaves its traces and stays, the other looks; what each found."""
    run = uuid4().hex
    with ThreadPoolExecutor(2) as both:
        left = both.submit(capture, leaver, site.url(f"/leave?run={run}"))
        looked = both.submit(capture, looker, site.url(f"/look?run={run}"))
        left.result()
        looked.result()
    return site.left[run], site.looked[run]


def test_the_probes_find_every_trace_on_the_page_that_left_it(
    site: TraceSite, tenants: Tenants
) -> None:
    seen, _ = meet(site, tenants.first, tenants.second)
    expected_empty = {name for name in EMPTY if seen[name] == EMPTY[name]}
    # The browser refuses service workers altogether; nobody sent the visitor here.
    assert expected_empty == {"serviceWorkers", "referrer"}


def interleaved(site: TraceSite, tenants: Tenants, times: int) -> None:
    nonces: set[str] = set()
    for number in range(times):
        pair = (tenants.first, tenants.second)
        leaver, looker = pair if number % 2 else pair[::-1]
        seen, found = meet(site, leaver, looker)
        # Every page is the first of its context, the leaver's as well: nothing was there before.
        for report in (seen, found):
            assert report["nonce"] not in nonces
            nonces.add(report.pop("nonce"))
        assert found == EMPTY


def test_X02_another_workspaces_pages_find_nothing(site: TraceSite, tenants: Tenants) -> None:
    interleaved(site, tenants, NORMAL)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_X02_another_workspaces_pages_find_nothing_in_200_runs(
    site: TraceSite, tenants: Tenants
) -> None:
    interleaved(site, tenants, FULL)


def test_X02_a_workspaces_own_next_page_finds_nothing_either(
    site: TraceSite, tenants: Tenants
) -> None:
    _, found = meet(site, tenants.first, tenants.first)
    found.pop("nonce")
    assert found == EMPTY


@pytest.mark.parametrize(
    "form", ["<img src={0}.png style='width:40px'>", "<link rel=stylesheet href={0}.css>"]
)
def test_X02_what_a_warm_page_has_loaded_is_loaded_anew_for_another_workspace(
    site: TraceSite, tenants: Tenants, form: str
) -> None:
    for _ in range(NORMAL):
        html = "<!doctype html><style>body{margin:0}</style>" + form.format(
            site.url(f"/{uuid4().hex}")
        )
        drawn = [draw(client, html) for client in (tenants.first, tenants.second, tenants.first)]
        mine, other, again = (color for color, _ in drawn)
        assert (mine, other) == COLORS[:2], drawn
        assert again in {COLORS[0], COLORS[2]}, drawn


def test_X02_a_font_that_one_workspace_has_loaded_is_not_there_for_another(
    site: TraceSite, tenants: Tenants
) -> None:
    for _ in range(NORMAL):
        url = site.url(f"/{uuid4().hex}.ttf")
        html = (
            f"<style>@font-face{{font-family:f;src:url({url})}}</style><p style='font-family:f'>f"
        )
        assert not draw(tenants.first, html)[1]
        assert "asset" in draw(tenants.second, html)[1]  # it asked, and was told 404


def test_X02_no_link_is_ever_marked_as_visited(site: TraceSite, tenants: Tenants) -> None:
    """The headless shell keeps no list of visited links, not even for the page that visited."""
    for client in (tenants.first, tenants.second):
        picture = capture(client, site.url("/first?run=go"))  # goes on to /second, then /third
        pixel = Image.open(io.BytesIO(picture)).convert("RGB").getpixel((20, 20))
        assert site.asked["/third?run=go"]
        assert pixel == (0, 255, 0)
    link = f"<style>a{{background:#0f0}}a:visited{{background:#f00}}</style><a style='position:fixed;inset:0' href={site.url('/second?run=go')}></a>"
    assert draw(tenants.second, link)[0] == (0, 255, 0)


def test_a_strict_workspace_gets_a_browser_beside_the_shared_one(
    service: Service, site: TraceSite, tenants: Tenants
) -> None:
    meet(site, tenants.first, tenants.second)  # by now those that share a browser have theirs
    before = httpx2.get(f"{service.url}/pressure").json()
    _, found = meet(site, tenants.first, tenants.strict)
    found.pop("nonce")
    assert found == EMPTY
    after = httpx2.get(f"{service.url}/pressure").json()
    assert after["browsers"] == before["browsers"] + 1
