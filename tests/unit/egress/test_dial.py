"""N03: the first address that answers wins, whatever the others do."""

import asyncio
from ipaddress import ip_address

import pytest

from egress.dial import race
from egress.models import IPAddress


def addresses(*texts: str) -> list[IPAddress]:
    return [ip_address(text) for text in texts]


DISCARDED: list[str] = []


async def discard(made: str) -> None:
    DISCARDED.append(made)


async def test_connections_made_at_the_same_moment_are_discarded_but_for_one() -> None:
    both = asyncio.Event()

    async def connect(address: IPAddress) -> str:
        if address.version == 4:
            both.set()
        await both.wait()
        return str(address)

    won = await race(addresses("2606:4700::1", "1.1.1.1"), connect, discard)
    assert {won, *DISCARDED} == {"2606:4700::1", "1.1.1.1"}


async def test_n03_a_silent_address_does_not_hold_up_the_next() -> None:
    cancelled = asyncio.Event()

    async def connect(address: IPAddress) -> str:
        if address.version == 6:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
        return str(address)

    async with asyncio.timeout(5):
        assert await race(addresses("2606:4700::1", "1.1.1.1"), connect, discard) == "1.1.1.1"
        await cancelled.wait()


async def test_a_refused_address_gives_way_at_once_and_families_take_turns() -> None:
    tried: list[str] = []

    async def connect(address: IPAddress) -> str:
        tried.append(str(address))
        if len(tried) < 4:
            raise ConnectionRefusedError
        return str(address)

    found = addresses("1.1.1.1", "1.1.1.2", "1.1.1.3", "2606:4700::1")
    assert await race(found, connect, discard) == "1.1.1.3"
    assert tried == ["1.1.1.1", "2606:4700::1", "1.1.1.2", "1.1.1.3"]


async def test_when_nobody_answers_the_last_failure_is_told() -> None:
    async def connect(address: IPAddress) -> str:
        raise ConnectionRefusedError(str(address))

    with pytest.raises(ConnectionRefusedError):
        await race(addresses("1.1.1.1", "1.1.1.2"), connect, discard)
