"""All codes of warnings, each with what it says; `docs/warnings.md` tells how to mend them."""

from collections.abc import Mapping

__all__ = ["WARNING_CODES"]

WARNING_CODES: Mapping[str, str] = {
    "text_clipped": "A box cuts letters off.",
    "text_truncated": "Text ends in an ellipsis or at a line clamp.",
    "text_overflows": "Text runs over the edge of its box.",
    "text_outside": "Text crosses the picture's edge or lies below it.",
    "missing_glyphs": "No font has a character.",
    "low_contrast": "Text is hard to tell from its background (only when the template is checked).",
    "image_upscaled": "An image is drawn larger than its pixels.",
    "image_failed": "An image shows nothing.",
    "asset_failed": "A stylesheet, font, image or file did not come.",
    "blocked_request": "A request was refused by the egress policy.",
    "empty_document": "The body has neither text nor elements.",
    "fit_not_supported": "Texts that call `fit` kept their own size in WeasyPrint.",
    "unknown_variable": "The data have a name that the template does not use.",
    "truncated_height": "A full-page picture ends at `maxHeight`.",
    "network_not_idle": "The page went on to make requests.",
    "loop_unknown": "Where an animation begins again is not known.",
    "loop_cut": "The animations come together only after a long time.",
    "quality_lowered": "The picture met `maxBytes` at a lower quality.",
    "colors_reduced": "The png met `maxBytes` with fewer colours.",
}
