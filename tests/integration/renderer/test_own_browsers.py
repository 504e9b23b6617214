"""Workspaces of strict isolation: a browser each, which nobody else ever uses."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support.processes import own_children
from support.rendering import NOW, asked
from support.site import until

from core.errors import OverloadedError
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.errors import EngineUnavailableError
from renderer.pool import Need, Slot
from renderer.request import Environment, PictureOptions, RenderRequest, Wait
from renderer.settings import RendererSettings

PAGE = "<!doctype html><body style='background:#f00'>"
BUSY = "<script>let i=0;while(i<2e7)i++</script>"


@pytest.fixture
async def renderer(tmp_path: Path) -> AsyncGenerator[Renderer]:
    """One shared browser, and room for one more."""
    policy = Policy()
    proxy, client = EgressProxy(policy), EgressClient(policy)
    settings = RendererSettings(data_dir=tmp_path, browsers=1, strict_browsers=1, strict_idle=0.5)
    made = Renderer(settings, proxy, client)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


@pytest.fixture
def served(renderer: Renderer, monkeypatch: pytest.MonkeyPatch) -> dict[int, set[str]]:
    """Which workspaces each browser process has drawn for."""
    found: dict[int, set[str]] = {}
    acquire = renderer._pools.acquire

    async def acquired(need: Need, *, own_browser: bool) -> Slot:
        slot = await acquire(need, own_browser=own_browser)
        found.setdefault(slot.browser.pid, set()).add(need.workspace)
        return slot

    monkeypatch.setattr(renderer._pools, "acquire", acquired)
    return found


def strict(workspace: str, html: str = PAGE, *, javascript: bool = False) -> RenderRequest:
    return asked(html, workspace=workspace, own_browser=True, javascript=javascript)


async def test_a_strict_workspaces_browser_serves_no_other(
    renderer: Renderer, served: dict[int, set[str]]
) -> None:
    for _ in range(2):
        await renderer.render(strict("alone"))
        await renderer.render(asked(PAGE, workspace="shared-1"))
        await renderer.render(strict("alone", BUSY, javascript=True))
        await renderer.render(asked(PAGE, workspace="shared-2"))
    assert {"shared-1", "shared-2"} in served.values()
    assert all(one in ({"alone"}, {"shared-1", "shared-2"}) for one in served.values())


async def test_scripts_never_share_a_browser_with_warm_pages(
    renderer: Renderer, served: dict[int, set[str]]
) -> None:
    for _ in range(2):
        await renderer.render(asked(PAGE, workspace="warm"))
        await renderer.render(asked(BUSY, workspace="scripts", javascript=True))
    assert sorted(served.values(), key=str) == [{"scripts"}, {"warm"}]


async def test_a_function_of_the_callers_is_a_script(
    renderer: Renderer, served: dict[int, set[str]]
) -> None:
    waits = PictureOptions(width=4, height=4, wait=Wait(function="true"))
    await renderer.render(asked(PAGE, workspace="warm"))
    answer = await renderer.render(asked(PAGE, waits, workspace="waits"))
    assert answer.shows_now
    assert sorted(served.values(), key=str) == [{"waits"}, {"warm"}]


async def test_documents_with_scripts_need_no_driver_and_visits_have_browsers_of_their_own(
    renderer: Renderer, served: dict[int, set[str]]
) -> None:
    await renderer.render(asked(BUSY, workspace="scripts", javascript=True))
    assert not any("node" in child.name() for child in own_children())
    headers = Environment(now_us=NOW, headers={"x-a": "b"})
    await renderer.render(asked(PAGE, workspace="visits", environment=headers))
    assert sorted(served.values(), key=str) == [{"scripts"}, {"visits"}]


async def test_its_browser_ends_when_nobody_asks_for_a_while(
    renderer: Renderer, served: dict[int, set[str]]
) -> None:
    await renderer.render(strict("alone"))
    (pid,) = served
    assert renderer.pressure().browsers == 2
    await until(lambda: renderer.pressure().slots == renderer.settings.slots_per_browser)
    assert renderer.pressure().browsers == 1
    await until(lambda: not psutil.pid_exists(pid))
    await renderer.render(strict("alone"))
    assert len(served) == 2


async def test_strict_workspaces_take_turns_where_there_is_room_for_one(
    renderer: Renderer, served: dict[int, set[str]]
) -> None:
    names = ["a", "b", "c"]
    requests = [strict(name, BUSY, javascript=True) for name in names for _ in range(3)]
    most = 0

    async def watched() -> None:
        nonlocal most
        while True:
            most = max(most, renderer.pressure().browsers)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watched())
    await asyncio.gather(*(renderer.render(request) for request in requests))
    watching.cancel()
    assert most <= 2
    assert all(len(workspaces) == 1 for workspaces in served.values())
    assert {name for workspaces in served.values() for name in workspaces} == set(names)


async def test_no_more_wait_for_room_than_may_wait_at_all(renderer: Renderer) -> None:
    renderer._pools.own._queue = 1
    long = "<script>let i=0;while(i<2e8)i++</script>"
    drawing = asyncio.create_task(renderer.render(strict("a", long, javascript=True)))
    await until(lambda: renderer.pressure().running == 1)
    waiting = asyncio.create_task(renderer.render(strict("b")))
    await until(lambda: renderer.pressure().queued == 1)
    with pytest.raises(OverloadedError):
        await renderer.render(strict("c"))
    await asyncio.gather(drawing, waiting)
    await renderer.render(strict("c"))


async def test_a_browser_that_does_not_start_holds_no_room(renderer: Renderer) -> None:
    launcher, right = renderer._pools.playwright, renderer.settings
    launcher._settings = right.model_copy(update={"chromium": Path("/bin/false")})
    with pytest.raises(EngineUnavailableError):
        await renderer.render(strict("alone"))
    launcher._settings = right
    await renderer.render(strict("other"))
    await renderer.render(asked(PAGE))


def browser_processes() -> int:
    """How many there are of all kinds."""
    found = 0
    for child in own_children():
        with suppress(psutil.Error):
            found += "headless" in child.name()
    return found


async def test_who_gives_up_while_it_starts_leaves_nothing_behind(renderer: Renderer) -> None:
    before = browser_processes()  # the jail may still be starting
    going = asyncio.create_task(renderer.render(strict("alone")))
    await until(lambda: bool(renderer._pools.own.pools))
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    await until(lambda: not renderer._pools.own.pools)
    await until(lambda: browser_processes() == before)
