"""The mark by which what a service started, and left, is known as its own.

A process's number is used again, in containers at once; with the moment of its start it is not.
"""

import os
from pathlib import Path

__all__ = ["lives", "owner"]


def owner() -> str:
    """Our own process as `<number>-<start in ticks>`: it begins the names of what it makes."""
    pid = os.getpid()
    return f"{pid}-{_start_of(pid)}"


def lives(name: str) -> bool:
    """Whether the process whose mark begins this name is still there."""
    pid, _, rest = name.partition("-")
    try:
        return _start_of(int(pid)) == rest.partition("-")[0]
    except (OSError, ValueError):
        return False


def _start_of(pid: int) -> str:
    # The program's name is in brackets and may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
