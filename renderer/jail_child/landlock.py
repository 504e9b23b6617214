"""Landlock: the child may read its own program, the fonts and little else, and write nothing.

The numbers are those of Linux's `landlock(7)`; the system calls have the same ones everywhere.
"""

import ctypes
import os
import sys
from pathlib import Path

__all__ = ["confine_files"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_SCRATCH = 1 << 1 | _READ_FILE | _READ_DIR | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14
"""Write, read, list, remove directories and files, make directories and files, truncate."""
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights over files each version of the interface knows; 16 since version 5."""

_LIBC = ctypes.CDLL(None, use_errno=True)

SYSTEM_PATHS = (
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share",
    "/var/cache/fontconfig",
    "/dev/null",
    "/dev/urandom",
)
"""What a program needs from the system: libraries, time zones, fonts and their cache."""


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _version() -> int:
    """The interface's version, 0 where the kernel has none or it is switched off."""
    return max(0, int(_LIBC.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)))


def _handled(version: int) -> int:
    return (1 << _FILE_RIGHTS.get(version, 16)) - 1


def _own_paths() -> list[str]:
    house = Path(__file__).resolve().parents[2]
    own = [str(house / room) for room in ("core", "renderer", "fonts")]
    return [*own, sys.prefix, sys.base_prefix]


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    allowed = rights if Path(path).is_dir() else rights & ~_READ_DIR
    rule = _Beneath(allowed, place)
    _LIBC.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(place)


def _ruleset(version: int) -> int:
    """A ruleset that handles every right over files, TCP, abstract sockets and signals it can."""
    attributes = _Ruleset(
        _handled(version),
        0b11 if version >= 4 else 0,
        0b11 if version >= 6 else 0,
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    return int(_LIBC.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0))


def confine_files() -> list[str]:
    """Close the file system but for reading what the program needs; [] where there is none."""
    version = _version()
    if version == 0:
        return []
    ruleset = _ruleset(version)
    if ruleset < 0:
        return []
    for path in (*SYSTEM_PATHS, *_own_paths()):
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    if scratch := os.environ.get("TMPDIR"):
        _allow(ruleset, scratch, _SCRATCH & _handled(version))
    closed = _LIBC.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return ["files"] if closed else []
