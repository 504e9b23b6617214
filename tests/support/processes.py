"""The processes that a test started itself: not those of services and fixtures of the whole run."""

from contextlib import suppress

import psutil

__all__ = ["leave_out_others", "own_children"]

_others: set[int] = set()


def leave_out_others() -> None:
    """From now on what runs already belongs to somebody else."""
    _others.clear()
    _others.update(child.pid for child in psutil.Process().children(recursive=True))


def own_children() -> list[psutil.Process]:
    """All descendants that the test has started, running services (`python -m platen ...`) aside:
    those belong to the whole run, and come and go as they like."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if child.pid not in _others and "platen" not in child.cmdline():
                found += [child, *child.children(recursive=True)]
    return found
