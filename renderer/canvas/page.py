"""The page in which fabric draws: its script, what is asked of it, and what it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import FieldError
from renderer.chromium.page import Page
from renderer.compose.errors import CanvasError
from renderer.faces import with_faces
from renderer.request import (
    AnimationOptions,
    DocumentOptions,
    FontFace,
    Output,
    PictureOptions,
    TemplateSource,
)

__all__ = ["FABRIC", "CanvasReport", "box_of_output", "canvas_page", "canvas_script", "draw_canvas"]

FABRIC = "7.4.0"
"""The version of fabric that `scripts/fabric` fetched; a test holds it to the file's own word."""

_HERE = Path(__file__).parent
_PX_PER_PT = 96 / 72
_DRAW = "function (...asked) { return this.draw(...asked); }"
_PRINTED = 2.0
_LARGEST_PRINTED = 32_000_000
"""Pixels of the canvas behind a page; a larger page has one for each CSS pixel."""


@dataclass(frozen=True, slots=True)
class CanvasReport:
    """What a drawn canvas did not show. `broken`: addresses of pictures without pixels."""

    broken: tuple[str, ...]
    empty: bool


@cache
def canvas_script() -> str:
    """Fabric and the script that draws with it, whose value can `draw` once, and `forget` it."""
    both = (_HERE / name for name in ("fabric.min.js", "draw.js"))
    return "\n".join(one.read_text(encoding="utf-8") for one in both)


@cache
def _page() -> str:
    return (_HERE / "canvas.html").read_text(encoding="utf-8")


def canvas_page(fonts: Sequence[FontFace]) -> str:
    """The page that draws, with the workspace's fonts that a canvas mentions."""
    return with_faces(_page(), fonts)


def box_of_output(output: Output) -> tuple[float, float]:
    """Width and height that the design is fitted into, in CSS pixels: a page's without margins."""
    if not isinstance(output, DocumentOptions):
        return output.width, output.height
    width = (output.page_width_pt or output.fallback_width_pt) * _PX_PER_PT
    height = (output.page_height_pt or output.fallback_height_pt) * _PX_PER_PT
    sides = output.margins
    if sides is not None:
        width, height = width - sides.left - sides.right, height - sides.top - sides.bottom
    return max(1, round(width)), max(1, round(height))


async def draw_canvas(
    page: Page, pen: str, canvas: str, source: TemplateSource, output: Output
) -> CanvasReport:
    """Let the loaded page draw a filled canvas, a JSON text; `pen` refers to the script's value.

    Raises CanvasError for what fabric cannot take.
    """
    box = box_of_output(output)
    density = _density(output, box)
    text = canvas.encode("utf-8", "replace").decode()
    answer = await page.call(pen, _DRAW, text, list(box), list(source.design or box), density)
    told: Mapping[str, Any] = answer if isinstance(answer, dict) else {}
    if failed := told.get("failed"):
        raise _failed(str(failed.get("place") or ""), str(failed.get("reason") or ""))
    broken = tuple(str(one) for one in told.get("broken", ())[:20])
    return CanvasReport(broken, bool(told.get("empty")))


def _density(output: Output, box: tuple[float, float]) -> float:
    """Pixels for each CSS pixel: a picture's scale; what of a page is pixels is twice as dense."""
    match output:
        case PictureOptions():
            return output.device_scale_factor
        case DocumentOptions():
            large = box[0] * box[1] * _PRINTED * _PRINTED > _LARGEST_PRINTED
            return 1.0 if large else _PRINTED
        case AnimationOptions():
            return 1.0


def _failed(place: str, reason: str) -> CanvasError:
    path = f"fabricJSData.{place}" if place else "fabricJSData"
    text = f"{path} cannot be drawn by fabric {FABRIC}: {reason[:300]}. Mend it, or leave it out."
    return CanvasError(text, fields=[FieldError(path, text, CanvasError.code)])
