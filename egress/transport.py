"""HTTP connections for our own requests: httpcore's, with every socket dialled by the policy."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpcore2

from egress.dial import race
from egress.models import IPAddress
from egress.policy import Policy

__all__ = ["Connections"]

_KEPT_ACCOUNTS = 64
_CONNECTIONS = 100
"""At once for one account, so that a render whose servers hang leaves room for the others."""

_KEEP_ALIVE = 5.0


class _JudgedBackend(httpcore2.AsyncNetworkBackend):
    """Opens TCP connections to judged addresses only; what the URL names is never dialled."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        # httpcore2 hides the class behind a try/except that a type checker cannot see through
        self._inner: httpcore2.AsyncNetworkBackend = httpcore2.AnyIOBackend()  # type: ignore[assignment]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = await self._policy.resolve(host, port, timeout or 10.0)

        async def connect(address: IPAddress) -> httpcore2.AsyncNetworkStream:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout)
            except httpcore2.ConnectError as error:
                raise OSError(str(error)) from error

        return await race(addresses, connect, _hang_up)


async def _hang_up(stream: httpcore2.AsyncNetworkStream) -> None:
    await stream.aclose()


class _Account:
    """One account's pool, and how many requests use it just now."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        self.pool = pool
        self.users = 0
        self.retiring: asyncio.TimerHandle | None = None


class Connections:
    """A connection pool per account: no connection is ever used for two of them.

    Idle connections live for 5 s; without an account nothing is kept.
    """

    def __init__(self, policy: Policy) -> None:
        self._backend = _JudgedBackend(policy)
        self._tls = httpcore2.default_ssl_context()
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def pool(self, account: str) -> AsyncGenerator[httpcore2.AsyncConnectionPool]:
        """The account's pool for one request."""
        if not account:
            async with self._new_pool(0) as pool:
                yield pool
            return
        entry = self._accounts.get(account)
        if entry is None:
            entry = self._accounts[account] = _Account(self._new_pool(10))
        self._accounts.move_to_end(account)
        entry.users += 1
        if entry.retiring is not None:
            entry.retiring.cancel()
        try:
            yield entry.pool
        finally:
            entry.users -= 1
            self._rest(account, entry)

    async def close(self) -> None:
        """Close every connection."""
        entries, self._accounts = self._accounts, OrderedDict()
        await asyncio.gather(*(entry.pool.aclose() for entry in entries.values()))
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _new_pool(self, kept: int) -> httpcore2.AsyncConnectionPool:
        return httpcore2.AsyncConnectionPool(
            ssl_context=self._tls,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=kept,
            keepalive_expiry=_KEEP_ALIVE,
            network_backend=self._backend,
        )

    def _rest(self, account: str, entry: _Account) -> None:
        """Nobody may be using it: close it after a while, or the oldest at once when too many."""
        if not entry.users:
            loop = asyncio.get_running_loop()
            entry.retiring = loop.call_later(_KEEP_ALIVE, self._retire, account, entry)
        idle = [name for name, kept in self._accounts.items() if not kept.users]
        for name in idle[: max(0, len(self._accounts) - _KEPT_ACCOUNTS)]:
            self._retire(name, self._accounts[name])

    def _retire(self, account: str, entry: _Account) -> None:
        if entry.users or self._accounts.get(account) is not entry:
            return
        del self._accounts[account]
        task = asyncio.get_running_loop().create_task(entry.pool.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
