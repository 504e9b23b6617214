"""WeasyPrint as the rest of the renderer sees it: print CSS to PDF, laid out in the jail."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from core.errors import InternalError, PlatenError, RenderTimeoutError
from egress.client import EgressClient
from egress.errors import BlockedAddressError
from renderer.document.errors import DocumentTooComplexError, PageRangeError
from renderer.errors import PageLimitError
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError
from renderer.jail_process import JailReply
from renderer.request import DocumentOptions, Environment, Warn
from renderer.seal import Drawn

__all__ = ["weasy_document", "weasy_pdf"]

FILES_HOST = "files.invalid"
"""The host that relative names get in the child; it can never be a real one (RFC 2606)."""

MAX_REQUESTS = 500
MAX_BYTES = 64 << 20
MAX_WARNINGS = 20
RESOURCE_SECONDS = 10.0

_Answer = tuple[dict[str, object], list[bytes]]

_ERRORS: dict[str, type[PlatenError]] = {
    "page_limit": PageLimitError,
    "page_range": PageRangeError,
}


class _Assets:
    """Answers one document's fetches: from its own files, else through egress, within limits."""

    def __init__(self, client: EgressClient, account: str, files: Mapping[str, bytes]) -> None:
        self._client = client
        self._account = account
        self._files = files
        self._requests = 0
        self._bytes = 0
        self.warnings: list[Warn] = []

    async def answer(self, question: Mapping[str, object]) -> _Answer:
        """`{"answer": {url, type}}` and the body, or `{"answer": {refused}}`. Never raises."""
        url = str(question.get("url", ""))
        parts = urlsplit(url)
        if parts.hostname == FILES_HOST:
            return self._file(unquote(parts.path).lstrip("/"), url)
        self._requests += 1
        if self._requests > MAX_REQUESTS or self._bytes > MAX_BYTES:
            return self._refuse(url, "the document has used up its requests", "asset_failed")
        try:
            return await self._fetch(url)
        except BlockedAddressError as error:
            return self._refuse(url, error.message, "blocked_request")
        except PlatenError as error:
            return self._refuse(url, error.message, "asset_failed")

    async def _fetch(self, url: str) -> _Answer:
        found = await self._client.fetch(
            url,
            account=self._account,
            timeout=RESOURCE_SECONDS,
            max_bytes=max(1, MAX_BYTES - self._bytes),
        )
        self._bytes += len(found.body)
        if found.status >= 400:
            return self._refuse(url, f"status {found.status}", "asset_failed")
        return {"answer": {"url": found.url, "type": found.media_type}}, [found.body]

    def _file(self, name: str, url: str) -> _Answer:
        data = self._files.get(name)
        if data is None:
            return self._refuse(name, "no file of that name came with the request", "asset_failed")
        return {"answer": {"url": url, "type": ""}}, [data]

    def _refuse(self, url: str, reason: str, code: str) -> _Answer:
        warning = Warn(code, f"{url}: {reason}", {"url": url})
        if len(self.warnings) < MAX_WARNINGS and warning not in self.warnings:
            self.warnings.append(warning)
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
    client: EgressClient,
    environment: Environment,
    *,
    files: Mapping[str, bytes] | None = None,
    account: str = "",
    timeout: float = 25.0,
) -> Drawn:
    """Lay out `sections` (HTML each, with page counters of their own) as one PDF.

    `files` are what the HTML may name by relative path; `timeout` is seconds. Raises
    RenderTimeoutError, DocumentTooComplexError, PageLimitError, PageRangeError.
    """
    assets = _Assets(client, account, files or {})
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
            on_fetch=assets.answer,
        )
    except (JailJobError, JailKilledError) as error:
        raise _failed(error, timeout) from error
    return _drawn(reply, [*_emptiness(sections), *assets.warnings])


async def weasy_pdf(
    jail: Jail,
    html: str,
    options: DocumentOptions,
    fetch: EgressClient,
    environment: Environment,
    *,
    timeout: float = 25.0,
) -> bytes:
    """One document's bytes; `weasy_document` also tells pages, size and warnings."""
    return (await weasy_document(jail, [html], options, fetch, environment, timeout=timeout)).data
