"""One real renderer for each module."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from support.processes import leave_out_others
from support.rendering import Draw, asked

from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.request import Output, RenderResult, Source
from renderer.settings import RendererSettings


@pytest.fixture(autouse=True)
def _only_own_processes() -> None:
    """What a test kills and counts is its own."""
    leave_out_others()


@pytest.fixture(scope="module")
def allowed() -> list[str]:
    """`host:port` of private servers that pages of this module may reach."""
    return []


@pytest.fixture(scope="module")
async def renderer(
    tmp_path_factory: pytest.TempPathFactory, allowed: list[str]
) -> AsyncGenerator[Renderer]:
    """Two browsers in a data folder of their own."""
    policy = Policy(allowed)
    proxy, client = EgressProxy(policy), EgressClient(policy)
    folder: Path = tmp_path_factory.mktemp("renderer")
    settings = RendererSettings(data_dir=folder, browsers=2)
    made = Renderer(settings, proxy, client)
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
