"""Templates on the wire."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from api.capture_models import Version
from api.lists import PageListing
from api.models import Answer, Body, Omitted, Pagination, Whole
from api.reach_models import ReachAnswer, ReachBody
from api.variable_models import DefinitionAnswer, DefinitionBody, PlainText
from core.clock import to_iso
from jobs.pdf_presets import PDF_PRESETS
from templates_store.canvas_text import canvas_of, canvas_text
from templates_store.layouts import Layout
from templates_store.template import Engine, OutputFormat, Template, VersionInfo

__all__ = [
    "CreateTemplate",
    "LayoutAnswer",
    "LayoutBody",
    "ListQuery",
    "PublishBody",
    "TemplateAnswer",
    "TemplateCreated",
    "TemplateEnvelope",
    "TemplateList",
    "TemplateVariables",
    "UpdateTemplate",
    "VersionAnswer",
    "VersionList",
    "VersionQuery",
]

_PRESETS = {preset.name.upper(): preset.name for preset in PDF_PRESETS} | {"CUSTOM": "custom"}


def _preset(value: str) -> str:
    name = _PRESETS.get(value.strip().upper().replace("-", "_").replace(" ", "_"))
    if name is None:
        raise ValueError(f"must be one of {', '.join(_PRESETS.values())}")
    return name


Side = Annotated[Whole, Field(ge=1, le=4096)]
"""A picture's width or height in CSS pixels."""
Preset = Annotated[str, AfterValidator(_preset)]
LayoutKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
Tag = Annotated[PlainText, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Name = Annotated[PlainText, StringConstraints(max_length=200)]
Description = Annotated[PlainText, StringConstraints(max_length=5000)]


class LayoutBody(Body):
    """A named size; without a body of its own the template's flows anew in it, or is fitted."""

    width: Side
    height: Side
    name: Name | None = None
    html: str | None = None
    fabric_js_data: dict[str, Any] | None = Field(default=None, alias="fabricJSData")

    def layout(self) -> Layout:
        """As the store knows it."""
        canvas = self.fabric_js_data
        body = self.html if canvas is None else canvas_text(canvas)
        return Layout(self.width, self.height, self.name or "", body)


class _TemplateBody(Body):
    name: Name | None = None
    description: Description | None = None
    html: str | None = Field(
        default=None, description="HTML with Jinja or Handlebars; at most 500 kB."
    )
    fabric_js_data: dict[str, Any] | None = Field(
        default=None,
        alias="fabricJSData",
        description="A canvas as Fabric 5, 6 or 7 writes it, in place of `html`.",
    )
    engine: Literal["html", "fabric"] | None = None
    width: Side | None = Field(default=None, description="CSS pixels; 1280 without one.")
    height: Side | None = Field(default=None, description="CSS pixels; 720 without one.")
    output_format: OutputFormat | None = None
    tags: list[Tag] | None = Field(default=None, max_length=50)
    variable_definitions: list[DefinitionBody] | None = Field(default=None, max_length=500)
    variable_schema: dict[str, Any] | None = Field(
        default=None,
        description="A JSON Schema in place of variableDefinitions, as GET .../variables gives it.",
    )
    layouts: dict[LayoutKey, LayoutBody] | None = None
    pdf_preset: Preset | None = Field(
        default=None, description="The page size when `outputFormat` is pdf, such as A4."
    )
    js_enabled: bool | None = Field(
        default=None, description="Whether scripts run; null: if the source has any."
    )
    strict_variables: bool | None = Field(
        default=None, description="Unknown and missing variables are errors."
    )
    egress: ReachBody | None = Field(
        default=None,
        description="How far its renders may go; null: as far as the key. The narrower holds.",
    )
    syntax: Literal["auto", "jinja", "handlebars"] | None = Field(
        default=None, description="The language of its sources; auto recognises it."
    )
    auto_publish: bool | None = Field(
        default=None, description="Whether a change is published at once; true without saying."
    )
    draft: bool | None = Field(default=None, description="Keep this state unpublished.")
    note: Annotated[PlainText, StringConstraints(max_length=500)] | None = Field(
        default=None, description="Why; stands in the history."
    )


class CreateTemplate(_TemplateBody):
    """A new template: `html` or `fabricJSData`, and whatever else is to be said of it."""


class UpdateTemplate(_TemplateBody):
    """A partial change: only members that are there change. `engine` never does."""


class VersionsQuery(PageListing):
    """A window of a template's versions, which are as old as their numbers are small."""

    sorts: ClassVar = {"createdAt": "number"}
    key: ClassVar = "number"

    limit: Whole = Field(default=100, ge=1, le=100)


class ListQuery(PageListing):
    """A window of the templates."""

    sorts: ClassVar = {"createdAt": "created_us", "updatedAt": "updated_us", "name": "name"}
    key: ClassVar = "uid"

    limit: Whole = Field(default=12, ge=1, le=100)
    output_format: Literal["image", "gif", "pdf", "all"] = "all"
    q: PlainText = Field(default="", max_length=200, description="Words of name or description.")
    search: PlainText = Field(default="", max_length=200, description="The same as `q`.")
    tag: PlainText = Field(default="", max_length=64)


class VersionQuery(Body):
    """Which state is meant: a number, `draft` (the newest), or the published one."""

    version: Version | None = None


class VariablesQuery(VersionQuery):
    """`schema=json` asks for a JSON Schema instead of definitions."""

    schema_: Literal["json"] | None = Field(default=None, alias="schema")


class PublishBody(Body):
    """What the caller knows to be published; another one is a conflict."""

    expected_published_version: Whole | None = Field(
        default=None, ge=0, lt=2**31, description="0: that none is published yet."
    )


CanvasMember = Field(default=None, alias="fabricJSData", exclude_if=lambda value: value is None)


class LayoutAnswer(Answer):
    """A named size of a template."""

    width: int
    height: int
    name: str
    html: str | None = Omitted
    fabric_js_data: dict[str, Any] | None = CanvasMember

    @classmethod
    def of(cls, layout: Layout, engine: Engine) -> "LayoutAnswer":
        """From what the store knows."""
        sizes = {"width": layout.width, "height": layout.height, "name": layout.name}
        return cls(**sizes, **_body(layout.html, engine))


class TemplateAnswer(Answer):
    """A template as of `version`. In lists the body is left out."""

    uid: str
    name: str
    description: str
    html: str | None = Omitted
    fabric_js_data: dict[str, Any] | None = CanvasMember
    engine: Engine
    width: int
    height: int
    output_format: OutputFormat
    tags: list[str]
    variables: list[str]
    variable_definitions: list[DefinitionAnswer]
    layouts: dict[str, LayoutAnswer]
    pdf_preset: str | None
    js_enabled: bool | None
    strict_variables: bool
    egress: ReachAnswer
    syntax: str
    auto_publish: bool
    version: int
    latest_version: int
    published_version: int | None
    thumbnail: str | None = None
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, template: Template) -> "TemplateAnswer":
        """From what the store knows."""
        state = template.state
        return cls(
            uid=template.uid,
            name=template.name,
            description=template.description,
            **_body(state.html, template.engine),
            engine=template.engine,
            width=state.width,
            height=state.height,
            output_format=state.output_format,
            tags=list(template.tags),
            variables=[definition.name for definition in state.definitions],
            variable_definitions=[DefinitionAnswer.of(item) for item in state.definitions],
            layouts={
                key: LayoutAnswer.of(layout, template.engine)
                for key, layout in state.layouts.items()
            },
            pdf_preset=state.pdf_preset,
            js_enabled=state.js_enabled,
            strict_variables=state.strict,
            egress=ReachAnswer.of(state.reach),
            syntax=state.syntax,
            auto_publish=template.auto_publish,
            version=template.version,
            latest_version=template.latest_version,
            published_version=template.published_version,
            created_at=to_iso(template.created_us),
            updated_at=to_iso(template.updated_us),
        )


