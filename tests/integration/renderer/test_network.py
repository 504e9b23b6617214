"""What the network does to a render: servers that never end, chains, floods, fonts, names."""

import asyncio
import gzip
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest
from support.ground import StubNames
from support.rendering import asked
from support.site import Asked, Site, answer, redirector

from core.reach import Reach
from egress.client import EgressClient
from egress.errors import BlockedAddressError, FetchFailedError, TooManyRedirectsError
from egress.models import EgressLimits
from egress.policy import Policy
from egress.proxy import EgressProxy
from egress.resolve import Resolver
from renderer.engine import Renderer
from renderer.request import DocumentOptions, Output, PictureOptions, RenderResult, UrlSource
from renderer.settings import RendererSettings

SMALL = PictureOptions(width=16, height=16)
LANES: dict[str, tuple[Output, bool]] = {
    "warm": (SMALL, False),
    "scripts": (SMALL, True),
    "weasyprint": (DocumentOptions(engine="weasyprint"), False),
}
LIMITS = EgressLimits(
    max_requests=30, max_bytes=2_000_000, max_redirects=5, connect_timeout=1, resource_timeout=2
)


FONTS = {
    "/bomb.woff2": answer(
        gzip.compress(bytes(50_000_000)), kind="font/woff2", Content_Encoding="gzip"
    ),
    "/broken.woff2": answer("no font at all", kind="font/woff2", Access_Control_Allow_Origin="*"),
    "/missing.woff2": answer("", "404 Not Found"),
}


