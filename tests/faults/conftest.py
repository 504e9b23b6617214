"""One renderer whose pages may reach one server, for the faults of documents; services of a
test's own for those of hosts."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.rendering import Draw, asked
from support.service import Service
from support.site import Asked, Site, answer

from egress.client import EgressClient
from egress.models import EgressLimits
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.request import Output, RenderResult, Source
from renderer.settings import RendererSettings

LIMITS = EgressLimits(max_bytes=4_000_000, connect_timeout=1, resource_timeout=3)

Pages = dict[str, bytes]


@pytest.fixture(scope="module")
def pages() -> Pages:
    """Path -> whole HTTP answer of the server that pages may reach."""
    return {}


@pytest.fixture(scope="module")
async def site(pages: Pages) -> AsyncGenerator[Site]:
    async def serve(
        asked: Asked, _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter
    ) -> bytes:
        return pages.get(asked.path) or answer("", "404 Not Found")

    async with Site(serve) as running:
        yield running


@pytest.fixture(scope="module")
async def renderer(
    tmp_path_factory: pytest.TempPathFactory, site: Site
) -> AsyncGenerator[Renderer]:
    """One browser with two slots."""
    policy = Policy([site.place])
    proxy, client = EgressProxy(policy), EgressClient(policy)
    folder: Path = tmp_path_factory.mktemp("faults")
    made = Renderer(RendererSettings(data_dir=folder, browsers=1), proxy, client, LIMITS)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


@pytest.fixture(scope="module")
def draw(renderer: Renderer) -> Draw:
    """`await draw(source, output, ...)`."""

    async def render(
        source: str | Source, output: Output | None = None, **more: object
    ) -> RenderResult:
        return await renderer.render(asked(source, output, **more))

    return render


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services of a test's own; what still runs afterwards is ended."""
    started: list[Service] = []

    def start(name: str = "data", **options: Any) -> Service:
        running = Service(tmp_path / name, **options)
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.kill()
