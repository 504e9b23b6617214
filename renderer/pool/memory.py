"""How much memory a browser holds."""

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["group_memory"]

_COUNTED = ("Pss_Anon:", "Pss_Shmem:")
_PAGE = os.sysconf("SC_PAGESIZE")


def group_memory(group: int) -> int:
    """Bytes that a process group holds for itself: anonymous and shared memory, not its files.

    Pages that several processes share count once (PSS). It reads a file for each process of the
    machine: milliseconds, so not on the event loop. 0 where nothing can be read.
    """
    total = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError, ValueError):
                if _group_of(entry.path) == group:
                    total += _own_memory(entry.path)
    return total


def _group_of(process: str) -> int:
    # The program's name is in brackets and may hold anything; state, parent and group follow it.
    return int(Path(process, "stat").read_text().rpartition(")")[2].split()[2])


def _own_memory(process: str) -> int:
    try:
        lines = Path(process, "smaps_rollup").read_text().splitlines()
    except PermissionError:
        # A sandboxed process tells its mappings to root alone; its counters say nearly as much.
        resident, shared = Path(process, "statm").read_text().split()[1:3]
        return (int(resident) - int(shared)) * _PAGE
    found = (line.split() for line in lines if line.startswith(_COUNTED))
    return sum(int(parts[1]) * 1024 for parts in found)
