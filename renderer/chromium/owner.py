"""The mark by which what a service started, and left, is known as its own.

A process's number is used again, in containers at once, and containers may share a data folder: the
mark names the machine's name and the process namespace too, and the moment of the start.
"""

import hashlib
import os
import socket
import time
from functools import cache
from pathlib import Path

__all__ = ["abandoned", "owner"]

_STRANGE_FOR_S = 86_400
"""Whether a process of another container lives cannot be seen; no browser gets as old as this."""


def owner() -> str:
    """Our own process as `<place>-<number>-<start in ticks>`: begins the names of what it makes."""
    pid = os.getpid()
    return f"{_place()}-{pid}-{_start_of(pid)}"


def abandoned(directory: Path, prefix: str = "") -> bool:
    """Whether the process that made the directory `prefix` + its mark + ... is no more."""
    place, _, rest = directory.name.removeprefix(prefix).partition("-")
    pid, _, rest = rest.partition("-")
    try:
        if place != _place():
            return time.time() - directory.stat().st_mtime > _STRANGE_FOR_S
        return _start_of(int(pid)) != rest.partition("-")[0]
    except ProcessLookupError:
        return True
    except FileNotFoundError:
        return place == _place()
    except ValueError:
        return False


@cache
def _place() -> str:
    known = f"{socket.gethostname()} {Path('/proc/self/ns/pid').readlink()}"
    return hashlib.sha256(known.encode()).hexdigest()[:8]


def _start_of(pid: int) -> str:
    # The program's name is in brackets and may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
