"""What the service holds of the machine: memory, processes, threads, descriptors, files."""

import ctypes
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

import psutil

__all__ = [
    "GROUPS",
    "Census",
    "adopt_orphans",
    "count_files",
    "orphans",
    "pages_and_browsers",
    "take_census",
]

GROUPS = ("service", "browsers", "driver", "jail", "queue")
_PR_SET_CHILD_SUBREAPER = 36
_BOOKS = ("platen.db", "platen.db-wal", "platen.db-shm")


@dataclass(frozen=True, slots=True)
class Census:
    """One count. `memory`: kB of the whole tree, anonymous and shared pages by proportion.

    `files`: everything in the data folder but artifacts, queue and database, and in the temporary
    directory; browsers' own profiles count as one each.
    """

    processes: int
    threads: int
    descriptors: int
    files: int
    memory: int
    by_group: dict[str, int] = field(default_factory=dict[str, int])

    def counts(self) -> dict[str, int]:
        """What has to be back at its idle level, by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)[:4]}


def adopt_orphans() -> None:
    """Become the parent of whoever loses theirs, so that nothing is left out of the count."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def take_census(pid: int, data: Path, temporary: Path) -> Census:
    """Count the process `pid`, everything below it, and what has lost its parent on the way."""
    processes = threads = descriptors = 0
    by_group = dict.fromkeys(GROUPS, 0)
    for process in _tree(pid):
        with suppress(psutil.Error, OSError):
            group = _group(process, pid)
            memory = _memory(process.pid)
            threads += process.num_threads()
            descriptors += process.num_fds()
            processes += 1
            by_group[group] += memory
    files = count_files([data], temporary)
    return Census(processes, threads, descriptors, files, sum(by_group.values()), by_group)


def pages_and_browsers(pid: int) -> dict[str, list[psutil.Process]]:
    """The processes of pages, and the browsers' main processes, by `page` and `browser`."""
    found: dict[str, list[psutil.Process]] = {"page": [], "browser": []}
    for process in _tree(pid):
        with suppress(psutil.Error):
            line = process.cmdline()
            if any(part == "--type=renderer" for part in line):
                found["page"].append(process)
            elif any("--user-data-dir" in part for part in line) and "--type=" not in "".join(line):
                found["browser"].append(process)
    return found


def _tree(pid: int) -> list[psutil.Process]:
    """The service's family, and orphans that came to us; our own other children are none."""
    with suppress(psutil.NoSuchProcess):
        service = psutil.Process(pid)
        family = [service, *service.children(recursive=True)]
        lost = [one for one in psutil.Process().children() if _is_orphan(one, pid)]
        return family + [more for one in lost for more in (one, *one.children(recursive=True))]
    return []


def orphans(service: int = 0) -> list[int]:
    """Processes of the service that came to us because their parent has gone, by their ids."""
    return [one.pid for one in psutil.Process().children() if _is_orphan(one, service)]


def _is_orphan(process: psutil.Process, service: int) -> bool:
    with suppress(psutil.Error, ChildProcessError):
        if process.pid == service:
            return False
        if process.status() == psutil.STATUS_ZOMBIE:
            os.waitpid(process.pid, os.WNOHANG)  # what init would do
            return False
        return any(
            mark in part
            for part in process.cmdline()
            for mark in ("headless", "jail_child", "run-driver", "valkey")
        )
    return False


def _group(process: psutil.Process, service: int) -> str:
    line = " ".join(process.cmdline())
    if process.pid == service:
        return "service"
    if "jail_child" in line:
        return "jail"
    if "valkey" in line:
        return "queue"
    return "driver" if "run-driver" in line else "browsers"


def _memory(pid: int) -> int:
    """kB; what is mapped from files is the same for everybody and left out."""
    total = 0
    with Path(f"/proc/{pid}/smaps_rollup").open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith(("Pss_Anon:", "Pss_Shmem:")):
                total += int(line.split()[1])
    return total


def count_files(folders: Sequence[Path], temporary: Path) -> int:
    """The files of services with these data folders and this temporary directory: see `Census`."""
    homes = sum(1 for data in folders for _ in (data / "browsers").glob("*"))
    beside = (path for data in folders for path in data.glob("*"))
    own = sum(1 for path in beside if path.is_file() and path.name not in _BOOKS)
    return homes + own + sum(1 for path in temporary.rglob("*") if path.is_file())
