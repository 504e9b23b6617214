"""What `/image` takes and gives."""

from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from api.capture_models import (
    Capture,
    Css,
    Fraction,
    Quality,
    Selector,
    Surroundings,
    Variables,
)
from api.inline_canvas import inline_canvas
from api.models import Answer, OffsetPagination, Whole
from api.picture_models import PictureEncoding
from api.render_answers import RenderAnswer
from api.variable_models import DefinitionBody
from jobs.formats import Format
from jobs.outputs import output_for
from jobs.render.command import InlineTemplate
from renderer.request import Output, PictureOptions

__all__ = ["CanvasBody", "ImageAnswer", "ImageBody", "ImageEnvelope", "ImageList", "ImageRow"]


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


class CanvasBody(Surroundings, PictureEncoding):
    """A picture, or a document of one page, of a canvas that is stored nowhere."""

    fabric_js_data: dict[str, Any] = Field(
        alias="fabricJSData", description="A canvas as Fabric 5, 6 or 7 writes it."
    )
    variables: Variables = Field(default_factory=dict)
    variable_definitions: list[DefinitionBody] = Field(
        default_factory=list[DefinitionBody], max_length=500
    )
    width: Whole | None = Field(
        default=None, ge=1, description="CSS px, at most 4096; the canvas's own, or 1280."
    )
    height: Whole | None = Field(
        default=None, ge=1, description="CSS px, at most 4096; the canvas's own, or 720."
    )
    file_extension: str | None = Field(default=None, max_length=20, description="As `format`.")
    format: str | None = Field(
        default=None, max_length=20, description="png (default), jpg, jpeg, webp, avif or pdf."
    )
    css: Css = Field(default="", description="Such as @font-face rules.")
    quality: Quality | None = None
    device_scale_factor: Fraction = Field(default=1.0, description="1 to 4.")
    transparent: bool = Field(default=True, description="false paints a white background.")
    strict_variables: bool = Field(
        default=False, description="A variable without a value is an error."
    )

    def output(self, chosen: Format) -> Output:
        """The renderer's options; the size is the call's own."""
        plain = self.encoding(output_for(chosen, quality=self.quality))
        if not isinstance(plain, PictureOptions):
            return plain
        return replace(
            plain,
            device_scale_factor=self.device_scale_factor,
            transparent=self.transparent,
            css=self.css,
        )

    def template(self) -> InlineTemplate:
        """The canvas as a template."""
        return inline_canvas(
            self.fabric_js_data, self.variable_definitions, strict=self.strict_variables
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
