"""What the renderer takes and gives: plain data that could cross a process boundary.

Lengths are CSS pixels unless a name says `pt`; times are in the unit that the name says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.reach import Reach
from renderer.compose.composed import Composed

__all__ = [
    "AnimationOptions",
    "AssetFile",
    "AssetUse",
    "Cookie",
    "DocumentOptions",
    "EncodedFormat",
    "Environment",
    "FontFace",
    "HtmlSource",
    "Lane",
    "Margins",
    "Output",
    "PictureOptions",
    "RenderRequest",
    "RenderResult",
    "Source",
    "TemplateSource",
    "UrlSource",
    "Wait",
    "Warn",
]

Lane = Literal["interactive", "bulk"]
EncodedFormat = Literal["png", "jpeg", "webp", "avif", "gif", "pdf"]


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A file that the workspace keeps, by its digest (SHA-256, hex); whoever asks for the render
    gives its bytes. `focus`: what matters of a picture, as shares of width and height.
    """

    digest: str
    extension: str
    focus: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class FontFace:
    """A font that the workspace keeps. `weight`: the least and the most that it has."""

    family: str
    weight: tuple[int, int]
    style: str
    file: AssetFile


@dataclass(frozen=True, slots=True)
class HtmlSource:
    """A whole document as text. `files` are what it may name by relative path."""

    html: str
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A page of the web, captured as it is."""

    url: str


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """A template's text with its checked data. `raw_html` names variables that are not escaped.

    `variable_sets`: a document with one section per set (`/pdf/multi-page`); then `variables`
    is ignored. `syntax`: `auto`, `jinja` or `handlebars`. `partials`: name -> source of what it may
    include. `assets`: name -> file of what `asset(name)` may stand for. With the engine `fabric`
    the text is a canvas as JSON, made for the size `design` (CSS px; None: the output's) and
    fitted into the output's.
    """

    source: str
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    raw_html: tuple[str, ...] = ()
    strict: bool = False
    variable_sets: tuple[Mapping[str, Any], ...] = ()
    syntax: str = "auto"
    partials: Mapping[str, str] = field(default_factory=dict[str, str])
    assets: Mapping[str, AssetFile] = field(default_factory=dict[str, AssetFile])
    engine: Literal["html", "fabric"] = "html"
    design: tuple[int, int] | None = None


Source = HtmlSource | UrlSource | TemplateSource


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie for a captured page."""

    name: str
    value: str
    domain: str = ""
    path: str = "/"
    secure: bool = False
    http_only: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """What a page can notice of its surroundings. `now_us` is the moment of acceptance by default.

    `javascript`: True runs the page's scripts, False switches them off; it is decided at save or,
    for raw HTML, from the source, never from composed HTML.
    """

    now_us: int
    javascript: bool = False
    locale: str = "en-US"
    timezone: str = "UTC"
    color_scheme: Literal["light", "dark"] = "light"
    user_agent: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """What a page has to show before it is captured. Times are milliseconds."""

    until: Literal["load", "domcontentloaded", "networkidle"] = "load"
    selector: str | None = None
    function: str | None = None
    timeout_ms: int = 0


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """One picture: exactly width x height x scale pixels, unless `selector` or `full_page`.

    `quality` is of JPEG, WebP and AVIF, `chroma_subsampling` of JPEG and AVIF, `progressive` of
    JPEG. `max_bytes` lowers the quality, or a PNG's number of colours, until the file fits.
    """

    format: Literal["png", "jpeg", "webp", "avif"] = "png"
    width: int = 1280
    height: int = 720
    device_scale_factor: float = 1.0
    quality: int = 85
    compression: Literal["fast", "balanced", "small"] = "fast"
    chroma_subsampling: Literal["auto", "4:4:4", "4:2:0"] = "4:2:0"
    progressive: bool = False
    max_bytes: int | None = None
    transparent: bool = True
    selector: str | None = None
    full_page: bool = False
    max_height: int = 16384
    css: str = ""
    hide: tuple[str, ...] = ()
    wait: Wait = Wait()


@dataclass(frozen=True, slots=True)
class AnimationOptions:
    """A moving picture with exact frame times. `duration_ms` None: one whole loop of what moves.

    `loop` is the GIF's repeat count, 0 for ever. `colors` is 2 to 256.
    """

    format: Literal["gif"] = "gif"
    width: int = 800
    height: int = 600
    frames_per_second: float = 15.0
    duration_ms: int | None = None
    loop: int = 0
    colors: int = 192
    selector: str | None = None
    css: str = ""
    wait: Wait = Wait()


@dataclass(frozen=True, slots=True)
class Margins:
    """Page margins in CSS pixels."""

    top: float = 0
    right: float = 0
    bottom: float = 0
    left: float = 0


@dataclass(frozen=True, slots=True)
class DocumentOptions:
    """A PDF. The page's size in points: these options, then the source's `@page`, then A4.

    `page_width_pt` and `page_height_pt` are None when the source's own `@page` shall decide.
    """

    engine: Literal["chromium", "weasyprint"] = "chromium"
    format: Literal["pdf"] = "pdf"
    page_width_pt: float | None = None
    page_height_pt: float | None = None
    fallback_width_pt: float = 595.28
    fallback_height_pt: float = 841.89
    landscape: bool = False
    margins: Margins | None = None
    print_background: bool = True
    scale: float = 1.0
    page_ranges: str = ""
    title: str = ""
    tagged: bool = False
    outline: bool = False
    header_html: str = ""
    footer_html: str = ""
    max_pages: int = 2000
    wait: Wait = Wait()


Output = PictureOptions | AnimationOptions | DocumentOptions


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """Everything that one render needs. `timeout` is seconds, the wait for a slot included.

    `account` names the render in egress logs; `workspace` keeps warm pages and caches apart.
    `reach` is how far its requests may go.
    `own_browser`: no browser that serves another workspace may draw this. `contrast`: texts that
    are hard to tell from their background are warned of, too. `composed`: the source's documents,
    where they are known already. `fonts`: families of the workspace that the document may name.
    """

    workspace: str
    source: Source
    output: Output
    environment: Environment
    account: str = ""
    lane: Lane = "interactive"
    timeout: float = 25.0
    own_browser: bool = False
    reach: Reach = field(default_factory=Reach)
    contrast: bool = False
    composed: Composed | None = None
    fonts: tuple[FontFace, ...] = ()

    @property
    def canvas(self) -> TemplateSource | None:
        """The source if it is a canvas, which a script of ours draws; it has none of its own."""
        source = self.source
        return source if isinstance(source, TemplateSource) and source.engine == "fabric" else None


@dataclass(frozen=True, slots=True)
class Warn:
    """Something that the caller should know about a render that succeeded all the same."""

    code: str
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class AssetUse:
    """A remote asset that a document may have shown: what was asked, and what came.

    `headers` are the request's that may change the answer; `digest` is SHA-256 (hex) of the body.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class RenderResult:
    """The bytes and what is known of them.

    `width`, `height`: output pixels for pictures and animations, points for documents (first
    page). `timings`: step -> milliseconds, by the names of the life of a render. `engine`: build.
    `assets`: what came from outside; None when that is not known, so that the same request may
    give another picture at any time. `shows_now`: the moment of the request may stand in it.
    """

    data: bytes
    media_type: str
    extension: str
    width: int
    height: int
    pages: int | None = None
    frames: int | None = None
    duration_ms: int | None = None
    frames_per_second: float | None = None
    warnings: tuple[Warn, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    engine: str = ""
    assets: tuple[AssetUse, ...] | None = None
    shows_now: bool = True
