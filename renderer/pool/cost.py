"""What a render costs the pool, in units of one small picture."""

from renderer.request import (
    AnimationOptions,
    DocumentOptions,
    PictureOptions,
    RenderRequest,
    TemplateSource,
)

__all__ = ["cost_of"]

_PIXELS = 2_000_000
"""Up to so many pixels a picture takes about as long as a small one."""

_FULL_PAGE = 3.0
_FRAME = 0.3
_LOOP_FRAMES = 30
"""Frames of an animation that lasts as long as what moves on the page, which is not known yet."""


def cost_of(request: RenderRequest, sections: int = 1) -> float:
    """How much work a request is, 1 for a card of up to 2 megapixels; `sections` documents.

    A larger picture costs by its pixels, an animation by its frames, a document by its sections.
    It is an estimate from the options alone, made before any work, and bounds the queue.
    """
    output = request.output
    match output:
        case PictureOptions():
            side = output.device_scale_factor
            pixels = output.width * output.height * side * side
            return max(1.0, pixels / _PIXELS) * (_FULL_PAGE if output.full_page else 1.0)
        case AnimationOptions():
            size = max(1.0, output.width * output.height / _PIXELS)
            return max(1.0, _frames(output) * _FRAME * size)
        case DocumentOptions():
            source = request.source
            sets = source.variable_sets if isinstance(source, TemplateSource) else ()
            return float(max(1, sections, len(sets)))


def _frames(output: AnimationOptions) -> float:
    if output.duration_ms is None:
        return _LOOP_FRAMES
    return output.duration_ms / 1000 * output.frames_per_second
