"""What can go wrong between a request and its bytes.

ContentError                          ServiceError
  +-- PageCrashedError                  +-- EngineUnavailableError
  +-- PageFailedError                   +-- EngineCrashedError
  +-- SelectorNotFoundError
  +-- UnsupportedContentError
  +-- StaticSourceError
  +-- PictureTooLargeError
  +-- BudgetError
  +-- PageLimitError

BrowserLostError, NavigationLostError   inside only: the render is tried once more
"""

from core.errors import ContentError, ServiceError

__all__ = [
    "BrowserLostError",
    "BudgetError",
    "EngineCrashedError",
    "EngineUnavailableError",
    "NavigationLostError",
    "PageCrashedError",
    "PageFailedError",
    "PageLimitError",
    "PictureTooLargeError",
    "SelectorNotFoundError",
    "StaticSourceError",
    "UnsupportedContentError",
]


class BrowserLostError(Exception):
    """The browser under a render has gone; never seen by a caller unless it happens twice."""


class NavigationLostError(Exception):
    """A document never came, and nothing says why: its process has ended before, or its server has
    answered with nothing to show (204). Seen as UnsupportedContentError if it happens twice.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class PageCrashedError(ContentError):
    """The page ended itself, twice if there was time: its use of memory brought its process down,
    or a script closed it. Make it lighter.
    """

    code = "page_crashed"
    title = "Page crashed"


class PageFailedError(ContentError):
    """The page could not be driven to a picture: a script or the document itself stood in the way.

    The text names the step. Try the page in a browser first; an endless redirect or a document
    that replaces itself all the time has this effect.
    """

    code = "page_failed"
    title = "Page failed"


class SelectorNotFoundError(ContentError):
    """No visible element matches `selector`, or it is no CSS selector. Check its spelling."""

    code = "selector_not_found"
    title = "Selector not found"


class UnsupportedContentError(ContentError):
    """The URL answers with something that is not a page, such as a download. Name a page's URL."""

    code = "unsupported_content"
    title = "Unsupported content"


class StaticSourceError(ContentError):
    """Nothing on the page moves, so there is no animation to make of it.

    Add a CSS animation, say `duration` to record all the same, or ask for a picture.
    """

    code = "static_source"
    title = "Static source"


class PictureTooLargeError(ContentError):
    """The picture would have more pixels, or the animation more pixels or bytes in its frames, than
    one render may have.

    The text says how many and what the limit is: make it smaller or lower the scale factor.
    """

    code = "picture_too_large"
    title = "Picture too large"


class BudgetError(ContentError):
    """The picture cannot be made as small as `maxBytes` asks, at any quality of its format.

    The text says the smallest that was reached: raise `maxBytes`, make the picture smaller, or
    choose another format.
    """

    code = "max_bytes_unreachable"
    title = "Budget of bytes cannot be met"


class PageLimitError(ContentError):
    """The document has more pages than one request may have. Split it or shorten its data."""

    code = "page_limit"
    title = "Page limit"


class EngineUnavailableError(ServiceError):
    """No browser can be started at the moment. `platen doctor` says what is missing."""

    code = "engine_unavailable"
    status = 503
    title = "Engine unavailable"


class EngineCrashedError(ServiceError):
    """The browser was lost twice during this render. Send it again after `Retry-After`."""

    code = "engine_crashed"
    status = 503
    title = "Engine crashed"
