"""Every lane of the renderer: captures, warm pages, pages with scripts, PDFs of both engines."""

import io
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest
from pypdf import PdfReader
from support.ground import StubNames
from support.rendering import asked
from support.site import MARKER, Asked, Site, answer, canary, redirector
from support.urls import A_TENTH, URLS, at
from support.vectors import MARKUP, document

from core.errors import PlatenError
from egress.client import EgressClient
from egress.errors import BlockedAddressError
from egress.policy import Policy
from egress.proxy import EgressProxy
from egress.resolve import Resolver
from renderer.engine import Renderer
from renderer.request import DocumentOptions, PictureOptions, UrlSource, Wait
from renderer.settings import RendererSettings

full = pytest.mark.full

LANES = {
    "warm": (PictureOptions(width=64, height=48), False),
    # A worker begins when the page is there already: the picture waits for what it asks for.
    "scripts": (PictureOptions(width=64, height=48, wait=Wait(timeout_ms=500)), True),
    "pdf": (DocumentOptions(), False),
    "weasyprint": (DocumentOptions(engine="weasyprint"), False),
}
"""Output and whether scripts run, for each way through the renderer."""

NEEDED = {
    "warm": {"img", "srcset", "stylesheet", "cssfont", "svgimage", "cssbackground"},
    "scripts": {"fetch", "iframe", "image", "cssimport", "worker"},
    "pdf": {"img", "iframe", "cssimport"},
    "weasyprint": {"img", "stylesheet", "cssbackground", "svgimage", "cssimport"},
}
"""What the positive control must see of each at the least."""


@pytest.fixture(scope="module")
async def secret() -> AsyncGenerator[Site]:
    """The canary on loopback of both families."""
    async with Site(canary, ("127.0.0.1", "::1")) as site:
        yield site


@pytest.fixture(scope="module")
async def opened() -> AsyncGenerator[Site]:
    """The positive control, and the pages that captures start from."""

    async def pages(asked: Asked, reader, writer) -> bytes:
        if asked.path.startswith("/page?"):
            return answer(document(asked.query["t"]))
        return await canary(asked, reader, writer)

    async with Site(pages, ("127.0.0.3",)) as site:
        yield site


@pytest.fixture(scope="module")
async def detours() -> AsyncGenerator[Site]:
    async with Site(redirector, ("127.0.0.3",)) as site:
        yield site


@pytest.fixture(scope="module")
async def renderer(
    tmp_path_factory: pytest.TempPathFactory, opened: Site, detours: Site
) -> AsyncGenerator[Renderer]:
    policy = Policy([opened.place, detours.place], Resolver(StubNames(), keep=0))
    proxy, client = EgressProxy(policy), EgressClient(policy)
    settings = RendererSettings(data_dir=tmp_path_factory.mktemp("egress"), browsers=1)
    renderer = Renderer(settings, proxy, client)
    await renderer.start()
    yield renderer
    await renderer.close()
    await proxy.close()
    await client.close()


@pytest.fixture(autouse=True)
def fresh_counts(secret: Site, opened: Site) -> None:
    for site in (secret, opened):
        site.asked.clear()
        site.connections = 0


CASES = [pytest.param(url, marks=() if url in A_TENTH else full) for url in URLS]


@pytest.mark.parametrize("url", CASES)
async def test_x01_no_url_of_the_suite_can_be_captured(
    renderer: Renderer, secret: Site, url: str
) -> None:
    with pytest.raises(BlockedAddressError) as raised:
        await renderer.render(asked(UrlSource(at(url, secret.port))))
    assert MARKER not in raised.value.message
    assert secret.connections == 0


@pytest.mark.parametrize(
    "way",
    [
        "302",
        "307",
        *(pytest.param(way, marks=full) for way in ("refresh-header", "meta", "chain5")),
    ],
)
async def test_x01_a_capture_is_not_led_astray(
    renderer: Renderer, detours: Site, secret: Site, way: str
) -> None:
    request = asked(UrlSource(detours.url(f"/{way}?to={secret.url()}")), javascript=True)
    with suppress(PlatenError):  # a refusal, or the page before the detour: both are right
        assert MARKER.encode() not in (await renderer.render(request)).data
    assert secret.connections == 0


async def test_x01_a_captured_page_reaches_nothing_private(
    renderer: Renderer, opened: Site, secret: Site
) -> None:
    source = UrlSource(opened.url(f"/page?t={secret.url('/v/')}"))
    wait = PictureOptions(width=64, height=48, wait=Wait(timeout_ms=500))
    result = await renderer.render(asked(source, wait, javascript=True))
    assert {warning.code for warning in result.warnings} >= {"blocked_request"}
    assert secret.connections == 0


@pytest.mark.parametrize("lane", LANES)
async def test_x01_the_positive_control_is_reached_through_each_lane(
    renderer: Renderer, opened: Site, lane: str
) -> None:
    output, scripts = LANES[lane]
    text = document(opened.url("/v/"), scripts=scripts)
    await renderer.render(asked(text, output, javascript=scripts))
    seen = {path.split("/")[2] for path in opened.paths if path.startswith("/v/")}
    assert seen >= NEEDED[lane]


HOSTS = ["127.0.0.1", *(pytest.param(host, marks=full) for host in
         ("localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "multi.test", "v6only.test"))]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("lane", LANES)
async def test_x01_no_vector_reaches_the_canary_through_any_lane(
    renderer: Renderer, secret: Site, lane: str, host: str
) -> None:
    output, scripts = LANES[lane]
    text = document(f"http://{host}:{secret.port}/v/", scripts=scripts)
    result = await renderer.render(asked(text, output, javascript=scripts))
    assert result.warnings
    assert secret.connections == 0, secret.asked


@pytest.mark.parametrize("lane", ["pdf", "weasyprint"])
async def test_x01_no_file_of_the_machine_gets_into_a_document(
    renderer: Renderer, tmp_path: Path, lane: str
) -> None:
    file = tmp_path / "secret.html"
    file.write_text(f"<p>{MARKER}</p>")
    text = "".join(MARKUP[name].format(u=file.as_uri()) for name in MARKUP)
    output, scripts = LANES[lane]
    result = await renderer.render(asked(f"<p>begin</p>{text}", output, javascript=scripts))
    assert MARKER.encode() not in result.data
    drawn = "".join(page.extract_text() for page in PdfReader(io.BytesIO(result.data)).pages)
    assert "begin" in drawn
    assert MARKER not in drawn
    assert not any("/EF" in page for page in PdfReader(io.BytesIO(result.data)).attachments)


@pytest.mark.parametrize("lane", ["warm", "scripts"])
async def test_x01_a_file_of_the_machine_is_drawn_like_nothing(
    renderer: Renderer, tmp_path: Path, lane: str
) -> None:
    file, output = tmp_path / "secret.svg", LANES[lane][0]
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>')
    page = '<img width=9 height=9 alt="" src="{u}"><p style="width:9px;height:9px;background:url({u})">'
    drawn = [
        (
            await renderer.render(asked(page.format(u=place), output, javascript=lane == "scripts"))
        ).data
        for place in (file.as_uri(), file.with_name("missing.svg").as_uri())
    ]
    assert drawn[0] == drawn[1]
