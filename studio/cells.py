"""What is wrong with a row, for whoever fills in tables; the API speaks to who writes calls."""

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["cell_words"]

_WANTED: Mapping[str, str] = MappingProxyType(
    {
        "a text": "a text",
        "a number": "a number, such as 12.50",
        "true or false": "yes or no",
        "a list": 'a list, such as ["red", "blue"]',
        "an object": 'an object, such as {"name": "Ada"}',
        "colour": "a colour, such as #3366cc or teal",
        "address": "an address, such as https://example.com/page",
        "picture": "the address of a picture, such as https://example.com/photo.jpg, or the name "
        "of an uploaded file",
        "date": "a date, such as 2026-11-22 or 22.11.2026",
    }
)
"""What the API says is wanted -> the same with an example of what to type."""

_KIND = re.compile(r"('[^']+') (?:is [^,:]+, and must be|is no) ([a-z ]+?)(?:: send .*)?$")
_EMPTY = re.compile(r"The required variables? (.+) ha(?:s|ve) no value: send it in `variables`$")
_LOST = re.compile(r"\.* Mend the address, or send onMissing: empty to render without it$")
_ROUND = re.compile(r"(must be (?:at least|at most|more than|less than) -?\d+)\.0$")
_PLACE = re.compile(r"^'([^'.]+)\.([^']+)'")


def cell_words(message: str) -> str:
    """The message of one thing that does not fit; what has no other words stays as it is."""
    text = _PLACE.sub(_place, message)
    if found := _KIND.match(text):
        wanted = _WANTED.get(found[2])
        return text if wanted is None else f"{found[1]} must be {wanted}"
    if found := _EMPTY.match(text):
        many = ", " in found[1]
        return f"{found[1]} {'are' if many else 'is'} empty and must be filled in"
    return _LOST.sub(". Mend the address", _ROUND.sub(r"\1", text))


def _place(found: re.Match[str]) -> str:
    """`'lines.1.price'` -> `'lines, entry 2, price'`: people count from one."""
    parts = found[2].split(".")
    told = [f"entry {int(part) + 1}" if part.isdecimal() else part for part in parts]
    return f"'{', '.join([found[1], *told])}'"
