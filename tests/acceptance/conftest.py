"""One service for the tests that only talk to it, and a factory for those that hurt it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.service import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service that no test may stop."""
    running = Service(tmp_path_factory.mktemp("service") / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[httpx2.Client]:
    """An HTTP client with the service's first key."""
    with service.client() as http:
        yield http


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services of a test's own; what still runs afterwards is ended."""
    started: list[Service] = []

    def start(name: str = "data", **options: Any) -> Service:
        running = Service(tmp_path / name, **options)
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.kill()
