"""One service, a site that it may reach, and three workspaces: two shared, one strict.

`make tenancy` runs the whole; what is marked `full` is left out otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
from support.service import Service
from support.traces import TraceSite


@dataclass(frozen=True)
class Tenants:
    """Clients of two workspaces that share browsers, and of one that shares none."""

    first: httpx2.Client
    second: httpx2.Client
    strict: httpx2.Client


@pytest.fixture(scope="module")
def site() -> Iterator[TraceSite]:
    made = TraceSite()
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(site: TraceSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One browser for everybody who shares, so that whatever could be shared would be."""
    environment = {
        "PLATEN_EGRESS_ALLOW": site.place,
        "PLATEN_BROWSERS": "1",
        "PLATEN_SLOTS_PER_BROWSER": "4",
    }
    started = Service(tmp_path_factory.mktemp("tenancy") / "data", environment).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def tenants(service: Service) -> Iterator[Tenants]:
    keys = [
        service.key,
        service.workspace("second"),
        service.workspace("alone", "--isolation", "strict"),
    ]
    with (
        service.client(keys[0]) as first,
        service.client(keys[1]) as second,
        service.client(keys[2]) as strict,
    ):
        yield Tenants(first, second, strict)
