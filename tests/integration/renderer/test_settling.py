"""What a document names is in its picture, however late it comes."""

import asyncio
import io
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from PIL import Image
from support.rendering import asked
from support.site import Asked, Site, answer

from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.chromium import settle as settling
from renderer.engine import Renderer
from renderer.request import PictureOptions
from renderer.settings import RendererSettings

TIMES = 8
FORMS = {
    "a stylesheet": "<link rel=stylesheet href={0}.css>",
    "an imported stylesheet": "<style>@import '{0}.css';</style>",
    "a background": "<body style='background:url({0}.png)'>",
    "an image": "<body style='margin:0'><img style='display:block' src={0}.png>",
}


def _red() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "#f00").save(out, "png")
    return out.getvalue()


async def _late(request: Asked, _reader: object, _writer: object) -> bytes:
    if request.path.endswith(".finite.css"):
        await asyncio.sleep(0.2)
        finite = (
            "html{animation-iteration-count:1!important;animation-fill-mode:forwards!important}"
        )
        return answer(finite, kind="text/css")
    await asyncio.sleep(0.005)
    if request.path.endswith(".css"):
        return answer("html{background:#f00}", kind="text/css")
    return answer(_red(), kind="image/png")


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with Site(_late) as running:
        yield running


@pytest.fixture
async def renderer(tmp_path: Path, site: Site) -> AsyncGenerator[Renderer]:
    policy = Policy([site.place])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    made = Renderer(RendererSettings(data_dir=tmp_path, browsers=1), proxy, client)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


@pytest.mark.parametrize("form", FORMS)
async def test_what_a_document_names_is_in_the_first_picture_of_a_page(
    renderer: Renderer, site: Site, form: str
) -> None:
    small = PictureOptions(width=8, height=8)
    for number in range(TIMES):  # each in a page that has drawn nothing yet
        html = "<!doctype html>" + FORMS[form].format(site.url(f"/{number}"))
        result = await renderer.render(asked(html, small, workspace=f"w{number}"))
        picture = Image.open(io.BytesIO(result.data)).convert("RGB")
        assert picture.getpixel((4, 4)) == (255, 0, 0), (number, result.warnings)


async def test_what_nobody_ever_answers_holds_no_picture_up_for_ever(
    renderer: Renderer, site: Site
) -> None:
    html = (
        "<!doctype html><link rel=stylesheet href='http://'><link rel=icon href={0}.png>"
        "<meta http-equiv=content-security-policy content=\"default-src 'none'\">"
        "<body style='background:url({0}.png)'>"
    ).replace("{0}", site.url("/x"))
    async with asyncio.timeout(20):
        assert (await renderer.render(asked(html, PictureOptions(width=8, height=8)))).data


async def test_a_page_with_scripts_does_not_wait_for_its_own_address(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document is no resource of its own, so it never stands among those that have come."""
    monkeypatch.setattr(settling, "_LOOKS", 1_000_000)
    html = "<!doctype html><script>document.title = 'x'</script>"
    small = PictureOptions(width=8, height=8)
    assert (await renderer.render(asked(html, small, javascript=True, timeout=20.0))).data


@pytest.mark.parametrize(
    "form", ["<link rel=stylesheet href={0}>", "<style>@import '{0}';</style>"]
)
async def test_an_animation_that_late_rules_make_finite_is_drawn_at_its_end(
    renderer: Renderer, site: Site, form: str
) -> None:
    moving = (
        "<!doctype html><style>@keyframes a { from { background: #00f } to { background: #f00 } }"
        "html { animation: a 1s infinite }</style>"
    )
    for number in range(TIMES):
        html = moving + form.format(site.url(f"/{number}.finite.css"))
        result = await renderer.render(asked(html, PictureOptions(width=8, height=8)))
        with Image.open(io.BytesIO(result.data)) as picture:
            assert picture.convert("RGB").getpixel((4, 4)) == (255, 0, 0)
