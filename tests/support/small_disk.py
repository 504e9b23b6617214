"""A disk of its own that is soon full, for tests that run as root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["SmallDisk", "small_disk"]


class SmallDisk:
    """A folder on a disk of few bytes or few files. `fill` leaves no room, `empty` makes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Until nothing more can be written, or no file more be made."""
        self._filler.mkdir()
        try:
            for number in range(1_000_000):
                (self._filler / str(number)).write_bytes(b"x" * 4096)
        except OSError:
            return

    def empty(self) -> None:
        subprocess.run(["rm", "-rf", str(self._filler)], check=True)


@contextmanager
def small_disk(folder: Path, limit: str) -> Iterator[SmallDisk]:
    """Mounted at `folder`; `limit` is an option of tmpfs: `size=1m`, `nr_inodes=200`."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"mode=1777,{limit}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
