"""What `/pdf` takes and gives. Lengths of requests are CSS px, sizes of answers points."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, model_validator

from api.capture_models import Capture, Fraction, Surroundings, Variables, Version, refuse_members
from api.models import Answer, Body, OffsetPagination, Omitted
from api.render_answers import WarningAnswer
from api.variable_models import PlainText
from core.errors import ValidationError
from jobs.pdf_presets import PX_TO_PT, pdf_preset
from renderer.request import DocumentOptions, Margins, Wait

__all__ = [
    "CustomSize",
    "MarginsBody",
    "MultiPageBody",
    "PageSize",
    "PdfAnswer",
    "PdfBody",
    "PdfEnvelope",
    "PdfList",
    "PdfOptions",
    "PdfRow",
    "PresetAnswer",
    "PresetsAnswer",
]

_LONGEST_SIDE = 20_000
_RUNNING_SPACE = 80
"""CSS px that a header or footer has when no margins are given."""
_CUSTOM = "custom"
_NOT_YET = ("conformance", "metadata", "attachments", "watermark", "encryption")

_RANGES = re.compile(r"(\d{1,6}(-\d{1,6})?(, ?(?=\d)|$))*")

Side = Annotated[float, Field(gt=0, le=_LONGEST_SIDE, allow_inf_nan=False)]
Margin = Annotated[float, Field(ge=0, le=2000, allow_inf_nan=False)]


class CustomSize(Body):
    """A page size of one's own, in CSS px (1/96 inch)."""

    width: Side
    height: Side


class MarginsBody(Body):
    """CSS px (1/96 inch)."""

    top: Margin = 0
    right: Margin = 0
    bottom: Margin = 0
    left: Margin = 0


class RunningText(Body):
    """What stands at the top or the bottom of every page, as HTML."""

    default: str = Field(default="", max_length=100_000)


def _all_sides(value: Any) -> Any:
    """One number is all four margins."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return dict.fromkeys(("top", "right", "bottom", "left"), value)
    return value


def _running(field: str) -> BeforeValidator:
    """A text is the default of every page."""

    def validate(value: Any) -> Any:
        if isinstance(value, Mapping):
            refuse_members(value, ("first", "odd", "even"), within=f"options.{field}.")
        return {"default": value} if isinstance(value, str) else value

    return BeforeValidator(validate, json_schema_input_type=RunningText | str | None)


def _ranges(value: str) -> str:
    if not _RANGES.fullmatch(value):
        raise ValueError("must be pages such as 1-3,5")
    return value


class PdfOptions(Body):
    """How a document is made."""

    preset: str | None = Field(
        default=None,
        max_length=40,
        description="A3, A4, A5, Letter, Legal, Tabloid (also A4_LANDSCAPE), custom; any case.",
    )
    custom_size: CustomSize | None = None
    margins: Annotated[
        MarginsBody | None,
        BeforeValidator(_all_sides, json_schema_input_type=MarginsBody | float | None),
    ] = None
    title: str = Field(default="", max_length=500)
    landscape: bool = False
    print_background: bool = True
    scale: Fraction = Field(default=1.0, ge=0.1, le=2)
    engine: Literal["chromium", "weasyprint"] = "chromium"
    header: Annotated[RunningText | None, _running("header")] = Field(
        default=None, description="HTML above every page; without `margins` it has 80 px."
    )
    footer: Annotated[RunningText | None, _running("footer")] = Field(
        default=None,
        description="HTML below every page; `<span class=pageNumber>` and `totalPages` count.",
    )
    page_ranges: Annotated[str, AfterValidator(_ranges)] = Field(
        default="", max_length=500, description="Pages to keep, such as 1-3,5."
    )
    outline: bool = False
    tagged: bool = False

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_supported(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            names = [name for name in _NOT_YET if value.get(name) != "none"]
            refuse_members(value, tuple(names), within="options.")
        return value

    def options(self, wait: Wait) -> DocumentOptions:
        """The renderer's options. Raises ValidationError for an unknown preset."""
        width, height = self._page()
        return DocumentOptions(
            engine=self.engine,
            page_width_pt=width,
            page_height_pt=height,
            landscape=self.landscape,
            margins=self._margins(),
            print_background=self.print_background,
            scale=self.scale,
            page_ranges=self.page_ranges,
            title=self.title,
            tagged=self.tagged,
            outline=self.outline,
            header_html=self.header.default if self.header else "",
            footer_html=self.footer.default if self.footer else "",
            wait=wait,
        )

    def _margins(self) -> Margins | None:
        """None leaves the source's own; a header or footer would lie on the text without any."""
        if self.margins is not None:
            return Margins(**self.margins.model_dump())
        if self.header is None and self.footer is None:
            return None
        return Margins(
            top=_RUNNING_SPACE if self.header else 0,
            bottom=_RUNNING_SPACE if self.footer else 0,
        )

    def _page(self) -> tuple[float | None, float | None]:
        """Width and height in points, None when the source's own `@page` shall decide."""
        if self.custom_size is not None:
            return self.custom_size.width * PX_TO_PT, self.custom_size.height * PX_TO_PT
        if self.preset is None:
            return None, None
        if self.preset.strip().lower() == _CUSTOM:
            raise ValidationError.of(
                "options.customSize",
                "options.preset custom needs options.customSize with width and height in px",
                "required",
            )
        preset = pdf_preset(self.preset)
        return preset.width_pt, preset.height_pt


class PdfBody(Capture):
    """A document of exactly one of `templateUid`, `html`, `url`."""

    unsupported: ClassVar[tuple[str, ...]] = ("fabricJSData",)

    options: PdfOptions = Field(default_factory=PdfOptions)

    def document(self) -> DocumentOptions:
        """The renderer's options."""
        return self.options.options(self.wait())


class MultiPageBody(Surroundings):
    """One document with a section for each set of variables."""

    unsupported: ClassVar[tuple[str, ...]] = ("async", "url")

    template: PlainText | None = Field(
        default=None,
        max_length=200,
        validation_alias=AliasChoices("templateUid", "template", "templateId"),
        serialization_alias="templateUid",
    )
    html: str | None = Field(default=None, description="A template's text, instead of a template.")
    version: Version | None = None
    layout: str | None = Field(default=None, max_length=64)
    variable_sets: list[Variables] = Field(min_length=1, max_length=10_000)
    options: PdfOptions = Field(default_factory=PdfOptions)


class PageSize(Answer):
    """Points (1/72 inch), rounded."""

    width: int
    height: int


class PdfRow(Answer):
    """One document."""

    id: str
    uid: str
    url: str | None = Omitted
    base64: str | None = Omitted
    page_count: int
    page_size: PageSize
    size: int = Field(description="Bytes.")
    created_at: str
    expires_at: str | None = Omitted
    template_uid: str | None = Omitted
    version: int | None = Omitted
    layout: str | None = Omitted
    warnings: list[WarningAnswer] = Field(default_factory=list)


class PdfAnswer(PdfRow):
    """A document just made. `preset` is custom when the page has no preset's size."""

    success: bool = True
    preset: str


class PdfEnvelope(Answer):
    """One kept document."""

    pdf: PdfRow


class PdfList(Answer):
    """The workspace's documents, newest first."""

    pdfs: list[PdfRow]
    pagination: OffsetPagination


class PresetAnswer(Answer):
    """A page size, in points, CSS px and millimetres."""

    name: str
    width: int
    height: int
    width_px: int
    height_px: int
    width_mm: float
    height_mm: float


class PresetsAnswer(Answer):
    """Every named page size."""

    presets: dict[str, PresetAnswer]
