"""Browsers that hang, age, grow or do not start; and who waits meanwhile."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest
from prometheus_client import REGISTRY
from support.pixels import letters_of
from support.processes import own_children
from support.rendering import asked
from support.site import until

from core.errors import OverloadedError
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.chromium import page as page_module
from renderer.chromium.home import BrowserHome, homes_of
from renderer.engine import Renderer
from renderer.errors import EngineUnavailableError, PageFailedError
from renderer.pool.orphans import end_orphans
from renderer.request import PictureOptions, RenderRequest, Wait
from renderer.settings import RendererSettings

RED = "<!doctype html><body style='background:#f00'>"
SMALL = PictureOptions(width=4, height=2)
BUSY = "<body><script>while (1) {}</script>"

Open = Callable[..., Awaitable[Renderer]]


@asynccontextmanager
async def _renderer(folder: Path, **settings: object) -> AsyncGenerator[Renderer]:
    policy = Policy()
    proxy, client = EgressProxy(policy), EgressClient(policy)
    quick = {"browsers": 1, "browser_check": 0.2, "browser_patience": 2.0}
    made = Renderer(RendererSettings(data_dir=folder, **quick | settings), proxy, client)
    await made.start()
    try:
        yield made
    finally:
        await made.close()
        await proxy.close()
        await client.close()


@pytest.fixture
async def open_renderer(tmp_path: Path) -> AsyncGenerator[Open]:
    """Renderers with settings of a test's own, looked after five times a second."""
    opened: list[object] = []

    async def start(**settings: object) -> Renderer:
        context = _renderer(tmp_path, **settings)
        opened.append(context)
        return await context.__aenter__()

    yield start
    for context in opened:
        await context.__aexit__(None, None, None)  # type: ignore[attr-defined]


def browsers() -> list[psutil.Process]:
    """The browsers' main processes among our descendants."""
    found: list[psutil.Process] = []
    for child in own_children():
        with suppress(psutil.Error):
            line = child.cmdline()
            if line and "headless" in line[0] and "--type=" not in " ".join(line):
                found.append(child)
    return found


