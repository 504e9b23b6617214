"""The project's own templates, each render with other data: card, poster, invoice."""

import io
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from bench.cases.case import Case, Job, WrongOutputError
from bench.cases.strip import STRIP, check_strip, spelled

__all__ = ["card_data", "card_job", "card_source", "fixture_cases", "poster_job"]

_FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_CARD = (1200, 630)
_POSTER = (1080, 1080)


def _load(name: str) -> tuple[str, dict[str, Any]]:
    folder = _FIXTURES / name
    source = (folder / "template.html").read_text(encoding="utf-8")
    return source, json.loads((folder / "variables.json").read_text(encoding="utf-8"))


_card, _card_variables = _load("social-card")
_poster, _poster_variables = _load("product-poster")
_invoice, _invoice_variables = _load("invoice")

card_source = _card.replace("</body>", STRIP)
"""The social card with the strip."""


def card_data(number: int) -> dict[str, Any]:
    """Another title, landscape and colour for each number."""
    hue = number * 37 % 200
    accent = f"#{240 - hue // 2:02x}{60 + hue // 2:02x}{40 + hue:02x}"
    title = f"The quiet craft of naming {number} things well"
    return _card_variables | {"title": title, "accent": accent, "bits": spelled(number)}


def card_job(number: int) -> Job:
    """The card at its own size."""
    return Job("card", card_source, card_data(number), *_CARD)


def poster_job(number: int, photo: str = "", size: tuple[int, int] = _POSTER) -> Job:
    """A photo under text, by default the one of the fixture as a data URI."""
    other: Mapping[str, Any] = {
        "product": ("mora", "velo", "isla", "otto")[number % 4],
        "price": 100 + number % 900,
        "bits": spelled(number),
    }
    if photo:
        other = {**other, "photo": photo, "cutout": ""}
    source = _poster.replace("</body>", STRIP)
    return Job("poster", source, _poster_variables | other, *size)


def _invoice_job(number: int) -> Job:
    first = _invoice_variables["groups"][0]
    data = _invoice_variables | {
        "groups": [first | {"lines": first["lines"][:3]}],
        "number": f"N{number:07}",
        "paid": number,
    }
    return Job("invoice", _invoice, data, 794, 1123)


def _check_invoice(data: bytes, number: int) -> None:
    pages = PdfReader(io.BytesIO(data)).pages
    if len(pages) != 1:
        raise WrongOutputError(f"an invoice of {len(pages)} pages")
    if f"N{number:07}" not in pages[0].extract_text():
        raise WrongOutputError(f"not the invoice of render {number}")


def fixture_cases() -> tuple[Case, ...]:
    """All of them; the first is the one that a contender's first render is timed with."""
    card = partial(check_strip, size=_CARD)
    return (
        Case("card, PNG", "png", card_job, card, everybody=True),
        Case("card, JPEG 85", "jpeg", card_job, card, everybody=True),
        Case("card, PNG balanced", "png", card_job, card, compression="balanced"),
        Case("poster, PNG", "png", poster_job, partial(check_strip, size=_POSTER)),
        Case("invoice, PDF", "pdf", _invoice_job, _check_invoice),
    )
