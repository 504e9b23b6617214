"""The data folder: made, judged and held by one service at a time."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from core.settings import SettingsError

__all__ = ["DataFolder"]


class DataFolder:
    """The folder of everything that is kept on this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: TextIO | None = None

    def prepare(self) -> None:
        """Make it if need be. Raises SettingsError when it cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o750)
        except OSError as error:
            raise SettingsError(self._unusable(str(error.strerror))) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise SettingsError(self._unusable("it may not be written by this user"))

    def hold(self) -> None:
        """Keep other services out until `release` or our end, whatever way we end.

        Raises SettingsError when another service holds it.
        """
        lock = (self.path / "platen.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise SettingsError(
                f"Another service (pid {holder}) runs on {self.path}: stop it, "
                "or choose another folder with --data-dir or PLATEN_DATA_DIR"
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def refuse_lost_database(self, artifacts: Path) -> None:
        """Raise SettingsError when there are artifacts and no database that knows of them.

        A new, empty database would look like a working service that has lost everything.
        """
        database = self.path / "platen.db"
        if not database.exists() and any(artifacts.glob("ws_*")):
            raise SettingsError(
                f"{database} is missing, but {artifacts} holds artifacts: put the database back "
                "from a backup, or move the folder away to begin anew"
            )

    def release(self) -> None:
        """Let others in."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _unusable(self, reason: str) -> str:
        return (
            f"PLATEN_DATA_DIR is {self.path}, which cannot be used: {reason}. "
            "Choose a folder that this user may write, or change its owner"
        )