async def serve(
    asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bytes | None:
    """`/endless`, `/silent`, fonts that are none, redirects, and a stylesheet for all else."""
    place = asked.path.partition("?")[0]
    if place == "/endless":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()
    if place == "/silent":
        await reader.read()
    if place in {"/endless", "/silent"}:
        return None
    if place.startswith(("/chain", "/loop")):
        return await redirector(asked, reader, writer)
    sheet = answer("p{color:red}", kind="text/css", Access_Control_Allow_Origin="*")
    return FONTS.get(place, sheet)


async def names(host: str) -> Sequence[str]:
    """Slow, ill and unknowing name servers."""
    if host == "slow.test":
        await asyncio.sleep(10)
    if host == "down.test":
        raise OSError("no name server answers")
    return []


@pytest.fixture(scope="module")
async def site() -> AsyncGenerator[Site]:
    async with Site(serve) as running:
        yield running


@pytest.fixture(scope="module")
async def renderer(
    tmp_path_factory: pytest.TempPathFactory, site: Site
) -> AsyncGenerator[Renderer]:
    policy = Policy([site.place], Resolver(names))
    proxy, client = EgressProxy(policy), EgressClient(policy)
    folder: Path = tmp_path_factory.mktemp("network")
    made = Renderer(RendererSettings(data_dir=folder, browsers=1), proxy, client, LIMITS)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


async def drawn(renderer: Renderer, lane: str, head: str, **more: object) -> RenderResult:
    output, scripts = LANES[lane]
    html = f"<!doctype html><head>{head}</head><p>words"
    return await renderer.render(asked(html, output, javascript=scripts, timeout=20, **more))


def codes(result: RenderResult) -> set[str]:
    return {warning.code for warning in result.warnings}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("host", ["slow.test", "down.test", "missing.test"])
async def test_N01_a_name_that_cannot_be_looked_up_costs_its_resource_alone(
    renderer: Renderer, lane: str, host: str
) -> None:
    started = time.monotonic()
    result = await drawn(renderer, lane, f"<link rel=stylesheet href='https://{host}/a.css'>")
    assert result.data
    assert time.monotonic() - started < 10
    if host == "missing.test":
        assert codes(result) == {"blocked_request"}
    elif lane != "scripts":  # which limit ends it first is a matter of milliseconds
        assert codes(result) in ({"asset_failed"}, {"blocked_request"})


@pytest.mark.parametrize("lane", LANES)
async def test_P06_an_answer_without_end_is_cut_and_the_render_goes_on(
    renderer: Renderer, site: Site, lane: str
) -> None:
    result = await drawn(renderer, lane, f"<link rel=stylesheet href='{site.url('/endless')}'>")
    assert "blocked_request" in codes(result)
    assert "More than 2000000 bytes" in result.warnings[0].message


async def test_P06_a_page_without_end_is_not_captured(renderer: Renderer, site: Site) -> None:
    with pytest.raises((BlockedAddressError, FetchFailedError)):
        await renderer.render(asked(UrlSource(site.url("/endless")), SMALL, timeout=20))


@pytest.mark.parametrize("lane", LANES)
async def test_P07_requests_over_the_limit_are_refused_and_the_render_goes_on(
    renderer: Renderer, site: Site, lane: str
) -> None:
    site.asked.clear()
    head = "".join(
        f"<link rel=stylesheet href='{site.url(f'/{lane}/{number}.css')}'>" for number in range(200)
    )
    result = await drawn(renderer, lane, head)
    assert len(site.asked) <= LIMITS.max_requests
    assert codes(result) == {"blocked_request"}
    assert "More than 30 requests" in result.warnings[0].message


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("path", ["/loop", "/chain30?to=x"])
async def test_P08_redirects_without_end_cost_their_resource_alone(
    renderer: Renderer, site: Site, lane: str, path: str
) -> None:
    site.asked.clear()
    result = await drawn(renderer, lane, f"<link rel=stylesheet href='{site.url(path)}'>")
    assert len(site.asked) == LIMITS.max_redirects + 1
    if lane != "scripts":
        assert codes(result) == {"asset_failed"}


@pytest.mark.parametrize("path", ["/loop", "/chain30?to=x"])
async def test_P08_a_page_that_redirects_without_end_is_not_captured(
    renderer: Renderer, site: Site, path: str
) -> None:
    with pytest.raises(TooManyRedirectsError) as raised:
        await renderer.render(asked(UrlSource(site.url(path)), SMALL, javascript=True))
    assert raised.value.code == "too_many_redirects"


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("font", ["missing.woff2", "broken.woff2", "bomb.woff2"])
async def test_P24_a_font_that_is_none_leaves_the_text_in_another_one(
    renderer: Renderer, site: Site, lane: str, font: str
) -> None:
    face = f"@font-face{{font-family:own;src:url('{site.url(f'/{font}')}')}}"
    result = await drawn(renderer, lane, f"<style>{face} p{{font-family:own}}</style>")
    assert result.data
    if lane != "scripts" and font == "missing.woff2":
        assert codes(result) == {"asset_failed"}
    if lane != "scripts" and font == "bomb.woff2":
        assert codes(result) == {"blocked_request"}


@pytest.mark.parametrize("lane", LANES)
async def test_a_server_that_never_answers_costs_its_resource_alone(
    renderer: Renderer, site: Site, lane: str
) -> None:
    started = time.monotonic()
    result = await drawn(renderer, lane, f"<link rel=stylesheet href='{site.url('/silent')}'>")
    assert result.data
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(
    ("reach", "reached"),
    [
        (Reach("none"), False),
        (Reach("allow-list", frozenset({"other.test"})), False),
        (Reach("allow-list", frozenset({"127.0.0.1"})), True),
    ],
)
async def test_a_policy_holds_in_every_lane_whatever_others_have_loaded(
    renderer: Renderer, site: Site, lane: str, reach: Reach, reached: bool
) -> None:
    head = f"<link rel=stylesheet href='{site.url(f'/reach-{lane}.css')}'>"
    await drawn(renderer, lane, head)
    site.asked.clear()
    result = await drawn(renderer, lane, head, reach=reach)
    assert bool(site.asked) == reached
    assert codes(result) == (set() if reached else {"blocked_request"})


async def test_a_page_whose_server_is_not_there_is_not_captured(tmp_path: Path) -> None:
    async with Site(serve) as gone:
        place = gone.place
    client = EgressClient(Policy([place]))
    proxy = EgressProxy(client.policy)
    made = Renderer(RendererSettings(data_dir=tmp_path, browsers=1), proxy, client)
    await made.start()
    with pytest.raises(FetchFailedError):
        await made.render(asked(UrlSource(f"http://{place}/"), SMALL))
    await made.close()
    await proxy.close()
    await client.close()


@pytest.mark.parametrize("javascript", [False, True])
async def test_assets_by_plain_http_are_loaded_and_the_context_is_a_secure_one(
    tmp_path: Path, javascript: bool
) -> None:
    async with Site(serve, (StubNames.OPEN,)) as plain:
        client = EgressClient(Policy([plain.place], Resolver(StubNames())))
        proxy = EgressProxy(client.policy)
        made = Renderer(RendererSettings(data_dir=tmp_path, browsers=1), proxy, client)
        await made.start()
        home = f"http://open.test:{plain.port}"
        script = f"<script>if (isSecureContext) new Image().src = '{home}/secure'</script>"
        html = f"<link rel=stylesheet href='{home}/a.css'><img src='{home}/b.png'><p>words"
        await made.render(asked(html + script * javascript, SMALL, javascript=javascript))
        assert set(plain.paths) == {"/a.css", "/b.png"} | ({"/secure"} if javascript else set())
        await made.close()
        await proxy.close()
        await client.close()


async def test_a_policy_holds_for_captures(renderer: Renderer, site: Site) -> None:
    site.asked.clear()
    for reach in (Reach("none"), Reach("allow-list", frozenset({"other.test"}))):
        with pytest.raises(BlockedAddressError):
            await renderer.render(asked(UrlSource(site.url()), SMALL, reach=reach))
    assert site.asked == []


async def test_a_document_that_sends_its_page_elsewhere_is_drawn_all_the_same(
    renderer: Renderer, site: Site
) -> None:
    head = "<meta http-equiv=refresh content='0;url=http://127.0.0.1:1/'>"
    late = f"<link rel=stylesheet href='{site.url('/silent')}'>"
    assert (await drawn(renderer, "scripts", head + late)).data


async def test_warm_pages_ask_a_server_once_for_what_is_fresh(
    renderer: Renderer, tmp_path: Path
) -> None:
    async def fresh(asked: Asked, _reader: object, _writer: object) -> bytes:
        return answer("p{color:red}", kind="text/css", Cache_Control="max-age=60")

    async with Site(fresh) as own:
        client = EgressClient(Policy([own.place]))
        proxy = EgressProxy(client.policy)
        settings = RendererSettings(data_dir=tmp_path, browsers=1)
        made = Renderer(settings, proxy, client)
        await made.start()
        for lane in ("warm", "warm", "weasyprint", "weasyprint"):
            await drawn(made, lane, f"<link rel=stylesheet href='{own.url('/a.css')}'>")
        await made.close()
        await proxy.close()
        await client.close()
        assert len(own.asked) <= 2  # browser and WeasyPrint ask with different headers
