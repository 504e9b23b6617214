"""Which program is the browser, and with which switches it starts."""

import shutil
from pathlib import Path

from renderer.errors import EngineUnavailableError

__all__ = ["SWITCHES", "find_program"]

_PLACES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium-browser/chromium-headless-shell",
    "/opt/chromium/headless_shell",
)
_DOWNLOADED = "chromium_headless_shell-*/chrome-*/*headless*shell"

SWITCHES = (
    # Frames are drawn when they are asked for, and only when everything in them is ready.
    "--enable-begin-frame-control",
    "--run-all-compositor-stages-before-draw",
    "--disable-new-content-rendering-timeout",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-checker-imaging",
    "--disable-image-animation-resync",
    # Letters are drawn the same on every machine.
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--disable-font-subpixel-positioning",
    # Nothing leaves but through the proxy, which alone asks for names.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    "--disable-quic",
    "--disable-domain-reliability",
    "--no-pings",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--mute-audio",
)


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
    named = [Path(place) for place in _PLACES]
    downloaded = sorted((Path.home() / ".cache" / "ms-playwright").glob(_DOWNLOADED), reverse=True)
    on_path = [shutil.which(name) for name in ("chrome-headless-shell", "headless_shell")]
    return named + downloaded + [Path(found).resolve() for found in on_path if found]


def _is_script(path: Path) -> bool:
    with path.open("rb") as program:
        return program.read(2) == b"#!"
