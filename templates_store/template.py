"""A template and what one of its versions holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.reach import Reach
from templates_store.layouts import Layout
from templates_store.partials import Partial
from templates_store.variables import VariableDefinition

__all__ = [
    "DEFAULT_NAME",
    "Engine",
    "NewTemplate",
    "OutputFormat",
    "Template",
    "TemplatePatch",
    "TemplateState",
    "VersionInfo",
]

Engine = Literal["html", "fabric"]
OutputFormat = Literal["image", "gif", "pdf"]
DEFAULT_NAME = "Untitled template"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateState:
    """What a version fixes for ever: all that a render of it depends on.

    Sizes are CSS pixels. `html` is the body, None where bodies were left out (lists); of the engine
    `fabric` it is a canvas, as `canvas_text` writes it. `js_enabled` is what
    the author asked for, None for auto; `javascript` is what was decided at save. `reach` is how
    far its renders may go, if the key lets them. `partials` are what its sources include, pinned.
    `assets` are the names of those that its sources and partials ask for, `*` for any.
    """

    html: str | None
    width: int = 1280
    height: int = 720
    output_format: OutputFormat = "image"
    definitions: tuple[VariableDefinition, ...] = ()
    layouts: Mapping[str, Layout] = field(default_factory=dict[str, Layout])
    pdf_preset: str | None = None
    js_enabled: bool | None = None
    strict: bool = False
    syntax: str = "auto"
    javascript: bool = False
    reach: Reach = field(default_factory=Reach)
    partials: Mapping[str, Partial] = field(default_factory=dict[str, Partial])
    assets: tuple[str, ...] = ()
    engine: Engine = "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """What somebody asks to be stored. With `draft` nothing is published yet."""

    state: TemplateState
    name: str = DEFAULT_NAME
    description: str = ""
    tags: tuple[str, ...] = ()
    auto_publish: bool = True
    draft: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePatch:
    """A partial change: only names that are there change.

    `state`: fields of TemplateState; `head`: `name`, `description`, `tags`, `auto_publish`.
    `engine`: what the bodies in it are for, which has to be the template's; None: there are none.
    """

    state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    head: Mapping[str, Any] = field(default_factory=dict[str, Any])
    draft: bool = False
    note: str = ""
    engine: Engine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A stored template as of `version`. Moments are microseconds UTC."""

    uid: str
    workspace_id: str
    name: str
    description: str
    tags: tuple[str, ...]
    auto_publish: bool
    version: int
    latest_version: int
    published_version: int | None
    created_us: int
    updated_us: int
    state: TemplateState
    engine: Engine = "html"
    added_variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInfo:
    """One line of a template's history."""

    number: int
    digest: str
    author: str
    note: str
    created_us: int
    published: bool
