"""Which pictures are decoded at all, and how large they may be. Runs in the jail's child only."""

from importlib import import_module

from PIL import Image

__all__ = ["FORMATS", "MAX_PIXELS", "restrict"]

FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""What people send as pictures. All other decoders (EPS starts a program!) stay switched off."""

MAX_PIXELS = 64_000_000
"""Judged from the header, before anything is decoded."""

_MODULES = {"AVIF": "Avif", "BMP": "Bmp", "GIF": "Gif", "ICO": "Ico", "JPEG": "Jpeg",
            "PNG": "Png", "PPM": "Ppm", "TIFF": "Tiff", "WEBP": "WebP"}  # fmt: skip


def restrict() -> None:
    """Leave Pillow with the decoders of `FORMATS` and with a budget of pixels."""
    for name in FORMATS:
        import_module(f"PIL.{_MODULES[name]}ImagePlugin")
    Image.preinit()
    Image._initialized = 2  # noqa: SLF001  # type: ignore[attr-defined] - "all decoders are loaded"
    Image.ID[:] = [name for name in Image.ID if name in FORMATS]
    # Pillow warns over this number and refuses over twice of it.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
