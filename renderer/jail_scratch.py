"""Directories that document children may write to (web fonts, font cache); gone with the child."""

import os
import re
import shutil
import tempfile
from pathlib import Path

__all__ = ["make_scratch", "sweep_scratch"]

_PREFIX = "platen-jail-"
_NAME = re.compile(rf"{_PREFIX}(\d+)-")


def make_scratch(uid: int) -> Path:
    """A fresh directory for one child, owned by `uid` (0: by us)."""
    path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    if uid:
        try:
            os.chown(path, uid, uid)
        except OSError:  # a user namespace that does not map this uid; the child stays us then
            return path
    return path


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sweep_scratch() -> None:
    """Remove what a killed service of this user has left behind."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        name = _NAME.match(path.name)
        if name and not _lives(int(name[1])):
            shutil.rmtree(path, ignore_errors=True)
