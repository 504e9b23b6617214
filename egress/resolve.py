"""Names to addresses: every record, asked for once, remembered for seconds."""

import asyncio
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address

from egress.models import IPAddress

__all__ = ["Lookup", "Resolver"]

Lookup = Callable[[str], Awaitable[Sequence[str]]]
"""All addresses of a name, as text; empty when there is no such name. OSError: try again later."""

_LOOPBACK: tuple[IPAddress, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_REMEMBERED = 2048


class Resolver:
    """Answers with every address of a name. Equal questions at the same time are asked once.

    `lookup` replaces the system's resolver (tests, or another DNS client). `keep` is seconds
    that an answer is remembered, whatever its TTL; each use is judged anew all the same.
    """

    def __init__(self, lookup: Lookup | None = None, *, keep: float = 5.0) -> None:
        self._lookup = lookup or self._ask_system
        self._keep = keep
        self._threads: ThreadPoolExecutor | None = None
        self._known: OrderedDict[str, tuple[float, tuple[IPAddress, ...]]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[tuple[IPAddress, ...]]] = {}

    async def addresses(self, host: str, timeout: float = 5.0) -> tuple[IPAddress, ...]:
        """Every address of a host name or literal; empty when the name does not exist.

        Raises TimeoutError after `timeout` seconds and OSError when the resolver is ill.
        """
        if (literal := _literal(host)) is not None:
            return (literal,)
        if host == "localhost" or host.endswith(".localhost"):
            return _LOOPBACK  # RFC 6761: never a question for the network
        known = self._known.get(host)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        async with asyncio.timeout(timeout):
            # Shielded: others may wait for the same answer when this one gives up.
            return await asyncio.shield(self._task(host))

    def close(self) -> None:
        """Let go of the threads; a lookup under way ends by itself."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def _task(self, host: str) -> asyncio.Task[tuple[IPAddress, ...]]:
        task = self._asking.get(host)
        if task is None:
            task = self._asking[host] = asyncio.create_task(self._ask(host))
            task.add_done_callback(lambda done: self._ended(host, done))
        return task

    def _ended(self, host: str, task: "asyncio.Task[tuple[IPAddress, ...]]") -> None:
        del self._asking[host]
        if not task.cancelled():
            task.exception()  # seen, even when everybody who asked has gone

    async def _ask(self, host: str) -> tuple[IPAddress, ...]:
        found = tuple(dict.fromkeys(ip_address(text) for text in await self._lookup(host)))
        if self._keep > 0:
            self._known[host] = (time.monotonic() + self._keep, found)
            self._known.move_to_end(host)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    async def _ask_system(self, host: str) -> Sequence[str]:
        # Threads of our own: slow names must not starve the loop's default executor.
        if self._threads is None:
            self._threads = ThreadPoolExecutor(32, thread_name_prefix="resolve")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _system_addresses, host)


def _literal(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _system_addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            return []
        raise
    except UnicodeError:
        return []
    return [str(entry[4][0]) for entry in found]
