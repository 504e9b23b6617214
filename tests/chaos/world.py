"""The processes that faults are thrown at: one with all embedded, or four over real servers."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.postgres import private_postgres
from tests.support.redis import PrivateRedis
from tests.support.service import Service
from tests.support.small_disk import SmallDisk, small_disk

__all__ = ["World", "world"]


@dataclass
class World:
    """`services` by name: `serve`, or `api` and `worker`. `redis`, `postgres`: None if embedded."""

    folder: Path
    services: dict[str, Service]
    disk: SmallDisk
    redis: PrivateRedis | None = None
    postgres: Path | None = None
    notes: list[str] = field(default_factory=list[str])

    @property
    def front(self) -> Service:
        """The one that answers requests."""
        return next(iter(self.services.values()))

    @property
    def queue_socket(self) -> Path | None:
        """Where Redis listens just now."""
        if self.redis is not None:
            return self.redis.socket
        return next(iter(self.folder.rglob("queue.sock")), None)

    def processes(self) -> list[psutil.Process]:
        """Everything that the services have started and that lives."""
        found: list[psutil.Process] = []
        for service in self.services.values():
            if service.process is not None:
                with suppress(psutil.Error):
                    found += psutil.Process(service.process.pid).children(recursive=True)
        return found

    def left(self) -> list[psutil.Process]:
        """What runs anywhere and carries this world's folder in its command or environment."""
        mark = str(self.folder)
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                own = process.pid == os.getpid() or "postgres" in process.name()
                said = [*process.cmdline(), *process.environ().values()]
                if not own and any(mark in text for text in said):
                    found.append(process)
        return found


@contextmanager
def world(kind: str, settings: Mapping[str, str]) -> Iterator[World]:
    """A running world of that kind: `embedded` or `servers`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        folder.chmod(0o755)
        temporary = folder / "tmp"
        temporary.mkdir()
        temporary.chmod(0o1777)
        disk = stack.enter_context(small_disk(folder / "disk", "size=96m"))
        common = {
            "TMPDIR": str(temporary),
            "PLATEN_STORAGE_URL": f"file://{disk.folder / 'artifacts'}",
            "PLATEN_BROWSERS": "1",
            **settings,
        }
        made = _embedded(folder, disk, common) if kind == "embedded" else None
        made = made or _servers(folder, disk, common, stack)
        for service in made.services.values():
            service.start(wait=120)
            stack.callback(service.kill)
        yield made


def _embedded(folder: Path, disk: SmallDisk, settings: Mapping[str, str]) -> World:
    return World(folder, {"serve": Service(folder / "d", settings)}, disk)


def _servers(folder: Path, disk: SmallDisk, settings: Mapping[str, str], stack: ExitStack) -> World:
    url = stack.enter_context(private_postgres())
    if url is None:
        raise SystemExit("PostgreSQL is not installed")
    redis = PrivateRedis()
    stack.callback(redis.close)
    redis.start()
    place = {**settings, "PLATEN_DATABASE_URL": url, "PLATEN_REDIS_URL": redis.url}
    api = Service(folder / "api", place, command="api")
    worker = Service(folder / "worker", place, command="worker", key=api.key)
    postgres = Path(url.partition("host=")[2])
    return World(folder, {"api": api, "worker": worker}, disk, redis, postgres)
