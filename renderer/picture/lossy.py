"""JPEG, WebP and AVIF of a picture's pixels, by a quality from 1 to 100 that means JPEG's."""

import io
import threading
from itertools import pairwise
from typing import Any

from PIL import Image, ImageFile

from renderer.picture.chroma import wants_full_chroma
from renderer.picture.tags import density, exif_tags, srgb_profile
from renderer.request import PictureOptions

__all__ = ["LossyEncoder"]

_WEBP_METHOD = {"fast": 1, "balanced": 2, "small": 4}
"""Method 0 takes as long as 1, and makes a text on a transparent ground ten times as large."""

_LOSSLESS = {"fast": (20, 1), "balanced": (50, 1), "small": (75, 4)}
"""Effort and method: 75 and 4 make a twentieth less than 50 and 1 in two to four times the time."""
_LOSSLESS_OPAQUE = (20, 0)
"""As a quarter of the time of method 1, which pictures with transparency need."""

_AVIF_SPEED = {"fast": 8, "balanced": 7, "small": 6}
_AVIF_LARGE = 4_000_000
"""Pixels from which on AVIF is always made at its fastest: 64 megapixels would take minutes."""

_AVIF_QUALITY = ((1, 1), (50, 36), (75, 48), (85, 57), (95, 80), (100, 100))
"""JPEG's quality -> AVIF's of the same error, measured on the fixtures; between them lines."""

_LOSSLESS_FROM = 100

_BUFFER_LOCK = threading.Lock()


class LossyEncoder:
    """One picture that may be encoded several times, at one quality after another."""

    def __init__(self, picture: Image.Image, options: PictureOptions) -> None:
        self._picture = _on_white(picture) if options.format == "jpeg" else picture
        self._options = options
        self._full_chroma = options.chroma_subsampling == "4:4:4" or (
            options.chroma_subsampling == "auto" and wants_full_chroma(self._picture)
        )

    def encode(self, quality: int) -> bytes:
        """The file at that quality; WebP is lossless at 100."""
        parameters = getattr(self, f"_{self._options.format}")(quality)
        try:
            return self._saved(parameters)
        except OSError:
            return self._saved_at_once(parameters)

    def _saved(self, parameters: dict[str, Any]) -> bytes:
        out = io.BytesIO()
        self._picture.save(out, self._options.format.upper(), **parameters)
        return out.getvalue()

    def _saved_at_once(self, parameters: dict[str, Any]) -> bytes:
        """Noise makes an optimised JPEG larger than the buffer that Pillow gives it.

        Its documented remedy is this number of the whole process; others only get larger buffers.
        """
        with _BUFFER_LOCK:
            usual = ImageFile.MAXBLOCK
            ImageFile.MAXBLOCK = max(usual, 8 * self._picture.width * self._picture.height)
            try:
                return self._saved(parameters)
            finally:
                ImageFile.MAXBLOCK = usual

    @property
    def _chroma(self) -> str:
        return "4:4:4" if self._full_chroma else "4:2:0"

    def _jpeg(self, quality: int) -> dict[str, Any]:
        dots = density(self._options.device_scale_factor)
        return {
            "quality": quality,
            "subsampling": self._chroma,
            "progressive": self._options.progressive,
            "optimize": True,
            "dpi": (dots, dots),
            "icc_profile": srgb_profile(),
        }

    def _webp(self, quality: int) -> dict[str, Any]:
        compression, lossless = self._options.compression, quality >= _LOSSLESS_FROM
        method = _WEBP_METHOD[compression]
        if lossless:
            fast = compression == "fast" and self._picture.mode == "RGB"
            quality, method = _LOSSLESS_OPAQUE if fast else _LOSSLESS[compression]
        return {"quality": quality, "method": method, "lossless": lossless, **self._tags()}

    def _avif(self, quality: int) -> dict[str, Any]:
        large = self._picture.width * self._picture.height > _AVIF_LARGE
        full = self._full_chroma or quality >= _LOSSLESS_FROM
        return {
            "quality": _avif_quality(quality),
            "speed": 9 if large else _AVIF_SPEED[self._options.compression],
            # One thread: the bytes of an AVIF depend on how its tiles were shared out.
            "max_threads": 1,
            "subsampling": "4:4:4" if full else "4:2:0",
            "exif": exif_tags(self._options.device_scale_factor),
        }

    def _tags(self) -> dict[str, bytes]:
        exif = exif_tags(self._options.device_scale_factor)
        return {"icc_profile": srgb_profile(), "exif": exif}


def _on_white(picture: Image.Image) -> Image.Image:
    """JPEG knows no transparency: what is transparent is paper."""
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    return paper.convert("RGB")


def _avif_quality(quality: int) -> int:
    """The number under which AVIF looks as JPEG does under `quality`, 1 to 100."""
    for (low, low_avif), (high, high_avif) in pairwise(_AVIF_QUALITY):
        if quality <= high:
            share = (quality - low) / (high - low)
            return round(low_avif + share * (high_avif - low_avif))
    return 100
