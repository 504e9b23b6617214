"""From a checked request to the command of a render."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from api.call import Call
from api.capture_models import Capture, Surroundings
from api.document_models import MultiPageBody
from api.render_call import cache_wishes
from core.clock import from_iso
from core.errors import FieldError, ValidationError
from jobs.render.command import InlineTemplate, Origin, RenderCommand, TemplateRef
from jobs.render.settings import RenderSettings
from renderer.request import Cookie, HtmlSource, Output, UrlSource, Wait

__all__ = ["capture_command", "common_members", "decoded_html", "multi_page_command"]

_INDEX = "index.html"
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def capture_command(
    call: Call[Any, Any],
    body: Capture,
    output: Output,
    *,
    width: int | None = None,
    height: int | None = None,
) -> RenderCommand:
    """One render of `html`, `url` or `template`. Raises ValidationError unless it is exactly one.

    `width` and `height` are what the caller gave, in CSS pixels.
    """
    return RenderCommand(
        **common_members(call, body),
        origin=_origin(call, body),
        output=output,
        variables=body.variables,
        width=width,
        height=height,
        color_scheme=body.color_scheme,
        user_agent=body.user_agent,
        headers=body.headers,
        cookies=_cookies(body),
        javascript=body.javascript,
    )


def multi_page_command(call: Call[Any, Any], body: MultiPageBody) -> RenderCommand:
    """One document with a section for each set. Raises ValidationError for too many."""
    most = call.parts.renders.settings.max_document_sections
    if len(body.variable_sets) > most:
        raise ValidationError.of(
            "variableSets",
            f"variableSets has {len(body.variable_sets)} sets, and one request may have {most}: "
            "send several requests, or a batch",
            "too_long",
        )
    return RenderCommand(
        **common_members(call, body),
        origin=_sections(body),
        output=body.options.options(Wait()),
        variable_sets=tuple(body.variable_sets),
    )


def _sections(body: MultiPageBody) -> TemplateRef | InlineTemplate:
    given = {"templateUid": body.template, "html": body.html}
    _exactly_one(given)
    if body.template is not None:
        return TemplateRef(body.template, body.version, body.layout)
    return InlineTemplate(body.html or "")


def _deadline(body: Surroundings, limits: RenderSettings) -> float:
    """Seconds that the render may take. Raises ValidationError over the limit."""
    if body.timeout is None:
        return limits.default_timeout
    if body.timeout > limits.max_timeout * 1000:
        most = round(limits.max_timeout * 1000)
        raise ValidationError.of(
            "timeout", f"timeout is milliseconds, and at most {most} of them", "out_of_range"
        )
    return body.timeout / 1000


def decoded_html(data: bytes) -> str:
    """The text of an uploaded page: by its byte order mark, else UTF-8. Raises ValidationError."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValidationError.of(
            _INDEX,
            f"{_INDEX} is not {encoding.upper()}, from byte {error.start} on: save it as UTF-8",
            "invalid_encoding",
        ) from error


def common_members(call: Call[Any, Any], body: Surroundings) -> dict[str, Any]:
    """The members of a RenderCommand that every call has. Raises ValidationError."""
    return {
        "workspace_id": call.workspace_id,
        "now_us": None if body.now is None else from_iso(body.now),
        "locale": body.locale,
        "timezone": body.timezone,
        "timeout": _deadline(body, call.parts.renders.settings),
        "store": body.store,
        "expires_in": body.expires_in,
        "reach": call.principal.reach,
        **cache_wishes(call),
        "fail_on_warnings": frozenset(body.fail_on_warnings),
        "on_missing": body.on_missing,
    }


def _origin(call: Call[Any, Any], body: Capture) -> Origin:
    html = body.html
    if html is None and _INDEX in call.files:
        html = decoded_html(call.files[_INDEX])
    given = {"html": html, "url": body.url, "template": body.template}
    _exactly_one(given)
    if body.template is not None:
        return TemplateRef(body.template, body.version, body.layout)
    if body.url is not None:
        _no_variables(body)
        return UrlSource(body.checked_url())
    if body.variables:
        return InlineTemplate(html or "")
    return HtmlSource(html or "", call.files)


def _cookies(body: Capture) -> tuple[Cookie, ...]:
    """A cookie that names no domain belongs to the page's own host; a page of HTML has none."""
    host = urlsplit(body.url or "").hostname or ""
    cookies = tuple(
        replace(Cookie(**cookie.model_dump()), domain=cookie.domain or host)
        for cookie in body.cookies
    )
    for index, cookie in enumerate(cookies):
        if not cookie.domain:
            field = f"cookies.{index}.domain"
            raise ValidationError.of(
                field, f"{field} is needed, since the page is no url with a host", "required"
            )
    return cookies


def _exactly_one(given: Mapping[str, object]) -> None:
    names = [name for name, value in given.items() if value is not None]
    if len(names) == 1:
        return
    told = f"and {' and '.join(names)} are given" if names else "and none is given"
    message = f"exactly one of {', '.join(given)} is needed, {told}: " + (
        "leave all but one out" if names else "add one"
    )
    raise ValidationError(
        message, fields=[FieldError(name, message, "exactly_one") for name in names or given]
    )


def _no_variables(body: Capture) -> None:
    if body.variables:
        raise ValidationError.of(
            "variables",
            "variables fill a template, and url captures a page as it is: leave variables out, or "
            "give html or template",
            "not_allowed",
        )
