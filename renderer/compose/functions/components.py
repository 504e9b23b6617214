"""Components that a template calls for a piece of the page: text that shrinks to its box."""

from typing import Any

from markupsafe import Markup, escape

from renderer.compose.functions.kinds import as_number, text_of
from renderer.compose.functions.row import Function

__all__ = ["COMPONENTS", "FIT_START"]

FIT_START = "<span data-platen-fit="
"""How the element begins that a page's text is fitted by; no escaped text can begin so."""

_SMALLEST, _LARGEST = 1, 10_000
"""CSS px."""
_MOST_LINES = 1_000


def _bounded(name: str, value: Any, most: int, unit: str) -> str:
    number = as_number(value)
    if not _SMALLEST <= number <= most:
        raise ValueError(f"fit takes a {name} of {_SMALLEST} to {most} {unit}, not {number:g}")
    return f"{float(number):g}"


def fit(value: Any, min: Any = 8, lines: Any = None) -> Markup:  # noqa: A002 - the template's word
    """An element whose text is set smaller, at the least `min` CSS px, until its box holds it.

    `lines`: how many it may take at most. Raises ValueError for a number out of bounds.
    """
    text = value if isinstance(value, Markup) else text_of(value)
    if not text:
        return Markup()
    most = ""
    if lines is not None:
        number = _bounded("number of lines", lines, _MOST_LINES, "lines")
        most = f' data-platen-lines="{number}"'
    least = _bounded("smallest size", min, _LARGEST, "px")
    return Markup(  # noqa: S704 - two numbers, and a text that is escaped here
        f'{FIT_START}"{least}"{most}>{escape(text)}</span>'
    )


COMPONENTS = (
    Function("fit", fit, "fit(text, min = 8, lines?)",
             "Text that is set smaller, down to `min` CSS pixels, until it fits into its box, and "
             "into `lines` lines", "length(fit('Hello')) > 30", "true"),
)  # fmt: skip
