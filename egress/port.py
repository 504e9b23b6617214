"""One port of the proxy: one render at a time."""

import asyncio

from egress.models import EgressLimits, EgressReport
from egress.policy import Policy
from egress.relay import Relay
from egress.session import Session

__all__ = ["ProxyPort"]


class ProxyPort:
    """A listener on loopback for one render slot. Between renders it refuses everything."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._server: asyncio.Server | None = None
        self._session: Session | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.url = ""

    async def listen(self) -> None:
        """Bind to a free port of 127.0.0.1; `url` is then `http://127.0.0.1:PORT`."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=256)
        self.url = "http://127.0.0.1:{1}".format(*self._server.sockets[0].getsockname())

    def begin(
        self, account: str, limits: EgressLimits | None = None, workspace: str = ""
    ) -> Session:
        """From now on this port's traffic is `account`'s. Raises RuntimeError if a render runs."""
        if self._session is not None:
            raise RuntimeError(f"the port still belongs to {self._session.account}")
        self._session = Session(account, limits, workspace)
        return self._session

    async def end(self) -> EgressReport:
        """Cut every connection of the render and tell what it did; harmless without a render."""
        session, self._session = self._session, None
        if session is None:
            return EgressReport()
        connections = tuple(self._connections)
        for connection in connections:
            connection.cancel()
        if connections:
            await asyncio.wait(connections)
        return session.close()

    def report(self) -> EgressReport:
        """What the render did so far, while it still runs."""
        return EgressReport() if self._session is None else self._session.report()

    async def close(self) -> None:
        """End the render and stop listening."""
        await self.end()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session, task = self._session, asyncio.current_task()
        try:
            if session is not None and task is not None:
                self._connections.add(task)
                task.add_done_callback(self._connections.discard)
                await Relay(self._policy, session, reader, writer).run()
                writer.close()
                await writer.wait_closed()
        except (OSError, asyncio.CancelledError):
            pass  # cut by `end`, or the browser has gone: nobody is left to be told
        finally:
            writer.transport.abort()
