"""What a page asks for, answered from memory or fetched on its behalf.

Interception is no boundary (the browser's proxy is): it is how a page without scripts gets its
assets through our own client, and how a page gets the files that came with the request.
"""

import asyncio
import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from core.errors import PlatenError
from egress.client import EgressClient
from egress.errors import FetchFailedError
from egress.models import EgressLimits, Fetched
from renderer.chromium.page import Page
from renderer.errors import BrowserLostError, PageCrashedError, PageFailedError

__all__ = ["DOCUMENT_ORIGIN", "Assets", "FailedAsset"]

DOCUMENT_ORIGIN = "https://document.invalid"
"""Where a document that came as text lives, and its files beside it. No such name can exist."""

_TYPES = {
    "css": "text/css",
    "gif": "image/gif",
    "html": "text/html; charset=utf-8",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "mjs": "text/javascript",
    "otf": "font/otf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
}

_URL_LENGTH = 500
_FAILED_LISTED = 50

_PASSED_ON = ("content-type", "cache-control", "etag", "last-modified", "expires")

_PageEnded = (BrowserLostError, PageCrashedError, PageFailedError)


@dataclass(frozen=True, slots=True)
class FailedAsset:
    """Something that a page named and did not get."""

    url: str
    reason: str


@dataclass(slots=True)
class _Order:
    """One render's account with the page's assets."""

    account: str
    files: Mapping[str, bytes]
    limits: EgressLimits
    requests: int = 0
    bytes: int = 0
    failed: list[FailedAsset] = field(default_factory=list[FailedAsset])
    tasks: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    def fail(self, url: str, reason: str) -> None:
        """Note what the page did not get, each URL once and not without end."""
        short = url[:_URL_LENGTH]
        if len(self.failed) < _FAILED_LISTED and all(one.url != short for one in self.failed):
            self.failed.append(FailedAsset(short, reason))


class Assets:
    """The interception of one page. Between renders everything is refused."""

    def __init__(self, page: Page, client: EgressClient) -> None:
        self._page = page
        self._client = client
        self._order: _Order | None = None
        self._answering: set[asyncio.Task[None]] = set()
        page.on("Fetch.requestPaused", self._paused)

    async def intercept(self, pattern: str = "*") -> None:
        """Begin to answer the requests whose URL fits the pattern (`*` and `?`)."""
        await self._page.send("Fetch.enable", {"patterns": [{"urlPattern": pattern}]})

    def begin(self, account: str, files: Mapping[str, bytes], limits: EgressLimits) -> None:
        """From now on what the page asks for is this render's."""
        self._order = _Order(account, files, limits)

    def end(self) -> tuple[FailedAsset, ...]:
        """Stop what is still under way; tell what failed."""
        order, self._order = self._order, None
        if order is None:
            return ()
        for task in order.tasks:
            task.cancel()
        return tuple(order.failed)

    @property
    def asked(self) -> int:
        """How many requests there were in this render."""
        return self._order.requests if self._order else 0

    @property
    def busy(self) -> bool:
        """Whether some are still unanswered."""
        return bool(self._order and self._order.tasks)

    def _paused(self, event: dict[str, Any]) -> None:
        order = self._order
        task = asyncio.create_task(self._settle(order, event))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        if order is not None:
            order.requests += 1
            order.tasks.add(task)
            task.add_done_callback(order.tasks.discard)

    async def _settle(self, order: _Order | None, event: dict[str, Any]) -> None:
        identity, url = event["requestId"], event["request"]["url"]
        try:
            answer = None if order is None else await self._answer(order, event["request"])
            if answer is None:
                await self._page.send("Fetch.failRequest", _failed(identity))
            else:
                await self._page.send("Fetch.fulfillRequest", _fulfilled(identity, answer))
        except PlatenError as error:
            if order is not None:
                order.fail(url, error.message)
            await self._refuse(identity)
        except _PageEnded:
            pass  # the page has ended or moved on: nobody asks any more

    async def _refuse(self, identity: str) -> None:
        with suppress(*_PageEnded):
            await self._page.send("Fetch.failRequest", _failed(identity))

    async def _answer(self, order: _Order, request: Mapping[str, Any]) -> Fetched | None:
        url = str(request["url"])
        if url.startswith(DOCUMENT_ORIGIN):
            return _own_file(order, url)
        if request["method"] != "GET":
            return None
        if order.requests > order.limits.max_requests:
            raise FetchFailedError(
                f"The page makes more than {order.limits.max_requests} requests. Let it load less."
            )
        left = order.limits.max_bytes - order.bytes
        fetched = await self._client.fetch(url, account=order.account, max_bytes=max(left, 0))
        order.bytes += len(fetched.body)
        if fetched.status >= 400:
            order.fail(url, f"The server answered {fetched.status}.")
        return fetched


def _own_file(order: _Order, url: str) -> Fetched:
    path = urlsplit(url).path.lstrip("/")
    body = order.files.get(path)
    if body is None:
        order.fail(path, "No such file came with the request.")
        return Fetched(404, {"content-type": "text/plain"}, b"", url)
    extension = path.rpartition(".")[2].lower() if "." in path else "html"
    kind = _TYPES.get(extension, "application/octet-stream")
    return Fetched(200, {"content-type": kind}, body, url)


def _failed(identity: str) -> dict[str, str]:
    return {"requestId": identity, "errorReason": "BlockedByClient"}


def _fulfilled(identity: str, answer: Fetched) -> dict[str, Any]:
    kept = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
    # A document given as text has no origin of its own that a font's server could know.
    kept["access-control-allow-origin"] = "*"
    return {
        "requestId": identity,
        "responseCode": answer.status,
        "responseHeaders": [{"name": name, "value": value} for name, value in kept.items()],
        "body": base64.b64encode(answer.body).decode(),
    }
