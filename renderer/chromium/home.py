"""The directory that one browser process owns: its profile, its fonts' cache, its starter.

A browser of a root service runs under an unprivileged uid, where Chromium's sandbox works: the
starter is a script that becomes (exec) `setpriv` and then the browser, so that the process id and
all signals are the browser's own.
"""

import os
import shlex
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from renderer.chromium.owner import abandoned, owner
from renderer.errors import EngineUnavailableError
from renderer.settings import RendererSettings

__all__ = ["BrowserHome", "homes_of", "sweep_homes"]

_numbers = count(1)
"""Of all browsers of this process, whoever starts them: one never gets another's directory."""

_NEEDED = ("PATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class BrowserHome:
    """One browser's directory; `starter` is what to execute and `environment` all it may see."""

    directory: Path
    starter: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, settings: RendererSettings, program: Path) -> "BrowserHome":
        """A fresh directory `browsers/<our mark>-<number>`, owned by the browser's uid."""
        root = os.geteuid() == 0
        directory = _base(settings, root) / f"{owner()}-{next(_numbers)}"
        profile = directory / "profile"
        profile.mkdir(parents=True)
        starter = directory / "start"
        starter.write_text(_script(settings, program, profile, root), encoding="utf-8")
        starter.chmod(0o755)
        if root:
            for path in (directory, profile):
                os.chown(path, settings.browser_uid, settings.browser_uid)
        return cls(directory, starter, _environment(settings, directory, root))

    @property
    def log(self) -> Path:
        """Where a browser that we start ourselves says why it died."""
        return self.directory / "log"

    def remove(self) -> None:
        """Take the directory away; what is gone already is fine."""
        shutil.rmtree(self.directory, ignore_errors=True)


def sweep_homes(settings: RendererSettings) -> None:
    """Remove the directories that processes left which are no more."""
    for base in homes_of(settings):
        for directory in base.glob("*-*-*-*"):
            if abandoned(directory):
                shutil.rmtree(directory, ignore_errors=True)


def homes_of(settings: RendererSettings) -> set[Path]:
    """The folders in which browsers' directories may be."""
    return {_base(settings, os.geteuid() == 0), settings.data_dir / "browsers"}


def _base(settings: RendererSettings, root: bool) -> Path:
    base = settings.data_dir / "browsers"
    if root and not _open_to_others(base):
        base = Path(tempfile.gettempdir()) / f"platen-browsers-{os.geteuid()}"
    base.mkdir(parents=True, exist_ok=True)
    if (found := base.lstat()).st_uid != os.geteuid() or found.st_mode & 0o022:
        # We would execute what somebody else may write into it.
        raise EngineUnavailableError(
            f"{base} belongs to somebody else, or others may write to it. Remove it."
        )
    return base


def _open_to_others(path: Path) -> bool:
    """Whether another uid may enter every directory above `path` that is there already."""
    return all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.exists())


def _script(settings: RendererSettings, program: Path, profile: Path, root: bool) -> str:
    uid = settings.browser_uid
    become = f"setpriv --reuid={uid} --regid={uid} --clear-groups " if root else ""
    command = f"{become}{shlex.quote(str(program))}"
    # The last --user-data-dir wins: Playwright's own directory belongs to another uid.
    return f'#!/bin/sh\nexec {command} "$@" {shlex.quote(f"--user-data-dir={profile}")}\n'


def _environment(settings: RendererSettings, directory: Path, root: bool) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    home = str(directory)
    fonts = _readable_fonts(settings.fontconfig, directory) if root else settings.fontconfig
    return kept | {
        "HOME": home,
        "XDG_CACHE_HOME": f"{home}/cache",
        "XDG_CONFIG_HOME": f"{home}/config",
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "FONTCONFIG_FILE": str(fonts),
    }


def _readable_fonts(fontconfig: Path, directory: Path) -> Path:
    """The fontconfig file where the browser's uid can read it: a copy if it could not."""
    if _open_to_others(fontconfig):
        return fontconfig
    copy = directory / "fonts"
    with suppress(FileExistsError):
        shutil.copytree(fontconfig.parent, copy)
    return copy / fontconfig.name
