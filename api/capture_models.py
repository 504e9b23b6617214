"""What every render can be told of its surroundings, and what every capture may come from."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    PlainValidator,
    model_validator,
)

from api.models import Body, Whole
from api.variable_models import PlainText
from core.clock import from_iso
from core.errors import FieldError, ValidationError
from renderer.inspect.codes import WARNING_CODES
from renderer.request import Wait

__all__ = [
    "Capture",
    "CookieBody",
    "Css",
    "Fraction",
    "Quality",
    "Selector",
    "Surroundings",
    "Variables",
    "Version",
    "WaitUntil",
    "refuse_members",
]

_NOT_HERE = "is not supported by this version of the service: leave it out"
_ELSEWHERE = {
    "fabricJSData": "is for POST /image/canvas and for templates: send it there, or leave it out"
}
_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
"""What RFC 9110 allows in names of headers, and RFC 6265 in those of cookies."""

_PRINTED = r"^[\x20-\x7E\xA0-\xFF]*$"
_MOMENTS = range(from_iso("1000-01-01"), from_iso("9999-01-01"))
"""What every time zone, and every way of writing a date, has a year of four digits for."""
_FIXED_HEADERS = frozenset({"host", "connection", "content-length", "transfer-encoding", "upgrade"})


def _locale(value: str) -> str:
    try:
        Locale.parse(value, sep="-" if "-" in value else "_")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError("must be a locale such as en-US or de") from error
    return value.replace("_", "-")


def _timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a time zone of the IANA database, such as Europe/Berlin or UTC")
    return value


def _moment(value: str) -> str:
    try:
        sound = from_iso(value) in _MOMENTS
    except (ValueError, OverflowError):
        sound = False
    if not sound:
        raise ValueError(
            "must be a moment in ISO 8601, such as 2026-11-22T21:00:00Z, in the years 1000 to 9998"
        )
    return value


def _warning_codes(value: list[str]) -> list[str]:
    for code in value:
        if code not in WARNING_CODES:
            near = difflib.get_close_matches(code, WARNING_CODES, n=1)
            meant = (
                f"; did you mean {near[0]}?" if near else f": known are {', '.join(WARNING_CODES)}"
            )
            raise ValueError(f"must name codes of warnings, and {code[:40]!r} is none{meant}")
    return value


def _web_address(value: str) -> str:
    address = value.strip()
    try:
        parts = urlsplit(address)
        sound = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("must be an absolute address that begins with http:// or https://")
    return address


def _absent_when_empty(value: Any) -> Any:
    return None if value == "" else value


def _plain_wait(value: Any) -> Any:
    """Puppeteer's two names for a quiet network mean ours."""
    return "networkidle" if value in {"networkidle0", "networkidle2"} else value


def _version(value: Any) -> Any:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if value == "draft" or (type(number) is int and 1 <= number < 2**31):
        return number
    raise ValueError("must be the number of a version, from 1 on, or draft")


def _header_name(value: str) -> str:
    if value.lower() in _FIXED_HEADERS:
        raise ValueError("is set by the browser itself: leave it out")
    return value


HeaderName = Annotated[
    str, Field(min_length=1, max_length=256, pattern=_NAME), AfterValidator(_header_name)
]
HeaderValue = Annotated[str, Field(max_length=8192, pattern=_PRINTED)]
Variables = Annotated[dict[str, Any], BeforeValidator(lambda value: {} if value is None else value)]
Selector = Annotated[str, Field(min_length=1, max_length=2000)]
Css = Annotated[str, Field(max_length=1_000_000)]
Fraction = Annotated[float, Field(allow_inf_nan=False)]
Quality = Annotated[
    float,
    Field(gt=0, le=100, allow_inf_nan=False, description="Up to 1 a fraction, else 1 to 100."),
]
Version = Annotated[
    int | Literal["draft"],
    PlainValidator(_version, json_schema_input_type=int | Literal["draft"]),
]
WaitUntil = Annotated[
    Literal["load", "domcontentloaded", "networkidle"], BeforeValidator(_plain_wait)
]


