"""From a request's source to the documents that are drawn."""

from renderer.compose.analysis import Analysis
from renderer.request import Environment, HtmlSource, RenderRequest, TemplateSource

__all__ = ["Composing"]


class Composing:
    """In-process stand-in."""

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        return None

    async def analyse(self, source: str) -> Analysis:
        return Analysis()

    async def compose(self, request: RenderRequest) -> list[str]:
        source = request.source
        if isinstance(source, HtmlSource):
            return [source.html]
        if isinstance(source, TemplateSource):
            from jinja2.sandbox import ImmutableSandboxedEnvironment

            env = ImmutableSandboxedEnvironment(autoescape=True)
            return [env.from_string(source.source).render(dict(source.variables))]
        return []