def gone(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def replaced(reason: str) -> float:
    """How many browsers were replaced for this reason so far."""
    return REGISTRY.get_sample_value("platen_browsers_replaced_total", {"reason": reason}) or 0.0


async def draws_red(renderer: Renderer, request: RenderRequest | None = None) -> None:
    result = await renderer.render(request or asked(RED, SMALL))
    assert letters_of(result.data) == "RRRR\nRRRR"


@pytest.mark.parametrize("javascript", [False, True])
async def test_a_browser_that_hangs_is_replaced_and_its_render_made_up_for(
    open_renderer: Open, javascript: bool
) -> None:
    renderer = await open_renderer()
    request = asked(RED, SMALL, javascript=javascript, timeout=60)
    await draws_red(renderer, request)
    before, known = replaced("hung"), browsers()
    for browser in known:
        browser.send_signal(signal.SIGSTOP)
    await draws_red(renderer, request)
    await until(lambda: all(gone(one) for one in known), 20)
    await until(lambda: renderer.pressure().running == 0, 5)
    assert replaced("hung") > before or not javascript


async def test_an_idle_browser_that_hangs_is_found_before_anybody_asks(
    open_renderer: Open,
) -> None:
    renderer = await open_renderer()
    before, (browser,) = replaced("hung"), browsers()
    browser.send_signal(signal.SIGSTOP)
    await until(lambda: gone(browser), 20)
    assert replaced("hung") == before + 1
    await draws_red(renderer)


async def test_B08_browsers_that_do_not_close_are_ended_with_all_their_processes(
    tmp_path: Path,
) -> None:
    async with _renderer(tmp_path, browser_check=60) as renderer:
        await draws_red(renderer)
        await draws_red(renderer, asked(RED, SMALL, javascript=True))
        for process in [*browsers(), *own_children()]:
            if "headless" in process.name():
                process.send_signal(signal.SIGSTOP)
        started = time.monotonic()
    assert time.monotonic() - started < 15
    await until(lambda: not own_children(), 5)


@pytest.mark.full
async def test_B07_two_hundred_pages_that_refresh_themselves_leave_nothing(
    open_renderer: Open,
) -> None:
    renderer = await open_renderer()
    page = RED + "<meta http-equiv=refresh content='0; url=about:blank'>"
    for _ in range(200):
        with suppress(PageFailedError):  # it may have gone elsewhere while it was looked at
            await renderer.render(asked(page, SMALL, timeout=60))
        await draws_red(renderer)
    await until(lambda: renderer.pressure().running == 0, 5)
    await until(lambda: len(_pages()) <= 6, 10)


@pytest.mark.full
async def test_a_page_that_computes_for_ever_slows_nobody_much(open_renderer: Open) -> None:
    renderer = await open_renderer(browsers=2)
    await draws_red(renderer, asked(RED, SMALL, javascript=True, timeout=60))
    busy = asked(BUSY, SMALL, javascript=True, timeout=120)
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(3):  # in turns, so that whatever else the machine does slows both
        alone += await _seconds_of(renderer, 40)
        holding = asyncio.create_task(renderer.render(busy))
        await until(lambda: renderer.pressure().running == 1)
        beside += await _seconds_of(renderer, 40)
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        await until(lambda: renderer.pressure().running == 0, 5)
    assert sorted(beside)[-2] < 3 * sorted(alone)[-2]


async def _seconds_of(renderer: Renderer, renders: int) -> list[float]:
    spent: list[float] = []
    for _ in range(renders):
        started = time.monotonic()
        await draws_red(renderer)
        spent.append(time.monotonic() - started)
    return spent


@pytest.mark.full
async def test_B10_a_browser_that_has_grown_goes_after_its_render(open_renderer: Open) -> None:
    renderer = await open_renderer(recycle_memory_mb=200)
    hungry = RED + (
        "<script>window.kept = new Uint8Array(4e8).fill(7);"
        "setTimeout(() => { document.body.id = 'done' }, 3000)</script>"
    )
    before = replaced("memory")
    until_done = PictureOptions(width=4, height=2, wait=Wait(selector="#done"))
    await draws_red(renderer, asked(hungry, until_done, javascript=True, timeout=60))
    await until(lambda: replaced("memory") > before, 10)
    await until(lambda: len(browsers()) == renderer.pressure().browsers, 10)
    await draws_red(renderer)


async def test_an_old_browser_is_replaced_by_one_that_is_there_already(
    open_renderer: Open,
) -> None:
    renderer = await open_renderer(recycle_age=0.5)
    (first,) = browsers()
    seen = [renderer.pressure().browsers]

    async def draw_on() -> None:
        while not gone(first):
            await draws_red(renderer)
            seen.append(renderer.pressure().browsers)

    async with asyncio.timeout(30):
        await draw_on()
    assert min(seen) >= 1


async def test_a_browser_that_never_drew_goes_when_it_is_old(open_renderer: Open) -> None:
    await open_renderer(recycle_age=0.5)
    (first,) = browsers()
    await until(lambda: gone(first), 15)


async def test_B06_a_disk_that_is_full_when_a_browser_is_due_costs_no_seat(
    open_renderer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = await open_renderer(recycle_after=10)
    tried: list[None] = []

    def broken(*_: object) -> BrowserHome:
        tried.append(None)
        raise OSError("no space left on device")

    with monkeypatch.context() as full_disk:
        full_disk.setattr(BrowserHome, "make", broken)
        for _ in range(13):
            await draws_red(renderer)
        await until(lambda: len(tried) > 1)
        await draws_red(renderer)
    (old,) = browsers()
    await until(lambda: gone(old), 15)
    browsers()[0].send_signal(signal.SIGKILL)
    await until(lambda: renderer.pressure().browsers == 1, 15)
    await draws_red(renderer)


async def test_a_frame_that_takes_too_long_ends_its_page_alone(
    open_renderer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = await open_renderer()
    await draws_red(renderer)
    (browser,) = browsers()
    with monkeypatch.context() as impatient:
        impatient.setattr(page_module, "_FRAME_S", 0)
        impatient.setattr(page_module, "_LATE_S", 0)
        with pytest.raises(PageFailedError, match="one frame"):
            await renderer.render(asked(RED, SMALL))
    await draws_red(renderer)
    assert browsers() == [browser]


async def test_B01_twenty_renders_outlive_the_death_of_their_browsers(
    open_renderer: Open,
) -> None:
    renderer = await open_renderer(browsers=2)
    await until(lambda: renderer.pressure().browsers == 2, 20)
    before = replaced("crashed")
    work = [
        asyncio.create_task(draws_red(renderer, asked(RED, SMALL, workspace=f"w{number}")))
        for number in range(20)
    ]
    await until(lambda: renderer.pressure().running == 4)
    browsers()[0].send_signal(signal.SIGKILL)
    await asyncio.gather(*work)
    await until(lambda: renderer.pressure().browsers == 2, 10)
    assert replaced("crashed") == before + 1


async def test_B06_a_service_whose_browser_starts_no_more_says_so_at_once_and_recovers(
    open_renderer: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = await open_renderer()
    tried: list[float] = []

    def broken(*_: object) -> BrowserHome:
        tried.append(time.monotonic())
        raise OSError("no space left on device")

    with monkeypatch.context() as full_disk:
        full_disk.setattr(BrowserHome, "make", broken)
        browsers()[0].send_signal(signal.SIGKILL)
        with pytest.raises(EngineUnavailableError) as refused:
            await renderer.render(asked(RED, SMALL))
        assert refused.value.retry_after
        started = time.monotonic()
        with pytest.raises(EngineUnavailableError):
            await renderer.render(asked(RED, SMALL))
        assert time.monotonic() - started < 1
        assert len(tried) <= 4
    await until(lambda: renderer.pressure().browsers == 1, 15)
    await draws_red(renderer)


async def test_one_workspaces_thousand_renders_do_not_delay_anothers_one(
    open_renderer: Open,
) -> None:
    renderer = await open_renderer(slots_per_browser=1, render_queue=1000)
    ended: list[str] = []

    async def draw(workspace: str) -> None:
        await draws_red(renderer, asked(RED, SMALL, workspace=workspace))
        ended.append(workspace)

    crowd = [asyncio.create_task(draw("many")) for _ in range(60)]
    await until(lambda: renderer.pressure().queued > 20)
    before = len(ended)
    await draw("one")
    assert len(ended) - before <= 5
    await asyncio.gather(*crowd)


async def test_P6_overload_is_refused_at_once_with_the_time_to_wait(open_renderer: Open) -> None:
    renderer = await open_renderer(render_queue=40)
    for _ in range(5):
        await draws_red(renderer)
    large = PictureOptions(width=4000, height=4000)
    work = [asyncio.create_task(renderer.render(asked(RED, large))) for _ in range(7)]
    await until(lambda: renderer.pressure().waiting_cost >= 40)
    assert renderer.pressure().queued == 5
    spent: list[float] = []
    for _ in range(5):
        started = time.monotonic()
        with pytest.raises(OverloadedError, match="PLATEN_RENDER_QUEUE") as refused:
            await renderer.render(asked(RED, SMALL))
        spent.append(time.monotonic() - started)
        assert 1 <= (refused.value.retry_after or 0) <= 60
    assert min(spent) < 0.1
    for one in work:
        one.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    await until(lambda: renderer.pressure().running == 0, 10)
    assert renderer.pressure().waiting_cost == 0


async def test_a_render_that_could_not_wait_its_turn_out_is_refused_now(
    open_renderer: Open,
) -> None:
    renderer = await open_renderer()
    await draws_red(renderer, asked(RED, SMALL, javascript=True))  # their browser has started
    busy = asked(BUSY, SMALL, javascript=True, timeout=1.5)
    many = [asyncio.create_task(renderer.render(busy)) for _ in range(2)]
    await asyncio.gather(*many, return_exceptions=True)
    await until(lambda: renderer.pressure().running == 0, 5)
    holding = [asyncio.create_task(renderer.render(busy)) for _ in range(6)]
    await until(lambda: renderer.pressure().queued > 0)
    started = time.monotonic()
    with pytest.raises(OverloadedError, match="longer than this render has"):
        await renderer.render(asked(RED, SMALL, javascript=True, timeout=0.3))
    assert time.monotonic() - started < 0.3
    await asyncio.gather(*holding, return_exceptions=True)


async def test_prepared_pages_are_used_once_and_do_not_pile_up(open_renderer: Open) -> None:
    renderer = await open_renderer(prepared_pages=1)
    marks = RED + (
        "<script>const had = localStorage.n || sessionStorage.n || document.cookie || window.name;"
        "if (had) document.body.style.background = '#00f';"
        "localStorage.n = sessionStorage.n = window.name = 'x'; document.cookie = 'n=x'</script>"
    )
    for number in range(6):
        await draws_red(renderer, asked(marks, SMALL, workspace=f"w{number}", javascript=True))
    await until(lambda: len(_pages()) <= 4, 10)


def _pages() -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for child in own_children():
        with suppress(psutil.Error):
            if "--type=renderer" in child.cmdline():
                found.append(child)
    return found


def test_processes_of_a_lost_seat_and_of_a_dead_service_are_ended(tmp_path: Path) -> None:
    settings = RendererSettings(data_dir=tmp_path)
    home = BrowserHome.make(settings, 999)
    place, _, start, _ = home.directory.name.split("-")
    lost = home.directory.with_name(home.directory.name + "9")
    dead = home.directory.with_name(f"{place}-4194304-{start}-1")

    def sleeper(directory: Path) -> subprocess.Popen[bytes]:
        environment = {"HOME": str(directory), "PATH": os.defpath}
        return subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True)

    kept, *orphans = [sleeper(one) for one in (home.directory, lost, dead)]
    stranger = sleeper(tmp_path / lost.name)
    try:
        assert home.directory.parent in homes_of(settings)
        assert end_orphans(settings) == 2
        assert [one.wait(5) for one in orphans] == [-signal.SIGKILL] * 2
        assert kept.poll() is None
        assert stranger.poll() is None
    finally:
        for one in (kept, stranger, *orphans):
            one.kill()
            one.wait()
        home.remove()
