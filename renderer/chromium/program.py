"""Which program is the browser, and with which switches it starts."""

import os
import shutil
from pathlib import Path

from egress.chromium import SWITCHES as WAYS_OUT_CLOSED
from renderer.errors import EngineUnavailableError

__all__ = ["SCRIPT_SWITCHES", "SWITCHES", "find_program"]

_PLACES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium-browser/chromium-headless-shell",
    "/opt/chromium/headless_shell",
)
_SHARED_FOLDER = Path("/opt/platen/browsers")
"""Where the set-up puts Playwright's browser for root: other uids can read it there."""
_DOWNLOADED = "chromium_headless_shell-*/chrome-*/*headless*shell"

_ONE_PIECE = 1280
"""Pixels a side: 6.5 MB for a page or a layer of it."""

SWITCHES = (
    # Frames are drawn when they are asked for, and only when everything in them is ready.
    "--enable-begin-frame-control",
    "--run-all-compositor-stages-before-draw",
    "--disable-new-content-rendering-timeout",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-checker-imaging",
    "--disable-image-animation-resync",
    # What is not too large is drawn in one piece, with nothing to join and no seams.
    f"--max-untiled-layer-width={_ONE_PIECE}",
    f"--max-untiled-layer-height={_ONE_PIECE}",
    # Letters are drawn the same on every machine.
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--disable-font-subpixel-positioning",
    # Nothing leaves but through the proxy.
    *WAYS_OUT_CLOSED,
    # A page may not open others: a popup that waits for its opener would outlive the render.
    "--block-new-web-contents",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--mute-audio",
)

SCRIPT_SWITCHES = (
    # A page that fills its memory ends itself here, instead of taking gigabytes from all others.
    "--js-flags=--max-old-space-size=512",
)
"""More, for browsers whose pages run scripts."""


def find_program(given: Path | None) -> Path:
    """The headless shell's own program, never a shell wrapper around it (signals would miss it).

    Raises EngineUnavailableError when there is none.
    """
    for path in [given] if given else _candidates():
        if path.is_file() and not _is_script(path):
            return path
    where = f"{given} is no browser program" if given else "no headless shell was found"
    raise EngineUnavailableError(
        f"Chromium cannot start: {where}. Install chromium-headless-shell, or set PLATEN_CHROMIUM "
        "to the program itself, not to a script that starts it."
    )


def _candidates() -> list[Path]:
    """Playwright's own browser is the newest, then the distribution's, then what PATH knows."""
    folders = [Path(folder) for folder in (_chosen_folder(), _SHARED_FOLDER, _home_folder())]
    downloaded = [
        path for folder in folders for path in sorted(folder.glob(_DOWNLOADED), reverse=True)
    ]
    on_path = [shutil.which(name) for name in ("chrome-headless-shell", "headless_shell")]
    found = [Path(path).resolve() for path in on_path if path]
    return downloaded + [Path(place) for place in _PLACES] + found


def _chosen_folder() -> Path:
    return Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", _SHARED_FOLDER))


def _home_folder() -> Path:
    return Path.home() / ".cache" / "ms-playwright"


def _is_script(path: Path) -> bool:
    with path.open("rb") as program:
        return program.read(2) == b"#!"
