"""`platen doctor`: looks at everything that a render needs and says how to mend what is missing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rich.console import Console

from core.errors import PlatenError
from core.settings import SettingsError
from platen.app import read_all
from platen.checks import (
    Finding,
    check_browser,
    check_database,
    check_ffmpeg,
    check_folder,
    check_fonts,
    check_queue,
    check_store,
)
from platen.settings import Settings

__all__ = ["examine"]

_PATIENCE = 40.0
_CHECKS: tuple[tuple[str, Callable[[Settings], Awaitable[Finding]]], ...] = (
    ("data folder", check_folder),
    ("database", check_database),
    ("queue", check_queue),
    ("store", check_store),
    ("fonts", check_fonts),
    ("ffmpeg", check_ffmpeg),
    ("browser", check_browser),
)
_SIGNS = {"good": "[green]ok  [/]", "odd": "[yellow]note[/]", "bad": "[red]FAIL[/]"}


def examine(flags: Mapping[str, Any]) -> bool:
    """Print one line per part; True when a service could work. Changes nothing that is kept."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = read_all(flags)
    except SettingsError as error:
        console.print(f"{_SIGNS['bad']} settings     {error}")
        return False
    return asyncio.run(_examine(settings, console))


async def _examine(settings: Settings, console: Console) -> bool:
    well = True
    for name, near in settings.unknown():
        hint = f": did you mean {near}?" if near else ""
        console.print(f"{_SIGNS['odd']} settings     {name} is unknown and ignored{hint}")
    for name, check in _CHECKS:
        finding = await _ask(check, settings)
        well = well and finding.state != "bad"
        console.print(f"{_SIGNS[finding.state]} {name:<12} {finding.text}")
        if finding.mend:
            console.print(f"{'':<18}{finding.mend}", style="bold")
    return well


async def _ask(check: Callable[[Settings], Awaitable[Finding]], settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await check(settings)
    except PlatenError as error:
        return Finding("bad", error.message, error.private)
    except TimeoutError:
        return Finding("bad", f"it did not answer within {_PATIENCE:g} s")
    except Exception as error:  # a check that fails is a finding too
        return Finding("bad", f"{type(error).__name__}: {error}")
