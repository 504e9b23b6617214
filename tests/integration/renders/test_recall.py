"""What was drawn before is not drawn again, and what is being drawn is drawn once."""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx2
import pytest
from PIL import Image
from sqlalchemy import update

from core.database import Database
from core.errors import RenderTimeoutError
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from jobs.render.command import InlineTemplate, RenderCommand
from jobs.render.models import renders as render_rows
from jobs.render.rendered import Rendered
from renderer.compose.composed import Composed
from renderer.engine import Renderer
from renderer.pool import Pressure
from renderer.request import HtmlSource, PictureOptions, RenderRequest, RenderResult, UrlSource
from renderer.settings import RendererSettings
from renderer.stored import ReadFile, no_files
from tests.integration.renders.conftest import House, house_of
from tests.support.site import Asked, Site, answer, until

CARD = {"html": "<h1>Good morning</h1>", "width": 60, "height": 40}


def png(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "PNG")
    return file.getvalue()


class Watched:
    """The real renderer, which says how often it was asked to draw, and waits when told to."""

    def __init__(self, real: Renderer) -> None:
        self.real = real
        self.drawn = 0
        self.stopped = 0
        self.go = asyncio.Event()
        self.go.set()

    async def render(self, request: RenderRequest, read: ReadFile = no_files) -> RenderResult:
        self.drawn += 1
        try:
            await self.go.wait()
            return await self.real.render(request, read)
        except asyncio.CancelledError:
            self.stopped += 1
            raise

    async def compose(self, request: RenderRequest) -> Composed:
        return await self.real.compose(request)

    async def unchanged(self, request: RenderRequest, assets: Any) -> bool:
        return await self.real.unchanged(request, assets)

    def build(self) -> str:
        return self.real.build()

    def pressure(self) -> Pressure:
        return self.real.pressure()

    async def analyse(self, workspace: str, source: str) -> Any:
        return await self.real.analyse(workspace, source)

    async def analyse_canvas(self, workspace: str, source: str) -> Any:
        return await self.real.analyse_canvas(workspace, source)

    async def probe(self) -> None:
        await self.real.probe()


class Shop(Site):
    """A server of one picture: its colour and its headers may change."""

    def __init__(self) -> None:
        super().__init__(self._logo)
        self.colour = (255, 0, 0)
        self.headers = {"Cache_Control": "no-cache", "ETag": '"red"'}

    async def _logo(self, asked: Asked, _reader: object, _writer: object) -> bytes:
        if "lost" in asked.path:
            return answer("gone", "404 Not Found")
        if asked.headers.get("if-none-match") == self.headers.get("ETag"):
            return answer(status="304 Not Modified", **self.headers)
        return answer(png(self.colour), kind="image/png", **self.headers)

    def paint(self, colour: tuple[int, int, int], name: str) -> None:
        self.colour, self.headers = colour, {**self.headers, "ETag": f'"{name}"'}


@pytest.fixture(scope="module")
async def shop() -> AsyncIterator[Shop]:
    async with Shop() as site:
        yield site


