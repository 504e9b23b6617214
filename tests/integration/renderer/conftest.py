"""One real renderer for the module, and small words to ask it for things."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.request import (
    Environment,
    HtmlSource,
    Output,
    PictureOptions,
    RenderRequest,
    RenderResult,
    Source,
)
from renderer.settings import RendererSettings

NOW = 1_795_000_000_000_000
ENVIRONMENT = Environment(now_us=NOW)

Draw = Callable[..., Awaitable[RenderResult]]


def asked(source: str | Source, output: Output | None = None, **more: object) -> RenderRequest:
    """A request of workspace `test` at a fixed moment; `javascript=True` runs scripts."""
    javascript = bool(more.pop("javascript", False))
    environment = more.pop("environment", ENVIRONMENT)
    assert isinstance(environment, Environment)
    request = RenderRequest(
        workspace="test",
        source=HtmlSource(source) if isinstance(source, str) else source,
        output=output or PictureOptions(width=8, height=4),
        environment=replace(environment, javascript=javascript),
    )
    return replace(request, **more)  # type: ignore[arg-type]


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
