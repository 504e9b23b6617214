"""What a contender's processes cost: processor time, and memory shared fairly (PSS)."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable

import psutil

from bench.contender import Contender

__all__ = ["Ownership", "Peak", "cpu_seconds", "pss_megabytes", "watching"]

_LOOK_EVERY = 0.2


def _tree(root: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class Ownership:
    """Whose a process is: this process's children belong to whoever was starting when they came.

    Children that come later belong to whose turn it is.
    """

    def __init__(self) -> None:
        self._owned: dict[str, set[int]] = {}

    def claim(self, name: str) -> None:
        """Every child of this process that is nobody's yet belongs to `name`."""
        taken = set[int]().union(*self._owned.values())
        children = {child.pid for child in psutil.Process().children()}
        self._owned[name] = children - taken

    def processes(self, contender: Contender) -> list[psutil.Process]:
        """All of its processes; this one too when it works in it."""
        mine = self._owned.get(contender.name, set())
        if not contender.inside:
            return [one for root in mine for one in _tree(root)]
        others = set[int]().union(*self._owned.values()) - mine
        children = [child.pid for child in psutil.Process().children() if child.pid not in others]
        return [psutil.Process(), *(one for root in children for one in _tree(root))]


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """User and system seconds so far, those of ended and awaited children included."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def pss_megabytes(processes: Iterable[psutil.Process]) -> float:
    """Proportional set size of all of them, in MB."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / 1e6


class Peak:
    """The highest value seen."""

    def __init__(self) -> None:
        self.value = 0.0

    def see(self, value: float) -> None:
        """Keep it when it is higher."""
        self.value = max(self.value, value)


@contextlib.asynccontextmanager
async def watching(look: Callable[[], float], peak: Peak) -> AsyncGenerator[None, None]:
    """Look five times a second, beside the event loop, and once more at the end."""

    async def watch() -> None:
        while True:
            peak.see(await asyncio.to_thread(look))
            await asyncio.sleep(_LOOK_EVERY)

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
        peak.see(look())