@pytest.fixture(scope="module")
async def near(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> AsyncGenerator[Renderer]:
    """A renderer that may ask the shop."""
    policy = Policy([shop.place])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    settings = RendererSettings(data_dir=tmp_path_factory.mktemp("recall"), browsers=1)
    made = Renderer(settings, proxy, client)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


@pytest.fixture
def renderer(near: Renderer) -> Watched:
    return Watched(near)


@pytest.fixture
def house(db: Database, renderer: Watched) -> House:
    return house_of(db, renderer)


def page(workspace_id: str, html: str = "<p>one", **more: Any) -> RenderCommand:
    output = PictureOptions(width=60, height=40)
    origin = more.pop("origin", HtmlSource(html))
    return RenderCommand(workspace_id, origin, output, **more)


async def image(client: httpx2.AsyncClient, **more: Any) -> Any:
    headers = more.pop("headers", {})
    answered = await client.post("/image", json=CARD | more, headers=headers)
    assert answered.status_code == 200, answered.text
    return answered.json()


async def test_a_repeated_render_answers_from_the_store_under_an_id_of_its_own(
    client: httpx2.AsyncClient, house: House, renderer: Watched
) -> None:
    first, second = await image(client), await image(client)
    assert (first["cached"], second["cached"], renderer.drawn) == (False, True, 1)
    assert first["id"] != second["id"]
    assert first["url"] != second["url"]
    same = ("width", "height", "size", "format", "warnings")
    assert [first[name] for name in same] == [second[name] for name in same]
    shown = (await client.get(f"/image/{second['id']}")).json()["image"]
    assert shown["url"] == second["url"]
    files = [(await client.get(one["url"])).content for one in (first, second)]
    assert files[0] == files[1]
    counts = await house.counts()
    assert (counts["renders"], counts["artifacts"], counts["objects"]) == (2, 2, 1)


async def test_the_order_of_an_objects_members_makes_another_picture(
    client: httpx2.AsyncClient,
) -> None:
    html = "{% for name, price in prices.items() %}{{ name }} {{ price }} {% endfor %}"
    orders = {"tea": 1, "cake": 2}, {"cake": 2, "tea": 1}
    made = [await image(client, html=html, variables={"prices": one}) for one in orders]
    again = await image(client, html=html, variables={"prices": orders[0]})
    assert [one["cached"] for one in (*made, again)] == [False, False, True]


async def test_what_a_function_of_the_callers_showed_is_not_recalled(
    client: httpx2.AsyncClient,
) -> None:
    function = "(document.body.append(new Date().toISOString()), true)"
    asked = {"waitForFunction": function, "now": "2026-01-01T00:00:00Z"}
    for _ in range(2):
        assert not (await image(client, **asked))["cached"]


async def test_the_bytes_go_with_their_last_user(client: httpx2.AsyncClient, house: House) -> None:
    first, second = await image(client), await image(client)
    assert (await client.delete(f"/files/{first['id']}")).status_code == 200
    assert (await client.get(first["url"])).status_code == 404
    assert (await client.get(second["url"])).status_code == 200
    third = await image(client)
    assert third["cached"]
    for one in (second, third):
        assert (await client.delete(f"/files/{one['id']}")).status_code == 200
    counts = await house.counts()
    assert (counts["renders"], counts["artifacts"], counts["objects"]) == (0, 0, 0)
    assert not (await image(client))["cached"]


async def test_expired_renders_share_nothing_and_the_sweep_takes_shared_bytes_once(
    client: httpx2.AsyncClient, house: House
) -> None:
    await image(client)
    await image(client)
    await house.let_expire()
    assert not (await image(client))["cached"]
    assert await house.artifacts.sweep() == 2
    assert (await house.counts())["objects"] == 1


@pytest.mark.parametrize("wish", ["no-cache", "no-store", "max-age=0"])
async def test_cache_control_bypasses_what_is_kept(
    client: httpx2.AsyncClient, renderer: Watched, wish: str
) -> None:
    await image(client)
    again = await image(client, headers={"Cache-Control": wish})
    assert (again["cached"], renderer.drawn) == (False, 2)


async def test_what_was_made_with_no_store_is_given_to_nobody_else(
    client: httpx2.AsyncClient,
) -> None:
    await image(client, headers={"Cache-Control": "no-store"})
    assert not (await image(client))["cached"]


async def test_recalled_bytes_are_the_same_and_say_so_in_a_header(
    client: httpx2.AsyncClient, renderer: Watched
) -> None:
    asked = {"headers": {"Accept": "image/png"}, "json": CARD}
    first, second = [await client.post("/image", **asked) for _ in range(2)]
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    said = [one.headers["cache-status"] for one in (first, second)]
    assert said == ["platen; fwd=miss", "platen; hit"]
    unkept = await client.post("/image?response=base64", json={**CARD, "store": False})
    assert unkept.json()["cached"]
    assert renderer.drawn == 1


async def test_data_options_and_workspaces_keep_renders_apart(
    house: House, workspace_id: str
) -> None:
    other = (await house.workspaces.create("other")).id
    commands = [
        page(workspace_id),
        page(workspace_id, "<p>two"),
        page(workspace_id, locale="de-DE"),
        page(workspace_id, javascript="on"),
        page(other),
    ]
    done = [await house.renders.run(command) for command in commands]
    assert not any(one.cached for one in done)


async def test_bytes_that_the_store_lost_are_drawn_anew(house: House, workspace_id: str) -> None:
    first = await house.renders.run(page(workspace_id))
    assert first.artifact
    house.store.delete(first.artifact.object_key)
    again = await house.renders.run(page(workspace_id, wants_bytes=False))
    assert not again.cached
    assert (await house.renders.run(page(workspace_id, wants_bytes=False))).cached


async def test_a_template_that_shows_the_moment_is_recalled_for_that_moment_alone(
    house: House, workspace_id: str
) -> None:
    async def run(source: str, value: str, now: int | None) -> bool:
        origin, said = InlineTemplate(source), {"day": value}
        return (
            await house.renders.run(page(workspace_id, origin=origin, variables=said, now_us=now))
        ).cached

    shown = "{{ day | date('YYYY-MM-DD HH:mm:ss') }}"
    assert [await run(shown, "now", None) for _ in range(2)] == [False, False]
    assert [await run(shown, "now", now) for now in (5, 5, 6_000_000)] == [False, True, False]
    assert [await run(shown, "2026-01-02", now) for now in (None, None, 7)] == [False, True, True]


async def test_pages_with_scripts_are_recalled_for_one_moment_and_live_pages_never(
    house: House, workspace_id: str, shop: Shop
) -> None:
    async def run(**more: Any) -> bool:
        return (await house.renders.run(page(workspace_id, **more))).cached

    script = "<script>document.write(Date.now())</script>"
    assert [await run(html=script) for _ in range(2)] == [False, False]
    assert [await run(html=script, now_us=5) for _ in range(2)] == [False, True]
    live = UrlSource(shop.url("/page"))
    assert [await run(origin=live, now_us=5) for _ in range(2)] == [False, False]


async def test_a_recalled_render_needs_every_asset_to_be_what_it_was(
    house: House, workspace_id: str, shop: Shop
) -> None:
    html = f"<img src='{shop.url('/logo.png')}'>"

    async def run(text: str) -> bool:
        return (await house.renders.run(page(workspace_id, html + text))).cached

    assert [await run(""), await run("")] == [False, True]
    # The page remembers the picture and does not ask for it again; the second render used it too.
    assert [await run("two"), await run("two")] == [False, True]
    shop.paint((0, 0, 255), "blue")
    assert [await run("two"), await run("")] == [False, False]
    assert [await run("two"), await run("")] == [True, True]


async def test_an_answer_with_a_missing_asset_is_given_once(
    house: House, workspace_id: str, shop: Shop
) -> None:
    html = f"<img src='{shop.url('/lost.png')}'>"
    done = [await house.renders.run(page(workspace_id, html)) for _ in range(2)]
    assert all(one.warnings for one in done)
    assert not any(one.cached for one in done)


async def test_fifty_equal_requests_at_once_are_one_drawing(
    house: House, workspace_id: str, renderer: Watched
) -> None:
    renderer.go.clear()
    tasks = [asyncio.create_task(house.renders.run(page(workspace_id))) for _ in range(50)]
    await until(lambda: renderer.drawn)
    renderer.go.set()
    done: list[Rendered] = await asyncio.gather(*tasks)
    assert renderer.drawn == 1
    assert len({one.id for one in done}) == len({one.url for one in done}) == 50
    assert len({one.result.data for one in done}) == 1
    counts = await house.counts()
    assert (counts["renders"], counts["artifacts"], counts["objects"]) == (50, 50, 1)


async def test_one_of_many_may_leave_and_the_last_one_ends_the_drawing(
    house: House, workspace_id: str, renderer: Watched
) -> None:
    renderer.go.clear()
    first, second = (asyncio.create_task(house.renders.run(page(workspace_id))) for _ in range(2))
    await until(lambda: len(house.renders._flights._flying) == 1 and renderer.drawn)
    await until(lambda: all(one.users == 2 for one in house.renders._flights._flying.values()))
    first.cancel()
    await asyncio.wait([first])
    assert renderer.stopped == 0
    renderer.go.set()
    assert (await second).url
    renderer.go.clear()
    last = asyncio.create_task(house.renders.run(page(workspace_id, "<p>last")))
    await until(lambda: renderer.drawn == 2)
    last.cancel()
    await asyncio.wait([last])
    assert renderer.stopped == 1
    assert (await house.counts())["objects"] == 1


async def test_who_has_more_time_is_not_ended_by_anothers_deadline(
    house: House, workspace_id: str, renderer: Watched
) -> None:
    renderer.go.clear()
    hasty = asyncio.create_task(house.renders.run(page(workspace_id, timeout=0.3)))
    await until(lambda: renderer.drawn)
    patient = asyncio.create_task(house.renders.run(page(workspace_id, timeout=20)))
    with pytest.raises(RenderTimeoutError):
        await hasty
    renderer.go.set()
    assert (await patient).url


async def test_a_render_of_an_older_version_of_the_service_is_not_recalled(
    house: House, workspace_id: str, db: Database
) -> None:
    await house.renders.run(page(workspace_id))
    async with db.write() as conn:
        await conn.execute(update(render_rows).values(assets=None))
    assert not (await house.renders.run(page(workspace_id))).cached
