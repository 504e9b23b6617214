"""How a picture is encoded, for every call that makes one."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from api.models import Body, Whole
from core.errors import ValidationError
from renderer.request import Output, PictureOptions

__all__ = ["PictureEncoding"]

_SMALLEST = 100


class PictureEncoding(Body):
    """Members that say how many bytes a picture may have and what they are spent on."""

    compression: Literal["fast", "balanced", "small"] = Field(
        default="fast",
        description="png, webp and avif: how hard to work for fewer bytes; a png's pixels are the "
        "same. `balanced` takes a third off a png in some milliseconds, `small` is for what is "
        "kept long.",
    )
    max_bytes: Whole | None = Field(
        default=None,
        ge=_SMALLEST,
        le=1_000_000_000,
        description="The most bytes of the picture: quality is lowered until it fits, or a png's "
        "number of colours; 422 if it cannot.",
    )
    chroma_subsampling: Literal["auto", "4:4:4", "4:2:0"] = Field(
        default="4:2:0",
        description="jpeg and avif: whether colours have half the resolution; `auto` looks for "
        "edges that would fringe, such as coloured text.",
    )
    progressive: bool = Field(default=False, description="jpeg: shown coarse first, then finer.")

    def encoding(self, output: Output) -> Output:
        """The output with these options. Raises ValidationError for a budget of no picture."""
        if isinstance(output, PictureOptions):
            return replace(
                output,
                compression=self.compression,
                max_bytes=self.max_bytes,
                chroma_subsampling=self.chroma_subsampling,
                progressive=self.progressive,
            )
        if self.max_bytes is not None:
            text = f"maxBytes is for png, jpeg, webp and avif, and not for {output.format}"
            raise ValidationError.of("maxBytes", f"{text}: leave it out", "not_allowed")
        return output
