"""A jail with document children, an egress client, and a way to look into PDFs."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace

import pytest

from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.policy import Policy
from egress.session import Session
from renderer.document.weasy import weasy_document
from renderer.inspect.assets import asset_warnings
from renderer.jail import Jail
from renderer.request import DocumentOptions, Environment
from renderer.seal import Drawn
from renderer.supply import Supply

ENVIRONMENT = Environment(now_us=1_795_000_000_000_000)
Lay = Callable[..., Awaitable[Drawn]]


@pytest.fixture(scope="module")
async def jail() -> AsyncGenerator[Jail]:
    made = Jail()
    await made.start()
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def client() -> AsyncGenerator[EgressClient]:
    made = EgressClient(Policy())
    yield made
    await made.close()


@pytest.fixture
def lay(jail: Jail, client: EgressClient) -> Lay:
    """Lays out one or more sections: `lay("<p>a", "<p>b", landscape=True)`."""

    async def draw(*sections: str, _timeout: float = 60, **options: object) -> Drawn:
        chosen = DocumentOptions(**options)  # type: ignore[arg-type] - checked by the dataclass
        session = Session("test")
        supply = Supply(AssetCache(client), session)
        drawn = await weasy_document(jail, sections, chosen, supply, ENVIRONMENT, timeout=_timeout)
        return replace(drawn, warnings=(*drawn.warnings, *asset_warnings(session.report())))

    return draw


@pytest.fixture(scope="session")
def text_of() -> Callable[[bytes], Awaitable[list[str]]]:
    """The text of each page as poppler, an independent reader, finds it."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")

    async def read(data: bytes) -> list[str]:
        process = await asyncio.create_subprocess_exec(
            program, "-layout", "-", "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate(data)
        return [" ".join(page.split()) for page in out.decode().split("\f")[:-1]]

    return read
