"""The browsers that peers draw with."""

import os
import shutil
from pathlib import Path

from bench.contender import UnavailableError
from renderer.chromium.program import find_program
from renderer.errors import EngineUnavailableError

__all__ = ["FONTS", "browser_environment", "full_chromium", "headless_shell"]

FONTS = Path(__file__).resolve().parents[2] / "fonts"
_PLACES = ("/usr/lib/chromium/chromium", "/usr/lib/chromium-browser/chromium-browser")


def browser_environment() -> dict[str, str]:
    """The surroundings of a browser that sees the same fonts as ours."""
    return {**os.environ, "FONTCONFIG_FILE": str(FONTS / "fonts.conf")}


def full_chromium() -> str:
    """Chromium as people have it. Raises UnavailableError."""
    given = os.environ.get("BENCH_CHROMIUM")
    found = given or next((one for one in _PLACES if Path(one).is_file()), shutil.which("chromium"))
    if not found:
        raise UnavailableError(
            "it needs the full Chromium: install the package chromium, or name the program in "
            "BENCH_CHROMIUM"
        )
    return found


def headless_shell() -> str:
    """The program that we draw with ourselves. Raises UnavailableError."""
    try:
        return str(find_program(None))
    except EngineUnavailableError as error:
        raise UnavailableError(str(error)) from error
