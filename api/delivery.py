"""How an artifact comes back: as a URL, as base64 within JSON, or as the bytes themselves."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field
from starlette.responses import Response

from api.accept import Accept
from api.call import Call
from api.errors import NotAcceptableError
from api.models import Body
from core.errors import ValidationError
from core.leaving import content_disposition
from jobs.formats import FORMATS, Format
from jobs.render.command import Kind
from jobs.render.rendered import Rendered

__all__ = [
    "RENDER_HEADERS",
    "SAFE_HEADERS",
    "Delivery",
    "ResponseQuery",
    "base64_text",
    "binary_answer",
    "chosen_delivery",
    "encoded",
    "file_headers",
    "left_by_budget",
]

Mode = Literal["url", "base64", "binary"]

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",
}
"""A hostile template's bytes must never run as a page of ours."""

_HARMLESS = ("image/", "video/", "audio/", "application/pdf")
_ACTIVE = ("image/svg",)
"""Browsers show what is harmless; what may hold scripts (SVG, HTML, XML) is for saving only."""

RENDER_HEADERS = {
    "X-Layout-Fallback": "true when an unknown layout was asked for and the base stands in for it.",
    "Cache-Status": "`platen; hit` when the render was drawn for an earlier request (RFC 9211).",
    "X-Render-Id": "The render's id, when the answer is the bytes.",
    "X-Quality": "What `maxBytes` left of the quality, 1 to 100, when the answer is the bytes.",
    "X-Colors": "What `maxBytes` left of a png's colours, when the answer is the bytes.",
    "X-Warnings": "The codes of the render's warnings, when the answer is the bytes.",
    "Content-Location": "The artifact's URL, when the answer is the bytes and they were kept.",
}


_PIECE = 3 * 65_536
"""Bytes; a multiple of three, so that pieces of base64 fit together."""

_BUDGETS = {"quality_lowered": "quality", "colors_reduced": "colors"}
"""The warning that a budget of bytes cost something -> the member that says what is left."""


class ResponseQuery(Body):
    """The query of every call that renders."""

    response: Mode | None = Field(
        default=None, description="How the artifact comes back; url unless Accept asks for bytes."
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """The way back that a caller chose, and the format with it."""

    mode: Mode
    format: Format


def chosen_delivery(
    call: Call[Any, ResponseQuery],
    named: Format | None,
    default: Format,
    *,
    store: bool,
    kinds: Sequence[Kind],
) -> Delivery:
    """From `?response=`, `Accept`, `store` and the format that the body names.

    Only an explicit image, video or PDF type in `Accept` asks for bytes; without a named format it
    also chooses that, among the `kinds` that the call makes.

    Raises NotAcceptableError (406) when it contradicts, ValidationError for `store: false` with a
    URL.
    """
    asked = call.query.response
    if asked is not None:
        return _asked(asked, named or default, store=store)
    accept = Accept(call.header("accept") or "")
    if not accept.wants_bytes:
        return Delivery("url" if store else "binary", named or default)
    found = _acceptable(accept, [named] if named else _candidates(default, kinds))
    if found is not None:
        return Delivery("binary", found)
    if accept.takes_json and store:
        return Delivery("url", named or default)
    raise NotAcceptableError(
        f"Accept is '{accept.text[:200]}', but this call answers with "
        f"{(named or default).media_type}: make format and Accept agree, or leave one out"
    )


def file_headers(media_type: str, name: str) -> dict[str, str]:
    """What every answer has that is an artifact's bytes; `name` is what it is saved as."""
    harmless = media_type.startswith(_HARMLESS) and not media_type.startswith(_ACTIVE)
    kind = "inline" if harmless else "attachment"
    return {**SAFE_HEADERS, "Content-Disposition": content_disposition(kind, name)}


def binary_answer(done: Rendered) -> Response:
    """The bytes, with what is known of them in headers."""
    result = done.result
    digest = done.artifact.digest if done.artifact else hashlib.sha256(result.data).hexdigest()
    headers = {
        **file_headers(result.media_type, f"{done.id}.{result.extension}"),
        "ETag": f'"{digest}"',
        "Cache-Control": "private, no-store",
        "X-Render-Id": done.id,
    }
    if done.url is not None:
        headers["Content-Location"] = done.url
    headers |= {f"X-{name.capitalize()}": str(left) for name, left in left_by_budget(done).items()}
    if done.warnings:
        headers["X-Warnings"] = ", ".join(dict.fromkeys(warn.code for warn in done.warnings))
    return Response(result.data, media_type=result.media_type, headers=headers)


def left_by_budget(done: Rendered) -> dict[str, int]:
    """What `maxBytes` left of the picture, if it took any: `quality` (1 to 100) or `colors`."""
    names = {_BUDGETS[warn.code]: warn.detail for warn in done.warnings if warn.code in _BUDGETS}
    return {name: detail[name] for name, detail in names.items()}


def encoded(delivery: Delivery, done: Rendered) -> str | None:
    """The bytes as base64 text when they were asked for so, else None."""
    return base64_text(done.result.data) if delivery.mode == "base64" else None


def base64_text(data: bytes) -> str:
    """The bytes as base64, piece by piece: one call would hold the interpreter's lock throughout.

    For threads: between pieces the event loop goes on.
    """
    view = memoryview(data)
    pieces = (view[start : start + _PIECE] for start in range(0, len(data), _PIECE))
    return "".join(base64.b64encode(piece).decode() for piece in pieces)


def _asked(mode: Mode, wanted: Format, *, store: bool) -> Delivery:
    if mode == "url" and not store:
        raise ValidationError.of(
            "response",
            "store false keeps nothing, so there is no URL to answer with: ask for "
            "response=binary or response=base64",
            "contradiction",
        )
    return Delivery(mode, wanted)


def _candidates(default: Format, kinds: Sequence[Kind]) -> list[Format]:
    """What a call may make that was told no format: its default first."""
    others = [row for row in FORMATS.values() if row.kind in kinds]
    return [default, *others]


def _acceptable(accept: Accept, formats: Sequence[Format]) -> Format | None:
    for wanted in accept.explicit:
        for one in formats:
            if wanted in {one.media_type, _family(one.kind)}:
                return one
    return None


def _family(kind: Kind) -> str:
    return "application/pdf" if kind == "pdf" else "image/*"
