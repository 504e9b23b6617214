"""What a text has to be to count as a colour, an address, a picture or a date."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from PIL import ImageColor

from renderer.compose.functions.moments import moment_of

__all__ = ["FORMATS", "MEANT", "kind_of"]

_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_FUNCTION = re.compile(
    r"(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix)\([\w\s.,%/+#()-]{1,200}\)"
)
_COLOR_NAMES = frozenset({*ImageColor.colormap, "transparent", "currentcolor"})
_DATA_PICTURE = re.compile(r"data:image/[a-z0-9.+-]+[;,]", re.IGNORECASE)
_ASSET = re.compile(r"(?!//)[^\s:<>\"'\\]{1,500}")
"""A name without a scheme: a file beside the page, or one of the workspace."""


def _is_color(text: str) -> bool:
    """A CSS colour: a name, `#rrggbb` in all its lengths, or a colour function."""
    value = text.strip().lower()
    return bool(value in _COLOR_NAMES or _HEX.fullmatch(value) or _FUNCTION.fullmatch(value))


def _is_url(text: str) -> bool:
    """An absolute address of the web, of a mailbox or of a telephone."""
    try:
        parts = urlsplit(text.strip())
        if parts.scheme in {"http", "https"}:
            return bool(parts.hostname) and not re.search(r"\s", text.strip())
    except ValueError:
        return False
    return parts.scheme in {"mailto", "tel"} and bool(parts.path)


def _is_image(text: str) -> bool:
    """An address of the web, a picture as a data URL, or the name of a file."""
    value = text.strip()
    if _DATA_PICTURE.match(value):
        return True
    web = value.lower().startswith(("http:", "https:"))
    return _is_url(value) if web else bool(_ASSET.fullmatch(value))


def _is_date(text: str) -> bool:
    """What the function `date` of the language reads."""
    try:
        moment_of(text)
    except (ValueError, OverflowError, TypeError):
        return False
    return bool(text.strip())


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "color": _is_color,
    "url": _is_url,
    "image": _is_image,
    "moment": _is_date,
}
"""JSON Schema's `format` -> its check."""

MEANT: Mapping[str, str] = {
    "color": "a colour: send #3366cc, rgb(0 0 0 / 50%) or a name of CSS such as teal",
    "url": "an address: send one that begins with https://, http://, mailto: or tel:",
    "image": "a picture: send an address that begins with https://, a data:image/ URL or the name "
    "of a file",
    "date": "a date: send 2026-11-22, 2026-11-22T18:30:00Z or Unix seconds",
    "moment": "a date: send 2026-11-22, 2026-11-22T18:30:00Z or Unix seconds",
    "number": "a number: send 12.5, or a text of digits with a point",
    "boolean": "true or false: send one of them, or the text yes, no, on, off, 1, 0",
    "array": "a list: send [ ... ], also as a text of JSON",
    "object": "an object: send { ... }, also as a text of JSON",
    "string": "a text: send a text, a number or true or false",
    "text": "a text: send a text, a number or true or false",
}
"""A type or format -> what it wants, with the remedy."""


def kind_of(value: Any) -> str:
    """What a value is, in the words of JSON; never the value itself."""
    if isinstance(value, bool):
        return "true or false"
    if value is None:
        return "null"
    names = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")
