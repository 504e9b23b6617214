"""One service for the tests that only talk to it, and a factory for those that hurt it."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

_spec = importlib.util.spec_from_file_location(
    "acceptance_service", Path(__file__).with_name("service.py")
)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
sys.modules["acceptance_service"] = _module
_spec.loader.exec_module(_module)
Service = _module.Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running service that no test may stop."""
    running = Service(tmp_path_factory.mktemp("service") / "data")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def client(service: Any) -> Iterator[httpx2.Client]:
    """An HTTP client with the service's first key."""
    with service.client() as http:
        yield http


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts services of a test's own; what still runs afterwards is ended."""
    started: list[Any] = []

    def start(name: str = "data", **options: Any) -> Any:
        running = Service(tmp_path / name, **options)
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.kill()
