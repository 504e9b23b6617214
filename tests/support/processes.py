"""The processes that this test run started itself, the shared service's aside."""

from contextlib import suppress

import psutil


def own_children() -> list[psutil.Process]:
    """All descendants but running services (`python -m platen ...`) and theirs: those belong to
    the whole run, and come and go as they like."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "platen" not in child.cmdline():
                found += [child, *child.children(recursive=True)]
    return found
