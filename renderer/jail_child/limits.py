"""Limits of one job: memory and processor time, as soft limits under the hard ones of the walls."""

import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["HARD_MEMORY_BYTES", "address_space", "limit"]

HARD_MEMORY_BYTES = 4 << 30
"""No job may ask for more than this beyond the program itself."""


def address_space() -> int:
    """Bytes of address space that this process has now; a generous guess where it cannot tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 1 << 30
    return pages * resource.getpagesize()


@contextmanager
def limit(base: int, *, memory_bytes: int, cpu_seconds: float) -> Generator[None]:
    """Set the soft limits for one job: bytes beyond `base`, seconds of processor from now on."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(usage.ru_utime + usage.ru_stime + cpu_seconds) + 2
    hard_cpu = resource.getrlimit(resource.RLIMIT_CPU)[1]
    hard_memory = resource.getrlimit(resource.RLIMIT_AS)[1]
    memory = base + min(memory_bytes, HARD_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard_cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, hard_memory))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard_memory, hard_memory))
