"""Parts of photographs that are fetched when a document asks for them."""

import asyncio
import io

import psutil
import pytest
from PIL import Image

from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.models import EgressLimits
from egress.policy import Policy
from egress.session import Session
from renderer.asker import Asker
from renderer.compose.functions.assets import crop
from renderer.intake.crop import Crop, cropped
from renderer.jail import Jail
from renderer.jail_settings import JailSettings
from renderer.origin import DOCUMENT_ORIGIN, STORED
from renderer.supply import Supply
from tests.support.site import Asked, Site, answer
from tests.support.work import eventually


def turned() -> bytes:
    """A photograph in CMYK that lies on its side: upright it is 20 x 40 and red above."""
    picture = Image.new("RGB", (40, 20), (200, 30, 30))
    picture.paste((30, 30, 200), (20, 0, 40, 20))
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    picture.convert("CMYK").save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


async def test_a_part_of_a_remote_photograph_is_upright_and_in_srgb(jail: Jail) -> None:
    async def serve(asked: Asked, _reader: object, _writer: object) -> bytes:
        found = asked.path.startswith("/photo.jpg?a=1&b")
        return answer(turned(), kind="image/jpeg") if found else answer(status="404 Not Found")

    async with Site(serve) as site:
        client = EgressClient(Policy([site.place]))
        session = Session("rnd", EgressLimits(), "ws")
        supply = Supply(AssetCache(client), session, jail=jail)

        async def part(url: str, *focus: object) -> bytes | None:
            path = crop(url, 10, 10, *focus).removeprefix(f"{DOCUMENT_ORIGIN}/")
            return await supply.file(path)

        data = await part(site.url("/photo.jpg?a=1&b=%20ü"), {"x": 0.5, "y": 0.0})
        assert data is not None
        made = Image.open(io.BytesIO(data))
        assert (made.mode, made.size) == ("RGB", (20, 20))
        pixel = made.getpixel((10, 10))
        assert isinstance(pixel, tuple)
        assert pixel[0] > 150 > pixel[2]
        assert await part(site.url("/nothing.jpg")) is None
        lost = [one.url for one in session.close().failed]
        assert lost == [site.url("/nothing.jpg")]
        await client.close()


async def test_the_children_that_cut_end_when_nobody_needs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("renderer.jail._PICTURES_IDLE_S", 0.1)
    jail = Jail()
    try:
        for _ in range(2):
            part = Crop(10, 10, None, "photo.jpg")
            assert Image.open(io.BytesIO(await cropped(jail, turned(), part))).size == (20, 20)
            (pid,) = jail.pids()
            await eventually(lambda gone=pid: not psutil.pid_exists(gone))
    finally:
        await jail.close()


async def test_a_part_that_finds_no_child_in_time_is_a_lost_asset() -> None:
    jail, client = Jail(JailSettings(jail_document_children=1)), EgressClient(Policy())
    session, path = Session("rnd"), f"{STORED}/photo.jpg"
    files, cache = {path: turned()}, AssetCache(client)
    try:
        renders = [Supply(cache, session, files, jail=jail) for _ in range(70)]
        asked = (supply.file(f".crop/10x10/smart/{path}") for supply in renders)
        found = await asyncio.gather(*asked)
    finally:
        await jail.close()
        await client.close()
    assert found.count(None) == 5  # one is cut, 64 wait
    assert [(one.url, "64 requests wait" in one.reason) for one in session.report().failed] == [
        (path, True)
    ]


async def test_a_document_of_many_parts_waits_for_itself_alone() -> None:
    jail, client = Jail(JailSettings(jail_document_children=1)), EgressClient(Policy())
    session, path, asker = Session("rnd"), f"{STORED}/photo.jpg", Asker()
    supply = Supply(AssetCache(client), session, {path: turned()}, jail=jail.asked_by(asker))
    try:
        asked = (supply.file(f".crop/10x10/smart/{path}") for _ in range(70))
        assert None not in await asyncio.gather(*asked)
    finally:
        await jail.close()
        await client.close()
    assert asker.waited == 0


async def test_an_address_that_nobody_made_asks_for_no_part(jail: Jail) -> None:
    client = EgressClient(Policy())
    supply = Supply(AssetCache(client), Session("rnd"), jail=jail)
    for path in (
        ".crop/0x4/smart/YQ",
        ".crop/4x4/left/YQ",
        ".crop/4x4/smart/%",
        ".crop/4x4/smart/_w",
    ):
        assert await supply.file(path) is None
    await client.close()
