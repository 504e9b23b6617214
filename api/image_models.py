"""What `/image` takes and gives."""

from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from api.capture_models import Capture, Css, Fraction, Quality, Selector
from api.models import Answer, OffsetPagination, Whole
from api.picture_models import PictureEncoding
from api.render_answers import RenderAnswer
from jobs.formats import Format
from jobs.outputs import output_for
from renderer.request import PictureOptions

__all__ = ["ImageAnswer", "ImageBody", "ImageEnvelope", "ImageList", "ImageRow"]


class ImageBody(Capture, PictureEncoding):
    """A picture of exactly one of `html`, `url`, `template`."""

    unsupported: ClassVar[tuple[str, ...]] = (
        "lazyLoad",
        "failOnStatus",
        "failOnConsoleError",
        "fabricJSData",
    )

    width: Whole | None = Field(default=None, ge=1, description="CSS px, at most 4096 (1280).")
    height: Whole | None = Field(default=None, ge=1, description="CSS px, at most 4096 (720).")
    file_extension: str | None = Field(default=None, max_length=20, description="As `format`.")
    format: str | None = Field(
        default=None, max_length=20, description="png (default), jpg, jpeg, webp or avif."
    )
    selector: Selector | None = Field(default=None, description="The output is this box.")
    css: Css = ""
    quality: Quality | None = None
    device_scale_factor: Fraction = Field(default=1.0, description="1 to 4.")
    transparent: bool = Field(default=True, description="false paints a white background.")
    full_page: bool = False
    max_height: Whole = Field(default=16384, ge=1, le=16384)
    hide: list[Annotated[str, Field(max_length=2000)]] = Field(default_factory=list, max_length=100)

    def options(self, picture: Format) -> PictureOptions:
        """The renderer's options; the size is the call's own."""
        plain = self.encoding(output_for(picture, quality=self.quality))
        assert isinstance(plain, PictureOptions)
        return replace(
            plain,
            device_scale_factor=self.device_scale_factor,
            transparent=self.transparent,
            selector=self.selector,
            full_page=self.full_page,
            max_height=self.max_height,
            css=self.css,
            hide=tuple(self.hide),
            wait=self.wait(),
        )


class ImageAnswer(RenderAnswer):
    """A picture just made."""


class ImageRow(RenderAnswer):
    """A picture that was kept."""

    uid: str


class ImageEnvelope(Answer):
    """One kept picture."""

    image: ImageRow


class ImageList(Answer):
    """The workspace's pictures, newest first."""

    images: list[ImageRow]
    pagination: OffsetPagination
