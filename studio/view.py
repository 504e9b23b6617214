"""Pages from views: every value escaped, under one strict content policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from starlette.responses import HTMLResponse

from core.version import VERSION
from studio.cells import cell_words
from studio.words import duration, plural, size, state_word, when

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["CONTENT_POLICY", "Views"]

_HERE = Path(__file__).resolve().parent

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page of ours may load: its own files and pictures; nothing inline, nobody else's frame."""

_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def _segment(value: object) -> str:
    return quote(str(value), safe="")


def _url_path(url: str) -> str:
    """Our own files by their path: a visitor may reach the service by another name than clients."""
    return urlsplit(url).path


_FILTERS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "cell_words": cell_words,
        "duration": duration,
        "plural": plural,
        "segment": _segment,
        "size": size,
        "state_word": state_word,
        "url_path": _url_path,
        "when": when,
    }
)


class Views:
    """Writes pages and parts of pages."""

    @cached_property
    def _jinja(self) -> Environment:
        """Loaded when the first visitor comes: the service starts without it."""
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        jinja = Environment(
            loader=FileSystemLoader(_HERE / "views"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name, made in _FILTERS.items():
            jinja.filters[name] = made
        return jinja

    def text(self, name: str, **values: Any) -> str:
        """A view filled in."""
        return self._jinja.get_template(name).render({**values, "release": VERSION})

    def page(
        self,
        name: str,
        status: int = 200,
        *,
        headers: dict[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """The same as an answer, with the headers of every page; `headers` are its own."""
        return HTMLResponse(self.text(name, **values), status, {**_HEADERS, **(headers or {})})
