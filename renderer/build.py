"""What decides the bytes of a render beside the request: engine, fonts, processor, our version."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from core.version import VERSION
from renderer.canvas.page import FABRIC

__all__ = ["build_tag"]

_FONTS = Path(__file__).resolve().parents[1] / "fonts"
_TELLING = ("avx2", "avx512f", "sse4_1", "asimd", "neon")
"""Features of a processor that change how rasterisers and encoders round."""


def build_tag(browser: str) -> str:
    """One text that is the same wherever the same request gives the same bytes."""
    return f"platen/{VERSION} chromium/{browser} {_surroundings()}"


@cache
def _surroundings() -> str:
    fonts = hashlib.sha256()
    for name in ("SHA256SUMS", "fonts.conf"):
        fonts.update((_FONTS / name).read_bytes())
    weasyprint = version("weasyprint")
    return (
        f"weasyprint/{weasyprint} fabric/{FABRIC} fonts/{fonts.hexdigest()[:16]} cpu/{_processor()}"
    )


def _processor() -> str:
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split())
    except OSError:  # another kind of system: its name must do
        words = set[str]()
    return "+".join([platform.machine(), *(name for name in _TELLING if name in words)])
