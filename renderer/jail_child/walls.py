"""The walls around the child, raised once, after its imports and before its first job.

In order: another uid without privileges where we are root, death with the parent, hard resource
limits, a view of the file system that holds only the program and its fonts, and no way to open
a socket, start a program or signal another process. Each wall that a machine does not have is
left out and the greeting says which ones stand.
"""

import ctypes
import os
import resource
import signal

from renderer.jail_child.landlock import confine_files
from renderer.jail_child.limits import HARD_MEMORY_BYTES
from renderer.jail_child.privileges import become
from renderer.jail_child.seccomp import refuse_system_calls

__all__ = ["raise_walls"]

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_LIBC = ctypes.CDLL(None, use_errno=True)

OPEN_FILES = 256
"""Fonts are kept open by the document engine."""

SCRATCH_BYTES = 64 << 20
"""The largest file that a child with a directory of its own may write there (a web font)."""


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def _limits(base: int, file_bytes: int) -> None:
    ceiling = base + HARD_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _die_with(parent: int) -> None:
    """Ask the kernel to kill us when the parent goes; leave at once if it has gone already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(0)


def raise_walls(parent: int, uid: int, base: int) -> list[str]:
    """The names of the walls that stand now. `uid` 0 keeps the user that we are.

    `base` is the bytes of address space of the program itself.
    """
    os.umask(0o077)
    os.chdir("/")
    standing = ["limits", *become(uid)]
    _die_with(parent)
    _prctl(_PR_SET_DUMPABLE, 0)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _limits(base, SCRATCH_BYTES if os.environ.get("TMPDIR") else 0)
    standing += confine_files()
    standing += refuse_system_calls()
    return standing
