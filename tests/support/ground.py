"""The ground of every egress test: what may be reached, what must not, and names for both."""

from collections.abc import AsyncIterator, Sequence

import pytest

from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from egress.resolve import Resolver
from support.site import Site, canary, redirector

__all__ = ["StubNames", "allowed", "client", "forbidden", "names", "policy", "proxy", "redirects"]


class StubNames:
    """A stub resolver. `rebind.test` leads to an open address first, to loopback ever after.

    127.0.0.2 plays the public address: the policy opens it on the ports of the sites here.
    """

    OPEN = "127.0.0.2"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        if host == "rebind.test":
            return [self.OPEN] if self.asked.count(host) == 1 else ["127.0.0.1"]
        return {
            "open.test": [self.OPEN],
            "multi.test": [self.OPEN, "127.0.0.1"],
            "cname.test": ["127.0.0.1"],
            "v6only.test": ["::1"],
            "mapped.test": ["::ffff:127.0.0.1"],
            "redis": ["127.0.0.1"],
            "127.0.0.1.nip.io": ["127.0.0.1"],
            "localhost.localdomain": ["127.0.0.1"],
        }.get(host, [])


@pytest.fixture
async def forbidden() -> AsyncIterator[Site]:
    """The canary that must not be reached, on loopback of both families, TCP and UDP."""
    async with Site(canary, ("127.0.0.1", "::1")) as site:
        yield site


@pytest.fixture
async def allowed() -> AsyncIterator[Site]:
    """The canary that is open: the positive control."""
    async with Site(canary) as site:
        yield site


@pytest.fixture
async def redirects() -> AsyncIterator[Site]:
    """An open server that sends elsewhere."""
    async with Site(redirector) as site:
        yield site


@pytest.fixture
def names() -> StubNames:
    return StubNames()


@pytest.fixture
def policy(forbidden: Site, allowed: Site, redirects: Site, names: StubNames) -> Policy:
    opened = [allowed.place, redirects.place, f"{StubNames.OPEN}:{forbidden.port}"]
    return Policy(opened, Resolver(names, keep=0))


@pytest.fixture
async def client(policy: Policy) -> AsyncIterator[EgressClient]:
    client = EgressClient(policy)
    yield client
    await client.close()


@pytest.fixture
async def proxy(policy: Policy) -> AsyncIterator[EgressProxy]:
    proxy = EgressProxy(policy)
    yield proxy
    await proxy.close()
