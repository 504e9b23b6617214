"""Slots and who gets them next."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.rendering import asked
from support.site import until

from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.request import Lane, PictureOptions, Wait
from renderer.settings import RendererSettings

PAGE = "<!doctype html><body style='background:#f00'>"


@asynccontextmanager
async def _renderer(settings: RendererSettings) -> AsyncGenerator[Renderer]:
    policy = Policy()
    proxy, client = EgressProxy(policy), EgressClient(policy)
    made = Renderer(settings, proxy, client)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


@pytest.fixture
async def renderer(tmp_path: Path) -> AsyncGenerator[Renderer]:
    """One browser with one slot, replaced after ten renders."""
    settings = RendererSettings(
        data_dir=tmp_path, browsers=1, slots_per_browser=1, recycle_after=10, pages_per_browser=2
    )
    async with _renderer(settings) as made:
        yield made


async def test_interactive_renders_go_first_and_bulk_ones_are_not_starved(
    renderer: Renderer,
) -> None:
    order: list[Lane] = []

    async def one(lane: Lane) -> None:
        await renderer.render(asked(PAGE, lane=lane))
        order.append(lane)

    holding = asyncio.create_task(
        renderer.render(asked(PAGE, PictureOptions(wait=Wait(timeout_ms=500))))
    )
    await until(lambda: renderer.pressure().running == 1)
    waiting = [asyncio.create_task(one("bulk")) for _ in range(6)]
    await until(lambda: renderer.pressure().queued == 6)
    waiting += [asyncio.create_task(one("interactive")) for _ in range(6)]
    await until(lambda: renderer.pressure().queued == 12)
    await asyncio.gather(holding, *waiting)
    assert order[:6].count("interactive") > order[:6].count("bulk")
    assert order[:6].count("bulk") >= 1


async def test_M08_bulk_renders_leave_a_browser_to_whoever_waits_for_a_picture(
    tmp_path: Path,
) -> None:
    settings = RendererSettings(data_dir=tmp_path, browsers=2, slots_per_browser=2)
    async with _renderer(settings) as renderer:
        await until(lambda: renderer.pressure().browsers == 2)
        slow = PictureOptions(wait=Wait(timeout_ms=900))

        def begin(lane: Lane, output: PictureOptions = slow) -> asyncio.Task[object]:
            return asyncio.create_task(renderer.render(asked(PAGE, output, lane=lane)))

        visitor = begin("interactive")
        await until(lambda: renderer.pressure().running == 1)
        items = [begin("bulk") for _ in range(3)]
        await until(lambda: renderer.pressure().queued == 2)
        assert renderer.pressure().running == 2
        await begin("interactive", PictureOptions())
        assert not visitor.done()
        assert (renderer.pressure().running, renderer.pressure().queued) == (2, 2)
        await asyncio.gather(visitor, *items)
        items = [begin("bulk") for _ in range(3)]  # nobody has come for a while
        await until(lambda: renderer.pressure().running == 3)
        await asyncio.gather(*items)


async def test_a_browser_is_replaced_when_it_has_drawn_enough_and_nobody_notices(
    renderer: Renderer,
) -> None:
    first = renderer._pools.shared._seats[0].browser
    assert first is not None
    for _ in range(14):
        await renderer.render(asked(PAGE))
    await until(lambda: renderer._pools.shared._seats[0].browser is not first, 15)
    await renderer.render(asked(PAGE))
    await until(lambda: not first.alive)


async def test_pages_of_many_workspaces_do_not_pile_up(renderer: Renderer) -> None:
    for number in range(8):
        await renderer.render(asked(PAGE, workspace=f"w{number}"))
    browser = renderer._pools.shared._seats[0].browser
    assert browser is not None
    await until(lambda: len(browser._pages) <= 2)


async def test_the_page_that_was_used_least_goes_and_what_was_popular_once_goes_some_day(
    renderer: Renderer,
) -> None:
    warm = renderer._pools.shared._seats[0].warm
    assert warm is not None

    async def kept_after(*workspaces: str) -> set[str]:
        for workspace in workspaces:
            await renderer.render(asked(PAGE, workspace=workspace))
        await until(lambda: renderer._pools.shared.idle)
        return {page.key.workspace for page in warm._idle}

    assert await kept_after("liked", "liked", "liked", "once", "next") == {"liked", "next"}
    assert "liked" not in await kept_after(*(f"w{number}" for number in range(8)))


async def test_whose_page_is_kept_goes_first_and_as_often_as_others(renderer: Renderer) -> None:
    order: list[str] = []

    async def one(workspace: str, options: PictureOptions | None = None) -> None:
        await renderer.render(asked(PAGE, options, workspace=workspace))
        order.append(workspace)

    await one("kept")
    begun = [asyncio.create_task(one("slow", PictureOptions(wait=Wait(timeout_ms=500))))]
    await until(lambda: renderer.pressure().running == 1)
    for workspace in ("new", "other", "kept", "kept", "kept"):
        begun.append(asyncio.create_task(one(workspace)))
        await until(lambda: renderer.pressure().queued == len(begun) - 1)
    await asyncio.gather(*begun)
    assert order[2:5] == ["kept", "new", "other"]
