"""From root to a uid of one's own, which owns nothing and shares nothing with other children."""

import ctypes
import os
import sys
from pathlib import Path

__all__ = ["become"]

_PR_SET_KEEPCAPS = 8
_CAP_DAC_READ_SEARCH = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _keep(capabilities: int) -> None:
    """Give up every capability but these. A bare set of structures: version 3 has two words."""
    words = (_Data * 2)()
    words[0].effective = words[0].permitted = capabilities
    if _LIBC.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), words) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _readable_by_all(path: Path) -> bool:
    """True when every directory on the way, itself included, may be entered by others."""
    place = path.resolve()
    return all(step.stat().st_mode & 0o001 for step in (place, *place.parents))


def _program_is_readable() -> bool:
    here = Path(__file__).parent
    return all(map(_readable_by_all, (Path(sys.base_prefix), Path(sys.prefix), here)))


def become(uid: int) -> list[str]:
    """Change to `uid` and the same gid, without groups and capabilities; the walls that then stand.

    A Python that lives in a private home (/root/...) stays readable through one capability that
    only reads; the file wall, which knows no capability, then says what may be read.
    """
    if uid == 0 or os.getuid() != 0:
        return []
    reading = 0 if _program_is_readable() else _CAP_DAC_READ_SEARCH
    try:
        _LIBC.prctl(_PR_SET_KEEPCAPS, 1 if reading else 0, 0, 0, 0)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError:  # a user namespace that does not map this uid: root still, but a bare one
        _keep(reading)
        return ["capabilities"]
    _keep(reading)
    return ["uid"]
