"""WeasyPrint as the rest of the renderer sees it: print CSS to PDF, laid out in the jail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote, urlsplit

from core.errors import InternalError, PlatenError, RenderTimeoutError
from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.session import Session
from renderer.compose.functions.components import FIT_START
from renderer.document.errors import DocumentTooComplexError, PageRangeError
from renderer.errors import PageLimitError
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError
from renderer.jail_process import JailReply
from renderer.origin import DOCUMENT_ORIGIN
from renderer.request import DocumentOptions, Environment, Warn
from renderer.seal import Drawn
from renderer.supply import Supply

__all__ = ["weasy_document", "weasy_pdf"]

FILES_HOST = "files.invalid"
"""The host that relative names get in the child; it can never be a real one (RFC 2606)."""

_DOCUMENT_HOST = urlsplit(DOCUMENT_ORIGIN).hostname
"""The host that the workspace's own files have in every engine."""

_Answer = tuple[dict[str, object], list[bytes]]

_ERRORS: dict[str, type[PlatenError]] = {
    "page_limit": PageLimitError,
    "page_range": PageRangeError,
}


async def _answer(supply: Supply, question: Mapping[str, object]) -> _Answer:
    """`{"answer": {url, type}}` and the body, or `{"answer": {refused}}`."""
    url = str(question.get("url", ""))
    path = _own_path(url)
    if path is not None:
        body = await supply.file(path)
        return _refused("no such file") if body is None else _given(url, "", body)
    try:
        found = await supply.fetch(url)
    except PlatenError as error:
        return _refused(error.message)
    if found.status >= 400:
        return _refused(f"status {found.status}")
    return _given(found.url, found.media_type, found.body)


def _own_path(url: str) -> str | None:
    """Where below the document's origin; None for what is outside, or no address at all."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    own = parts.hostname in {FILES_HOST, _DOCUMENT_HOST}
    return unquote(parts.path).lstrip("/") if own else None


def _given(url: str, kind: str, body: bytes) -> _Answer:
    return {"answer": {"url": url, "type": kind}}, [body]


def _refused(reason: str) -> _Answer:
    return {"answer": {"refused": reason}}, []


def _failed(error: JailJobError | JailKilledError, timeout: float) -> PlatenError:
    if isinstance(error, JailKilledError):
        if error.reason == "deadline":
            return RenderTimeoutError(
                f"Laying out the document did not end within {timeout:g} s. Make it shorter, use "
                "the chromium engine for long tables, or raise `timeout`.",
                private=error.private,
            )
        return DocumentTooComplexError(
            "Laying out the document took too much memory. Split it or make it simpler.",
            private=error.private,
        )
    if error.code == "memory":
        return DocumentTooComplexError(
            "Laying out the document took too much memory. Split it or make it simpler."
        )
    if kind := _ERRORS.get(error.code):
        return kind(error.message)
    if "RecursionError" in error.message:
        return DocumentTooComplexError(
            "The document is nested too deeply to be laid out. Make it flatter."
        )
    return InternalError("Laying out the document failed.", private=f"{error} {error.facts}")


_SPACE = re.compile(r"\s*")


def _is_empty(html: str) -> bool:
    """White space and comments alone; one pass, whatever the source is."""
    place = 0
    while True:
        space = _SPACE.match(html, place)
        place = space.end() if space else place
        if not html.startswith("<!--", place):
            return place == len(html)
        end = html.find("-->", place + 4)
        place = len(html) if end < 0 else end + 3


def _emptiness(sections: Sequence[str]) -> list[Warn]:
    if not all(map(_is_empty, sections)):
        return []
    return [Warn("empty_document", "The document has neither text nor elements in its body.")]


def _unfitted(sections: Sequence[str]) -> list[Warn]:
    if not any(FIT_START in html for html in sections):
        return []
    told = "Texts that call fit kept their own size: weasyprint cannot measure them. Use chromium."
    return [Warn("fit_not_supported", told)]


def _drawn(reply: JailReply, warnings: Sequence[Warn]) -> Drawn:
    facts = reply.payload
    return Drawn(
        reply.attachments[0],
        "pdf",
        round(facts["width"]),
        round(facts["height"]),
        pages=int(facts["pages"]),
        warnings=tuple(warnings),
    )


async def weasy_document(
    jail: Jail,
    sections: Sequence[str],
    options: DocumentOptions,
    supply: Supply,
    environment: Environment,
    *,
    timeout: float = 25.0,
) -> Drawn:
    """Lay out `sections` (HTML each, with page counters of their own) as one PDF.

    `supply` has what the HTML may name, and is told what it did not get; `timeout` is seconds.
    Raises RenderTimeoutError, DocumentTooComplexError, PageLimitError, PageRangeError.
    """
    moment = datetime.fromtimestamp(environment.now_us // 1_000_000, UTC)
    payload = {
        "options": asdict(options),
        "now_us": environment.now_us,
        "date": moment.date().isoformat(),
    }
    try:
        reply = await jail.run(
            "weasy",
            payload,
            [html.encode("utf-8", "replace") for html in sections],
            timeout=timeout,
            memory_bytes=jail.settings.jail_document_memory_mb << 20,
            on_fetch=partial(_answer, supply),
        )
    except (JailJobError, JailKilledError) as error:
        raise _failed(error, timeout) from error
    return _drawn(reply, [*_emptiness(sections), *_unfitted(sections)])


async def weasy_pdf(
    jail: Jail,
    html: str,
    options: DocumentOptions,
    fetch: EgressClient,
    environment: Environment,
    *,
    timeout: float = 25.0,
) -> bytes:
    """One document's bytes; `weasy_document` also tells pages and size."""
    supply = Supply(AssetCache(fetch), Session(""))
    return (await weasy_document(jail, [html], options, supply, environment, timeout=timeout)).data
