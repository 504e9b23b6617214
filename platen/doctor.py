"""`platen doctor`: looks at everything that a render needs and says how to mend what is missing."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from core.errors import PlatenError
from core.settings import CoreSettings, SettingsError
from platen.all_settings import read_all
from platen.checks import (
    Finding,
    check_browser,
    check_database,
    check_ffmpeg,
    check_folder,
    check_fonts,
    check_pages,
    check_queue,
    check_secret,
    check_store,
)
from platen.logs import set_up_logging
from platen.settings import Settings

__all__ = ["examine"]

_PATIENCE = 40.0
_CHECKS: tuple[tuple[str, Callable[[Settings], Awaitable[Finding]]], ...] = (
    ("data folder", check_folder),
    ("database", check_database),
    ("secret key", check_secret),
    ("queue", check_queue),
    ("store", check_store),
    ("fonts", check_fonts),
    ("ffmpeg", check_ffmpeg),
    ("large pages", check_pages),
    ("browser", check_browser),
)
_MENDS = {
    "database": "Start it, or mend PLATEN_DATABASE_URL.",
    "store": "Start it, or mend PLATEN_STORAGE_URL and its credentials (`AWS_...`).",
}
_SIGNS = {"good": "[green]ok  [/]", "odd": "[yellow]note[/]", "bad": "[red]FAIL[/]"}


def examine(flags: Mapping[str, Any]) -> bool:
    """Print one line per part; True when a service could work. Changes nothing that is kept."""
    set_up_logging("text", "error")
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = read_all(flags)
    except SettingsError as error:
        console.print(f"{_SIGNS['bad']} settings     {error}")
        return False
    with _leaving_no_trace(settings.of(CoreSettings).data_dir):
        return asyncio.run(_examine(settings, console))


@contextmanager
def _leaving_no_trace(folder: Path) -> Generator[None]:
    """A data folder that was not there before the examination is not there after it."""
    made = not folder.exists()
    yield
    if made:
        shutil.rmtree(folder, ignore_errors=True)


async def _examine(settings: Settings, console: Console) -> bool:
    well = True
    for name, near in settings.unknown():
        hint = f": did you mean {near}?" if near else ""
        console.print(f"{_SIGNS['odd']} settings     {name} is unknown and ignored{hint}")
    for name, check in _CHECKS:
        finding = await _ask(name, check, settings)
        well = well and finding.state != "bad"
        console.print(f"{_SIGNS[finding.state]} {name:<12} {finding.text}")
        if finding.mend:
            console.print(f"{'':<18}{finding.mend}", style="bold")
    return well


async def _ask(
    name: str, check: Callable[[Settings], Awaitable[Finding]], settings: Settings
) -> Finding:
    mend = _MENDS.get(name, "")
    try:
        async with asyncio.timeout(_PATIENCE):
            return await check(settings)
    except PlatenError as error:
        # A service's log has all of it; here the first line says enough.
        reason = (error.private.splitlines() or [error.message])[0][:300]
        return Finding("bad", reason, mend or error.message)
    except TimeoutError:
        return Finding("bad", f"it did not answer within {_PATIENCE:g} s", mend)
    except Exception as error:  # a check that fails is a finding too
        return Finding("bad", f"{type(error).__name__}: {error}", mend)
