"""What a caller asks of the life of one render, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.reach import Reach
from renderer.request import (
    AnimationOptions,
    Cookie,
    DocumentOptions,
    HtmlSource,
    Lane,
    Output,
    PictureOptions,
    UrlSource,
)
from templates_store.template import Engine
from templates_store.variables import VariableDefinition

__all__ = ["InlineTemplate", "Kind", "Origin", "RenderCommand", "TemplateRef"]

Kind = Literal["image", "gif", "pdf"]

_KINDS: dict[type, Kind] = {
    PictureOptions: "image",
    AnimationOptions: "gif",
    DocumentOptions: "pdf",
}


@dataclass(frozen=True, slots=True)
class TemplateRef:
    """A stored template: its published version unless `version` says otherwise."""

    uid: str
    version: int | Literal["draft"] | None = None
    layout: str | None = None


@dataclass(frozen=True, slots=True)
class InlineTemplate:
    """A template's text that is stored nowhere: its variables are what the caller sends.

    `definitions` say what some of them have to be. With the engine `fabric` the text is a canvas
    as JSON, made for the size `design` (CSS px; None: the output's).
    """

    source: str
    strict: bool = False
    engine: Engine = "html"
    design: tuple[int, int] | None = None
    definitions: tuple[VariableDefinition, ...] = ()


Origin = TemplateRef | InlineTemplate | HtmlSource | UrlSource


@dataclass(frozen=True, slots=True)
class RenderCommand:
    """One render as somebody asked for it.

    `output` holds every option with its default. `width` and `height` (CSS px) stand here when the
    caller gave them; None takes the layout's for a template and the output's own otherwise.
    `now_us` None is the moment of acceptance. `javascript` auto: decided from the source at save,
    or from raw HTML itself; a captured URL runs its scripts. `timeout` is seconds from acceptance,
    the wait for a slot included. `store` False keeps nothing: no artifact, no row, no event.
    `fresh`: draw it now, whatever was drawn before or is being drawn. `remember` False: give it to
    nobody else later. `wants_bytes` False: the caller only needs to know where they are.
    `keyless`: nobody's key asks, so that an answer that is known leaves nothing behind.
    `expires_in` is seconds; None leaves the workspace's retention. `variable_sets` make a document
    with one section per set; then `variables` is ignored. `reach` is the key's: how far the
    render's requests may go, unless its template says less. `contrast`: texts that are hard to
    tell from their background are warned of. `fail_on_warnings`: codes that make it fail.
    `on_missing`: whether a picture that a variable names and that does not come makes it fail.
    """

    workspace_id: str
    origin: Origin
    output: Output
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    variable_sets: tuple[Mapping[str, Any], ...] = ()
    width: int | None = None
    height: int | None = None
    now_us: int | None = None
    locale: str = "en-US"
    timezone: str = "UTC"
    color_scheme: Literal["light", "dark"] = "light"
    user_agent: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cookies: tuple[Cookie, ...] = ()
    javascript: Literal["auto", "on", "off"] = "auto"
    lane: Lane = "interactive"
    timeout: float = 25.0
    store: bool = True
    fresh: bool = False
    remember: bool = True
    wants_bytes: bool = True
    keyless: bool = False
    expires_in: int | None = None
    reach: Reach = field(default_factory=Reach)
    contrast: bool = False
    fail_on_warnings: frozenset[str] = frozenset()
    on_missing: Literal["fail", "empty"] = "fail"
    batch_id: str | None = None
    item_index: int | None = None

    @property
    def kind(self) -> Kind:
        """The list that the render stands in: `/image`, `/gif` or `/pdf`."""
        return _KINDS[type(self.output)]
