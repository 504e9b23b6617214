"""The service inside this very process, without a socket: for a batch with no server at all."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from core.tenant import DEFAULT_WORKSPACE
from platen.all_settings import read_all
from platen.batch.client import BatchClient

__all__ = ["local_client", "server_client"]

_TIMEOUT = 120.0
_NOWHERE = "http://platen.internal"
_SCOPES = ("templates", "render", "batches")


@asynccontextmanager
async def local_client(flags: Mapping[str, Any]) -> AsyncGenerator[BatchClient]:
    """A client of a service of our own, with a key that ends with it. `flags`: its settings."""
    # The service's parts take a while to load, which a batch on a server need not wait for.
    from platen.run import running

    async with running(read_all(flags)) as service:
        assert service.api is not None
        await service.workspaces.ensure_default()
        key, secret = await service.workspaces.create_key(
            DEFAULT_WORKSPACE, "platen batch", _SCOPES
        )
        transport = _InProcess(service.api)
        try:
            async with _http(_NOWHERE, secret, transport) as http:
                yield BatchClient(http)
        finally:
            await service.workspaces.revoke(key.id)


@asynccontextmanager
async def server_client(url: str, key: str) -> AsyncGenerator[BatchClient]:
    """A client of a server."""
    async with _http(url, key, None) as http:
        yield BatchClient(http)


class _InProcess(httpx2.ASGITransport):
    """Calls the application; whoever is cancelled meanwhile hears of it.

    The application answers a request that is cancelled, as one that stops should: here it is its
    caller that stops.
    """

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request. Raises CancelledError."""
        answer = await super().handle_async_request(request)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        return answer


def _http(url: str, key: str, transport: httpx2.AsyncBaseTransport | None) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=url, headers=headers, transport=transport, timeout=_TIMEOUT)