class Surroundings(Body):
    """Members of every call that renders.

    `unsupported`: members of the contract that this version does not know yet. They are refused,
    since ignoring them would answer with something else than was asked for.
    """

    unsupported: ClassVar[tuple[str, ...]] = ()

    now: Annotated[str, AfterValidator(_moment)] | None = Field(
        default=None, description="The clock of the page, ISO 8601; else the moment of acceptance."
    )
    locale: Annotated[str, AfterValidator(_locale)] = Field(default="en-US", max_length=35)
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(default="UTC", max_length=64)
    timeout: Whole | None = Field(
        default=None,
        ge=100,
        description="Milliseconds from acceptance, the wait for a slot included (25000).",
    )
    store: bool = Field(
        default=True, description="false: the answer is the bytes, and nothing is kept."
    )
    expires_in: Whole | None = Field(
        default=None, ge=1, le=315_360_000, description="Seconds until the artifact is deleted."
    )
    fail_on_warnings: Annotated[list[str], AfterValidator(_warning_codes)] = Field(
        default_factory=list,
        max_length=50,
        description="Codes of warnings that make the render fail (422).",
    )
    on_missing: Literal["fail", "empty"] = Field(
        default="fail",
        description="When the picture of a variable of the type image does not come: fail (422), "
        "or an empty place and a warning.",
    )

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_supported(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            refuse_members(value, cls.unsupported)
            if value.get("visibility") not in (None, "public"):
                refuse_members(value, ("visibility",))
        return value


class CookieBody(Body):
    """A cookie for a captured page (RFC 6265); without `domain` it belongs to the page's host."""

    name: str = Field(min_length=1, max_length=256, pattern=_NAME)
    value: str = Field(max_length=4096, pattern=r"^[\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]*$")
    domain: str = Field(default="", max_length=255, pattern=r"^[A-Za-z0-9.:_\[\]-]*$")
    path: str = Field(default="/", max_length=1024, pattern=r"^/[\x20-\x3A\x3C-\x7E]*$")
    secure: bool = False
    http_only: bool = False


class Capture(Surroundings):
    """A page from one of three places: raw HTML, the web, or a stored template."""

    html: str | None = Field(
        default=None,
        description="A whole document, at most 20 MB. With `variables` it is a template's text.",
    )
    url: Annotated[str | None, BeforeValidator(_absent_when_empty)] = Field(
        default=None, max_length=8192, description="A page of the web: http or https."
    )
    template: Annotated[PlainText | None, BeforeValidator(_absent_when_empty)] = Field(
        default=None,
        max_length=200,
        validation_alias=AliasChoices("template", "templateUid", "templateId"),
        description="The uid of a stored template.",
    )
    variables: Variables = Field(default_factory=dict, description="The template's data.")
    version: Version | None = None
    layout: str | None = Field(default=None, max_length=64)
    javascript: Literal["auto", "on", "off"] = "auto"
    color_scheme: Literal["light", "dark"] = "light"
    user_agent: str | None = Field(default=None, max_length=1000, pattern=_PRINTED)
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict, max_length=50)
    cookies: list[CookieBody] = Field(default_factory=list, max_length=100)
    wait_until: WaitUntil = "load"
    wait_for_selector: Selector | None = None
    wait_for_function: str | None = Field(default=None, max_length=10_000)
    wait_for_timeout: Whole = Field(default=0, ge=0, le=30_000, description="Milliseconds.")

    def wait(self) -> Wait:
        """What the page has to show before it is captured."""
        return Wait(
            until=self.wait_until,
            selector=self.wait_for_selector,
            function=self.wait_for_function,
            timeout_ms=self.wait_for_timeout,
        )

    def checked_url(self) -> str:
        """The address to capture. Raises ValidationError unless it is one of the web."""
        try:
            return _web_address(self.url or "")
        except ValueError as error:
            raise ValidationError.of("url", f"url {error}", "invalid_url") from error


def refuse_members(body: Mapping[str, Any], names: tuple[str, ...], *, within: str = "") -> None:
    """Raises ValidationError when one of those members is there and says anything."""
    said = (name for name in names if body.get(name) is not None and body[name] is not False)
    wrong = [within + name for name in said]
    if wrong:
        told = [f"{name} {_ELSEWHERE.get(name, _NOT_HERE)}" for name in wrong]
        fields = [FieldError(*pair, "unsupported") for pair in zip(wrong, told, strict=True)]
        raise ValidationError(told[0], fields=fields)
