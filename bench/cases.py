"""What is rendered: fixtures of the project with data of their own for each render."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pypdf import PdfReader

__all__ = ["CASES", "NOW_US", "Case", "WrongOutputError", "picture_difference"]

NOW_US = 1_795_000_000_000_000
_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
_BITS = 20
_CELL = 8


class WrongOutputError(Exception):
    """A contender answered with something else than what was asked for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of output. `check` raises WrongOutputError unless the bytes show that number."""

    name: str
    format: str
    width: int
    height: int
    source: str
    variables: Callable[[int], dict[str, Any]]
    check: Callable[[bytes, int], None]


def _load(name: str) -> tuple[str, dict[str, Any]]:
    folder = _FIXTURES / name
    source = (folder / "template.html").read_text(encoding="utf-8")
    return source, json.loads((folder / "variables.json").read_text(encoding="utf-8"))


def _card() -> tuple[str, Callable[[int], dict[str, Any]]]:
    """The social card with a strip of black and white cells that spell the render's number."""
    source, variables = _load("social-card")
    strip = (
        "<div style='position:fixed;left:0;top:0;display:flex'>{% for bit in bits %}"
        f"<s style='width:{_CELL}px;height:{_CELL}px;background:"
        "{{ '#000' if bit else '#fff' }}'></s>{% endfor %}</div></body>"
    )

    def data(number: int) -> dict[str, Any]:
        title = f"The quiet craft of naming {number} things well"
        hue = number * 37 % 200
        accent = f"#{240 - hue // 2:02x}{60 + hue // 2:02x}{40 + hue:02x}"
        return variables | {"title": title, "accent": accent, "bits": _spelled(number)}

    return source.replace("</body>", strip), data


def _spelled(number: int) -> list[int]:
    return [number >> place & 1 for place in range(_BITS)]


def _check_card(data: bytes, number: int) -> None:
    picture = Image.open(io.BytesIO(data)).convert("L")
    if picture.size != (1200, 630):
        raise WrongOutputError(f"a card of {picture.size} px")
    middle = _CELL // 2
    cells = [picture.getpixel((place * _CELL + middle, middle)) for place in range(_BITS)]
    if [int(cell < 128) for cell in cells if isinstance(cell, int)] != _spelled(number):
        raise WrongOutputError(f"not the card of render {number}")


def _invoice() -> tuple[str, Callable[[int], dict[str, Any]]]:
    source, variables = _load("invoice")
    first = variables["groups"][0]
    short = variables | {"groups": [first | {"lines": first["lines"][:3]}]}

    def data(number: int) -> dict[str, Any]:
        return short | {"number": f"N{number:07}", "paid": number}

    return source, data


def _check_invoice(data: bytes, number: int) -> None:
    pages = PdfReader(io.BytesIO(data)).pages
    if len(pages) != 1:
        raise WrongOutputError(f"an invoice of {len(pages)} pages")
    if f"N{number:07}" not in pages[0].extract_text():
        raise WrongOutputError(f"not the invoice of render {number}")


def _cases() -> tuple[Case, ...]:
    card, card_data = _card()
    invoice, invoice_data = _invoice()
    return (
        Case("card, PNG", "png", 1200, 630, card, card_data, _check_card),
        Case("card, JPEG 85", "jpeg", 1200, 630, card, card_data, _check_card),
        Case("invoice, PDF", "pdf", 794, 1123, invoice, invoice_data, _check_invoice),
    )


CASES = _cases()


def picture_difference(one: bytes, other: bytes) -> float:
    """Mean difference of two pictures, 0 to 255, seen from far enough not to see antialiasing."""
    small = [
        Image.open(io.BytesIO(data)).convert("RGB").resize((120, 63), Image.Resampling.BOX)
        for data in (one, other)
    ]
    first, second = (picture.tobytes() for picture in small)
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)
