"""Connections to judged addresses only."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeVar

from egress.errors import FetchFailedError
from egress.models import IPAddress
from egress.policy import Policy

__all__ = ["Stream", "dial", "race"]

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_Connection = TypeVar("_Connection")

_HEAD_START = 0.25
"""Seconds that an address is tried alone before the next one is tried too (RFC 8305)."""

_FIRST = asyncio.FIRST_COMPLETED
_BUFFER = 256 * 1024


async def dial(
    policy: Policy,
    host: str,
    port: int,
    timeout: float,
    lookups: AbstractAsyncContextManager[Any] | None = None,
) -> Stream:
    """Resolve once, judge every address, connect to the first judged one that answers.

    `timeout` is seconds for all of it; `lookups` is held while the name is looked up.
    Raises BlockedAddressError or FetchFailedError.
    """

    async def connect(address: IPAddress) -> Stream:
        return await asyncio.open_connection(str(address), port, limit=_BUFFER)

    try:
        async with asyncio.timeout(timeout):
            async with lookups or nullcontext():
                addresses = await policy.resolve(host, port, timeout)
            return await race(addresses, connect, _hang_up)
    except (OSError, TimeoutError) as error:
        raise FetchFailedError(
            f"{host} did not take a connection on port {port} within {timeout:g} s.",
            private=repr(error),
        ) from error


async def _hang_up(stream: Stream) -> None:
    stream[1].transport.abort()


async def race(
    addresses: Sequence[IPAddress],
    connect: Callable[[IPAddress], Awaitable[_Connection]],
    discard: Callable[[_Connection], Awaitable[None]],
) -> _Connection:
    """Happy eyeballs: the families in turn, the next when one fails or takes 250 ms.

    Gives the first connection made, cancels the other tries and discards what they made
    meanwhile. Raises the last OSError when none is made.
    """
    queue = _families_in_turn(addresses)
    if len(queue) == 1:
        return await connect(queue[0])
    trying: set[asyncio.Future[_Connection]] = set()
    failure: OSError = OSError("no address to dial")
    try:
        while queue or trying:
            if queue:
                trying.add(asyncio.ensure_future(connect(queue.pop(0))))
            patience = _HEAD_START if queue else None
            done, _ = await asyncio.wait(trying, timeout=patience, return_when=_FIRST)
            for tried in done:
                trying.discard(tried)
                if not isinstance(error := tried.exception(), OSError):
                    return tried.result()
                failure = error
        raise failure
    finally:
        await _clear(trying, discard)


async def _clear(
    trying: set[asyncio.Future[_Connection]], discard: Callable[[_Connection], Awaitable[None]]
) -> None:
    for tried in trying:
        tried.cancel()
    for made in await asyncio.gather(*trying, return_exceptions=True):
        if not isinstance(made, BaseException):
            await discard(made)


def _families_in_turn(addresses: Sequence[IPAddress]) -> list[IPAddress]:
    """The resolver's order, with the two families interleaved; its first one stays first."""
    first = [address for address in addresses if address.version == addresses[0].version]
    other = [address for address in addresses if address.version != addresses[0].version]
    paired = [address for pair in zip(first, other, strict=False) for address in pair]
    rest = min(len(first), len(other))
    return paired + first[rest:] + other[rest:]
