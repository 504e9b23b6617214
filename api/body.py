"""Request bodies: read within limits, and understood off the event loop when they are big."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request

from api.errors import PayloadTooLargeError, RequestTimeoutError, UnsupportedMediaTypeError
from api.json_body import parse_json
from api.multipart import read_multipart
from api.routing import Route
from api.settings import ApiSettings
from api.validation import validated

__all__ = ["ReadBody", "read_body"]

_ANY = 2**62
_BIG = 64_000
"""From here on, in bytes, parsing takes longer than handing the work to a thread."""

_CURL = "application/x-www-form-urlencoded"
"""What curl says of any `-d`, JSON or not, unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class ReadBody:
    """A body as it was sent, as its model, and the files that came with it."""

    raw: bytes = b""
    model: BaseModel | None = None
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


async def read_body(request: Request, route: Route, settings: ApiSettings) -> ReadBody:
    """Read what the route's model asks for; an empty body stands for `{}`.

    Raises PayloadTooLargeError, RequestTimeoutError, UnsupportedMediaTypeError, and what
    `parse_json` and `validated` raise.
    """
    model = route.body
    if model is None:
        return ReadBody()
    kind = _kind(request, route)
    raw = await _read(request, settings, min(settings.max_body_bytes, route.max_body or _ANY))
    if not raw.lstrip().startswith(b"{"):
        _refuse_form(request)
    if kind == "multipart":
        text, files = await read_multipart(request.headers["content-type"], raw)
    else:
        text, files = raw, {}
    instance = await _understood(text, files, model, settings)
    return ReadBody(raw, instance, files)


def _refuse_form(request: Request) -> None:
    """What curl calls a form is JSON when it begins as an object does; a real form is none."""
    if request.headers.get("content-type", "").startswith(_CURL) and _has_body(request):
        raise UnsupportedMediaTypeError("The body is a form: send application/json")


async def _understood(
    text: bytes, files: Mapping[str, bytes], model: type[BaseModel], settings: ApiSettings
) -> BaseModel:
    def understand() -> BaseModel:
        value = parse_json(text, max_depth=settings.max_json_depth) if text.strip() else {}
        return validated(model, _with_index(value, files))

    return await asyncio.to_thread(understand) if len(text) > _BIG else understand()


def _with_index(value: Any, files: Mapping[str, bytes]) -> Any:
    """`index.html` of a multipart body is the page, unless the JSON names another source."""
    page = files.get("index.html")
    if page is None or not isinstance(value, dict) or value.keys() & {"html", "url", "template"}:
        return value
    return {**value, "html": decoded_html(page)}


def decoded_html(data: bytes) -> str:
    """A page's bytes as text: byte order mark, else UTF-8, else windows-1252 as browsers do."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _kind(request: Request, route: Route) -> str:
    """`json` or `multipart`. A body without a type is taken for JSON."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        raise UnsupportedMediaTypeError(
            f"The body is encoded as '{encoding[:40]}': send it without Content-Encoding"
        )
    content_type = request.headers.get("content-type", "")
    kind = content_type.split(";", 1)[0].strip().lower()
    if kind in {"", "application/json", "text/json"} or kind.endswith("+json"):
        return "json"
    if route.multipart and kind == "multipart/form-data":
        return "multipart"
    if kind == _CURL or not _has_body(request):
        return "json"  # clients send odd types with nothing behind them
    also = " or multipart/form-data" if route.multipart else ""
    raise UnsupportedMediaTypeError(
        f"The body's type is '{kind[:80]}': send application/json{also}"
    )


def _has_body(request: Request) -> bool:
    length = request.headers.get("content-length")
    return length != "0" if length is not None else "transfer-encoding" in request.headers


async def _read(request: Request, settings: ApiSettings, most: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(settings.body_timeout):
            return await _chunks(request, most)
    except TimeoutError:
        raise RequestTimeoutError(
            f"The body did not arrive within {settings.body_timeout:g} s (PLATEN_BODY_TIMEOUT): "
            "send it faster, or make it smaller"
        ) from None


async def _chunks(request: Request, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(most: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"The body is larger than {most} bytes (PLATEN_MAX_BODY_BYTES): "
        "name large pictures, fonts and tables by URL"
    )
