"""What `/templates/{uid}/render` and `/templates/preview` take and give."""

from typing import Annotated, Any

from pydantic import Field

from api.capture_models import Quality, Surroundings, Variables, Version
from api.document_models import PdfOptions
from api.inline_canvas import inline_canvas, known_definitions
from api.models import Answer, Omitted, Whole
from api.picture_models import PictureEncoding
from api.render_answers import WarningAnswer
from api.variable_models import DefinitionBody
from core.errors import ValidationError
from jobs.render.command import InlineTemplate

__all__ = [
    "LayoutError",
    "LayoutName",
    "LayoutResult",
    "ManyRenders",
    "PreviewAnswer",
    "PreviewBody",
    "Rendering",
    "Side",
    "TemplateRenderAnswer",
    "TemplateRenderBody",
]

_SMALLEST = 10

Side = Annotated[Whole, Field(ge=_SMALLEST, description="CSS px, 10 to 4096.")]
LayoutName = Annotated[str, Field(max_length=64)]


class Rendering(Surroundings, PictureEncoding):
    """What every call knows that renders a template."""

    variables: Variables = Field(default_factory=dict)
    format: str | None = Field(
        default=None,
        max_length=20,
        description="png, jpg, jpeg, webp, avif, gif or pdf; else what the template's outputFormat "
        "says.",
    )
    file_extension: str | None = Field(default=None, max_length=20, description="As `format`.")
    quality: Quality | None = None


class TemplateRenderBody(Rendering):
    """One render of a template, or one of each of its `layouts`."""

    width: Side | None = None
    height: Side | None = None
    layout: LayoutName | None = None
    layouts: list[LayoutName] = Field(
        default_factory=list, max_length=100, description="At most 20; each in its own size."
    )
    version: Version | None = None
    options: PdfOptions | None = Field(default=None, description="Of a document, as in `/pdf`.")


class PreviewBody(Rendering):
    """A template that is stored nowhere: exactly one of `html`, `fabricJSData`."""

    html: str | None = None
    fabric_js_data: dict[str, Any] | None = Field(
        default=None, alias="fabricJSData", description="A canvas as Fabric writes it."
    )
    variable_definitions: list[DefinitionBody] = Field(
        default_factory=list[DefinitionBody], max_length=500
    )
    width: Side | None = None
    height: Side | None = None

    def template(self) -> InlineTemplate:
        """The source. Raises ValidationError unless there is one."""
        if (self.html is None) == (self.fabric_js_data is None):
            text = "exactly one of html, fabricJSData is needed: send the source to be shown"
            raise ValidationError.of("html", text, "exactly_one")
        if self.fabric_js_data is not None:
            return inline_canvas(self.fabric_js_data, self.variable_definitions)
        definitions = known_definitions(self.variable_definitions)
        return InlineTemplate(self.html or "", definitions=definitions)


class LayoutResult(Answer):
    """One layout that was rendered."""

    layout: str
    name: str
    id: str
    url: str | None = Omitted
    base64: str | None = Omitted
    width: int
    height: int
    format: str
    size: int = Field(description="Bytes.")
    page_count: int | None = Omitted
    quality: int | None = Omitted
    colors: int | None = Omitted
    created_at: str
    expires_at: str | None = Omitted
    warnings: list[WarningAnswer] = Field(default_factory=list)


class LayoutError(Answer):
    """One layout that was not, and why."""

    layout: str
    error: str
    code: str


class ManyRenders(Answer):
    """Counts of several renders; the members of the first one stand here too, if there is one."""

    total_layouts: int
    total_rendered: int
    total_errors: int
    template_uid: str
    version: int
    url: str | None = Omitted
    base64: str | None = Omitted
    id: str | None = Omitted
    width: int | None = Omitted
    height: int | None = Omitted
    format: str | None = Omitted
    created_at: str | None = Omitted


class TemplateRenderAnswer(ManyRenders):
    """All results; the members of the first one stand on top as well, when there is one."""

    results: list[LayoutResult]
    errors: list[LayoutError]


class PreviewAnswer(Answer):
    """A render that was not kept, as a data URL."""

    data_url: str
    width: int
    height: int
    format: str
    render_id: str
    timings: dict[str, float] = Field(description="Step -> milliseconds.")
    total_ms: float
    warnings: list[WarningAnswer] = Field(default_factory=list)
