"""The HTTP server: uvicorn on a socket of ours, with our own signal handling."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

from api.event_stream import end_streams
from platen.connection import Connection

__all__ = ["Listener"]


class Listener:
    """Serves `app` on a bound socket until it is told to stop."""

    def __init__(
        self, app: ASGIApp, taken: socket.socket, *, grace: float, protocol: type[Connection]
    ) -> None:
        self._socket = taken
        self._server = _Server(
            uvicorn.Config(
                app,
                loop="none",
                http=protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                # Nothing of a request's own headers may say who the client is.
                proxy_headers=False,
                timeout_keep_alive=65,  # longer than the usual proxy's, which then closes first
                timeout_graceful_shutdown=max(1, int(grace)),
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def requests(self) -> int:
        """How many requests are being answered."""
        return len(self._server.server_state.tasks)

    async def start(self) -> None:
        """Listen; returns when clients can connect."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        up = asyncio.create_task(self._server.up.wait())
        await asyncio.wait({self._task, up}, return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        if self._task.done():
            await self._task

    async def stop(self) -> None:
        """Take no more; running requests are given their grace, then cancelled."""
        if self._task is not None:
            end_streams()
            self._server.should_exit = True
            await self._task
            self._task = None
        self._socket.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield  # signals belong to the roof, which has more than HTTP to end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()
