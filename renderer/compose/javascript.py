"""Does a document hold scripts? Decided from its source, never from what it is filled with."""

import re
from html.parser import HTMLParser

__all__ = ["has_javascript"]

_SUSPECT = re.compile(r"<script|javascript:|\bon[a-z]+\s*=", re.IGNORECASE)
_JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_PRINT = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_HANDLER = re.compile(r"on[a-z]+$")
_DATA_TYPES = re.compile(r"(application/(ld\+)?json|text/(template|html|plain|x-.*))$")
"""Types of `<script>` that hold data, which browsers never run."""


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            kind = (dict(attrs).get("type") or "").strip().lower()
            self.found = self.found or not _DATA_TYPES.match(kind)
        for name, value in attrs:
            text = re.sub(r"[\s\x00-\x1f]", "", value or "").lower()
            script = "javascript:" in text or (name == "srcdoc" and "<script" in text)
            self.found = self.found or bool(_HANDLER.match(name)) or script

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def has_javascript(source: str) -> bool:
    """True when a script element, an event handler's attribute or a `javascript:` URL is there."""
    if not _SUSPECT.search(source):
        return False
    finder = _Finder()
    finder.feed(_PRINT.sub("x", _JINJA.sub(" ", source)))
    finder.close()
    return finder.found
