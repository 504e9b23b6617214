"""Processes that nobody watches over any more: of a service that was killed, or of a lost seat.

What a service starts lives in a directory that carries the service's mark, and says so in its
environment. It is an orphan when that service is no more, or when the directory is gone, since who
ends a browser takes its directory away.
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from renderer.chromium.driver import DRIVER_PREFIX
from renderer.chromium.home import homes_of, sweep_homes
from renderer.chromium.owner import abandoned, owner
from renderer.settings import RendererSettings

__all__ = ["end_orphans"]

log = structlog.get_logger(__name__)

_PLACES = (b"HOME=", b"TMPDIR=")


def end_orphans(settings: RendererSettings) -> int:
    """Kill what is left over, remove its directories; how many processes there were.

    It reads a file for each process of the machine: milliseconds, so not on the event loop.
    """
    bases = {str(base) for base in homes_of(settings)}
    ended = 0
    for pid, places in _marked():
        if any(_is_orphan(place, bases) for place in places):
            log.warning("orphan_ended", pid=pid)
            ended += _kill(pid)
    sweep_homes(settings)
    return ended


def _marked() -> Iterator[tuple[int, list[str]]]:
    """Every process that we may look into, with the directories that its environment names."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                environment = Path(entry.path, "environ").read_bytes().split(b"\0")
                found = [one for one in environment if one.startswith(_PLACES)]
                yield int(entry.name), [os.fsdecode(one.partition(b"=")[2]) for one in found]


def _is_orphan(place: str, bases: set[str]) -> bool:
    directory = Path(place)
    prefix = DRIVER_PREFIX if directory.name.startswith(DRIVER_PREFIX) else ""
    if str(directory.parent) not in ({tempfile.gettempdir()} if prefix else bases):
        return False
    if directory.name.startswith(f"{prefix}{owner()}-"):
        return not directory.exists()
    return abandoned(directory, prefix)


def _kill(pid: int) -> bool:
    with suppress(OSError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
        return True
    return False
