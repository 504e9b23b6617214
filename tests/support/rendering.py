"""Small words to ask a renderer for things."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from renderer.request import (
    Environment,
    HtmlSource,
    Output,
    PictureOptions,
    RenderRequest,
    RenderResult,
    Source,
)

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