def _body(text: str | None, engine: Engine) -> dict[str, Any]:
    if text is None or engine == "html":
        return {"html": text}
    return {"fabric_js_data": canvas_of(text)}


class TemplateEnvelope(Answer):
    """One template."""

    template: TemplateAnswer


class TemplateCreated(TemplateEnvelope):
    """A stored template, and the variables that only its source named."""

    added_variables: list[str]


class TemplateList(Answer):
    """A window of templates, without their bodies."""

    templates: list[TemplateAnswer]
    pagination: Pagination


class TemplateVariables(Answer):
    """A template's inputs."""

    template_uid: str
    template_name: str
    version: int
    variables: list[DefinitionAnswer]
    samples: dict[str, Any] = Field(
        description="Values to try the template with: defaults, else one of the variable's type."
    )


class VersionAnswer(Answer):
    """One line of a template's history."""

    version: int
    digest: str
    note: str
    author: str
    published: bool
    created_at: str

    @classmethod
    def of(cls, info: VersionInfo) -> "VersionAnswer":
        """From what the store knows."""
        return cls(
            version=info.number,
            digest=info.digest,
            note=info.note,
            author=info.author,
            published=info.published,
            created_at=to_iso(info.created_us),
        )


class VersionList(Answer):
    """A window of a template's history, newest first unless it was asked for otherwise."""

    versions: list[VersionAnswer]
    pagination: Pagination
