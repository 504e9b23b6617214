"""Sections to one document, and facts of a PDF, worked out in the jail."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import InternalError, PlatenError, RenderTimeoutError
from renderer.document.errors import (
    DocumentTooComplexError,
    PageRangeError,
    UnreadableDocumentError,
)
from renderer.errors import PageLimitError
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError
from renderer.jail_process import JailReply
from renderer.seal import Drawn

__all__ = ["DocumentFacts", "inspect_document", "merge_documents"]

MAX_PAGES = 2000

_ERRORS: dict[str, type[PlatenError]] = {
    "memory": DocumentTooComplexError,
    "page_limit": PageLimitError,
    "page_range": PageRangeError,
    "unreadable_document": UnreadableDocumentError,
}


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Of a PDF: number of pages, and width and height of each in points (2,000 at most)."""

    pages: int
    sizes: tuple[tuple[float, float], ...]


async def _run(
    jail: Jail, job: str, payload: dict[str, object], data: Sequence[bytes], timeout: float
) -> JailReply:
    memory = jail.settings.jail_document_memory_mb << 20
    try:
        return await jail.run(job, payload, data, timeout=timeout, memory_bytes=memory)
    except JailJobError as error:
        kind = _ERRORS.get(error.code)
        if kind is None:
            private = f"{error} {error.facts}"
            raise InternalError("Assembling the document failed.", private=private) from error
        raise kind(error.message) from error
    except JailKilledError as error:
        if error.reason == "deadline":
            text = f"Assembling the document did not end within {timeout:g} s."
            raise RenderTimeoutError(text, private=error.private) from error
        text = "Assembling the document took too much memory. Merge fewer pages."
        raise DocumentTooComplexError(text, private=error.private) from error


async def merge_documents(
    jail: Jail,
    documents: Sequence[bytes],
    *,
    now_us: int,
    title: str = "",
    page_ranges: str = "",
    max_pages: int = MAX_PAGES,
    timeout: float = 25.0,
) -> Drawn:
    """One PDF of all pages in order; fonts and pictures that are the same are kept once.

    Dates are `now_us`, the id comes from the content: the same input gives the same bytes.
    Raises UnreadableDocumentError, PageLimitError, PageRangeError, RenderTimeoutError.
    """
    payload: dict[str, object] = {
        "now_us": now_us,
        "title": title,
        "page_ranges": page_ranges,
        "max_pages": max_pages,
    }
    reply = await _run(jail, "merge", payload, documents, timeout)
    width, height = reply.payload["sizes"][0]
    pages = int(reply.payload["pages"])
    return Drawn(reply.attachments[0], "pdf", round(width), round(height), pages=pages)


async def inspect_document(jail: Jail, data: bytes, *, timeout: float = 10.0) -> DocumentFacts:
    """Pages and sizes of any PDF. Raises UnreadableDocumentError."""
    reply = await _run(jail, "inspect", {}, [data], timeout)
    sizes = tuple((float(width), float(height)) for width, height in reply.payload["sizes"])
    return DocumentFacts(int(reply.payload["pages"]), sizes)
