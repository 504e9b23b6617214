"""What a page asks for, answered from memory or fetched on its behalf.

Interception is no boundary (the browser's proxy is): it is how a page without scripts gets its
assets through our own client, and how a page gets the files that came with the request.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog

from core.errors import PlatenError
from egress.models import Fetched
from renderer.chromium.page import Page
from renderer.errors import BrowserLostError, PageCrashedError, PageFailedError
from renderer.origin import DOCUMENT_ORIGIN
from renderer.supply import Supply

__all__ = ["LAST_ASKED", "Assets"]

log = structlog.get_logger(__name__)

_TYPES = {
    "avif": "image/avif",
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "html": "text/html; charset=utf-8",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "mjs": "text/javascript",
    "otf": "font/otf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
}

LAST_ASKED = f"{DOCUMENT_ORIGIN}/.last?"
"""Asked for by ourselves: when it comes, whatever the page had asked for before has come, too."""

_NAMED = re.compile(r"//(?<=[:\"'(\s=]//)(?!www\.w3\.org/)")
"""An address, with its scheme or without; not what base64 holds, nor the names of namespaces."""

_ASKED_WITH = {"accept", "accept-language"}
_PASSED_ON = ("content-type", "cache-control", "etag", "last-modified", "expires", "date", "age")

_PageEnded = (BrowserLostError, PageCrashedError, PageFailedError)


class Assets:
    """The interception of one page. Between renders everything is refused.

    `asked` counts the document's requests; `urls` are theirs.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._supply: Supply | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._named = self._told = False
        self._alone = False
        self.asked = 0
        self.urls: set[str] = set()
        page.on("Fetch.requestPaused", self._paused)

    async def intercept(self, pattern: str = "*") -> None:
        """Begin to answer the requests whose URL fits the pattern (`*` and `?`)."""
        await self._page.send("Fetch.enable", {"patterns": [{"urlPattern": pattern}]})

    def begin(self, supply: Supply, *texts: str, alone: bool = False) -> None:
        """From now on what the page asks for is this document's, whose texts these are.

        `alone`: it is the only file that is answered here, so that none is expected after it.
        """
        self.end()
        self._alone = alone
        self._supply = supply
        self._named = any(_NAMED.search(text) for text in texts)
        self._told = bool(texts)
        self.asked = 0
        self.urls = set()

    def end(self) -> None:
        """Stop what is still under way."""
        self._supply = None
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    @property
    def busy(self) -> bool:
        """Whether some requests are still unanswered."""
        return bool(self._tasks)

    @property
    def expected(self) -> bool:
        """Whether the document names other files, or has asked for some."""
        return not self._alone and (self._named or self.asked > 0)

    @property
    def silent(self) -> bool:
        """Whether the document asks for nothing at all, as far as its text tells."""
        return not self.expected and (self._alone or self._told)

    def _paused(self, event: dict[str, Any]) -> None:
        url = str(event["request"]["url"])
        own = self._supply is not None and not url.startswith(LAST_ASKED)
        task = asyncio.create_task(self._settle(self._supply, event))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        if own:
            self.asked += 1
            if event["request"]["method"] == "GET":
                self.urls.add(url)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _settle(self, supply: Supply | None, event: dict[str, Any]) -> None:
        identity = event["requestId"]
        try:
            answer = None if supply is None else await _answer(supply, event["request"])
            if answer is not None:
                await self._page.send("Fetch.fulfillRequest", _fulfilled(identity, answer))
                return
        except (PlatenError, *_PageEnded):
            pass  # refused, or the page has ended or moved on
        except Exception:
            log.exception("asset_not_answered")
        # A request without an answer would be waited for until the deadline.
        with suppress(*_PageEnded):
            await self._page.send("Fetch.failRequest", _failed(identity))


async def _answer(supply: Supply, request: Mapping[str, Any]) -> Fetched | None:
    url = str(request["url"])
    if url.startswith(LAST_ASKED):
        return Fetched(204, {}, b"", url)
    if url.startswith(DOCUMENT_ORIGIN):
        return await _own_file(supply, url)
    if request["method"] != "GET":
        return None
    sent: Mapping[str, str] = request["headers"]
    asked = {name: value for name, value in sent.items() if name.lower() in _ASKED_WITH}
    return await supply.fetch(url, asked)


async def _own_file(supply: Supply, url: str) -> Fetched:
    path = unquote(urlsplit(url).path).lstrip("/")
    body = await supply.file(path)
    if body is None:
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
        "body": answer.body,
    }
