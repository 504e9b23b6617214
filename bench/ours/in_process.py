"""The renderer called from Python."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from bench.cases import NOW_US, Case
from bench.contender import Likeness
from bench.documents import Documents
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.request import (
    DocumentOptions,
    Environment,
    HtmlSource,
    Output,
    PictureOptions,
    RenderRequest,
    Source,
    TemplateSource,
)
from renderer.settings import RendererSettings

__all__ = ["InProcess"]


class InProcess:
    """Composition, page, capture, encoding. `allow`: private `host:port` that pages may reach."""

    name = "ours, in process"
    likeness: Likeness = "same"
    inside = True
    everywhere = True

    def __init__(self, documents: Documents, allow: tuple[str, ...] = ()) -> None:
        self._documents = documents
        self._folder = tempfile.TemporaryDirectory(prefix="platen-bench-")
        policy = Policy(allow)
        self._proxy, self._client = EgressProxy(policy), EgressClient(policy)
        settings = RendererSettings(data_dir=Path(self._folder.name))
        self._renderer = Renderer(settings, self._proxy, self._client)

    def takes(self, case: Case) -> bool:
        """Everything."""
        return True

    async def start(self) -> None:
        """Start the browsers and the jail."""
        await self._renderer.start()

    async def prepare(self, case: Case, numbers: Iterable[int]) -> None:
        """Only pages that travel whole are composed ahead, as for everybody."""
        if case.job(0).files:
            await self._documents.prepare(case, numbers)

    async def render(self, case: Case, number: int) -> bytes:
        """One request of the renderer's port."""
        job = case.job(number)
        environment = Environment(NOW_US, javascript=job.javascript)
        workspace = f"bench-{job.workspace}"
        source = self._source(case, number)
        request = RenderRequest(workspace, source, _output(case, number), environment)
        return (await self._renderer.render(request)).data

    def _source(self, case: Case, number: int) -> Source:
        job = case.job(number)
        if job.files:
            return HtmlSource(self._documents.html(case, number), job.files)
        return TemplateSource(job.source, job.variables)

    async def close(self) -> None:
        """End everything."""
        await self._renderer.close()
        await self._proxy.close()
        await self._client.close()
        self._folder.cleanup()


def _output(case: Case, number: int) -> Output:
    if case.format == "pdf":
        return DocumentOptions()
    job = case.job(number)
    return PictureOptions(
        format=case.format,
        width=job.width,
        height=job.height,
        quality=85,
        compression=case.compression,
    )
