"""Requests that must succeed: every format, both engines, scripts, captured pages."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from pypdf import PdfReader

from bench.soak.kind import Ask, Kind
from bench.soak.strip import WrongAnswerError, check_picture, strip_html, strip_script

__all__ = ["TEMPLATES", "filling", "good_kinds"]

_FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_CARD = (1200, 630)
_SMALL = (400, 220)
_MOVING = (240, 120)
_FRAMES = 5
_ZONES = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13)]
_KEPT_EVERY = 8
"""One in so many artifacts is stored, for a minute; the others are answered and forgotten."""


def _fixture(name: str, before: str, insert: str) -> str:
    source = (_FIXTURES / name / "template.html").read_text(encoding="utf-8")
    return source.replace(before, insert + before)


def _variables(name: str) -> dict[str, Any]:
    return json.loads((_FIXTURES / name / "variables.json").read_text(encoding="utf-8"))


_CARD_DATA = _variables("social-card")
_DOCUMENT = (
    "<style>@page{size:A5;margin:12mm}section{break-after:page}section:last-child{break-after:"
    "avoid}</style>{% for page in pages %}<section><h1>Number {{ number }}</h1>"
    "<table>{% for row in rows %}<tr><td>{{ row }}<td>{{ row * page | currency('EUR') }}"
    "{% endfor %}</table></section>{% endfor %}"
)
TEMPLATES = {
    "card": (_fixture("social-card", "</body>", "{{ strip }}"), _CARD),
    "document": (_DOCUMENT, _SMALL),
}
"""Name -> source and size in px of what is stored in every workspace before it begins."""

_STRIP_VARIABLE = {"name": "strip", "type": "text", "allowRawHtml": True}


def definitions(name: str) -> list[dict[str, Any]]:
    """The variables that a template of `TEMPLATES` has to define."""
    return [_STRIP_VARIABLE] if name == "card" else []


def _keeping(number: int) -> dict[str, Any]:
    return {"expiresIn": 60} if number % _KEPT_EVERY == 0 else {"store": False}


def _card(format_name: str) -> Callable[[int], Ask]:
    def ask(number: int) -> Ask:
        data = _CARD_DATA | {"title": f"Number {number}", "strip": strip_html(number)}
        body = {"variables": data, "format": format_name, "quality": 80} | _keeping(number)
        return Ask("/templates/{card}/render", body, f"image/{format_name}")

    return ask


def _picture(size: tuple[int, int], frames: int = 1) -> Callable[[httpx2.Response, int], None]:
    def check(answer: httpx2.Response, number: int) -> None:
        check_picture(_bytes(answer), number, size, frames)

    return check


def _bytes(answer: httpx2.Response) -> bytes:
    if answer.status_code != 200:
        raise WrongAnswerError(f"{answer.status_code} {answer.text[:300]}")
    return answer.content


def _document(engine: str) -> Callable[[int], Ask]:
    def ask(number: int) -> Ask:
        data = {"number": number, "pages": list(range(1, _pages(number) + 1)), "rows": [*range(12)]}
        body = {"templateUid": "{document}", "variables": data, "options": {"engine": engine}}
        return Ask("/pdf/render", body | _keeping(number), "application/pdf")

    return ask


def _pages(number: int) -> int:
    return 1 + number % 3


def _check_document(answer: httpx2.Response, number: int) -> None:
    pages = PdfReader(io.BytesIO(_bytes(answer))).pages
    if len(pages) != _pages(number):
        raise WrongAnswerError(f"{len(pages)} pages instead of {_pages(number)}")
    if f"Number {number}" not in pages[-1].extract_text():
        raise WrongAnswerError(f"not the document of render {number}")


def _moving(number: int) -> Ask:
    html = (
        "<!doctype html><style>@keyframes go{to{transform:translateX(150px)}}i{position:absolute;"
        "top:40px;width:40px;height:40px;background:teal;animation:go .5s linear infinite}</style>"
        f"<body style='margin:0;background:#fff'><i></i>{strip_html(number)}"
    )
    size = {"width": _MOVING[0], "height": _MOVING[1], "duration": 500, "quality": "low"}
    return Ask("/gif", {"html": html} | size | _keeping(number), "image/gif")


def _scripted(number: int) -> Ask:
    html = (
        "<!doctype html><body style='margin:0;background:#fff'><p style='margin-top:40px'>"
        f"{strip_script(number)}"
        "<script>document.cookie = 'a=b'; try { localStorage.a = 1 } catch (e) {}"
        "for (let i = 0; i < 200; i++) document.body.append(i + ' ')</script>"
    )
    size = {"width": _SMALL[0], "height": _SMALL[1]}
    return Ask("/image", {"html": html} | size | _keeping(number), "image/png")


def _captured(site: str) -> Callable[[int], Ask]:
    def ask(number: int) -> Ask:
        until = "networkidle" if number % 4 == 0 else "load"
        size = {"width": _SMALL[0], "height": _SMALL[1], "waitUntil": until}
        return Ask(
            "/image", {"url": f"{site}/page/{number}"} | size | {"store": False}, "image/png"
        )

    return ask


def _with_assets(site: str) -> Callable[[int], Ask]:
    """A page without scripts whose pictures are fetched by the service itself."""

    def ask(number: int) -> Ask:
        html = (
            f"<!doctype html><link rel=stylesheet href='{site}/style.css'><body>"
            f"<img src='{site}/picture/{number % 50}' width=50>{strip_html(number)}"
        )
        size = {"width": _SMALL[0], "height": _SMALL[1], "format": "jpeg"}
        return Ask("/image", {"html": html} | size | _keeping(number), "image/jpeg")

    return ask


def _elsewhere(number: int) -> Ask:
    html = f"<!doctype html><body>{strip_html(number)}"
    zone = _ZONES[number // 3 % len(_ZONES)]  # a workspace each for three numbers in a row
    size = {"width": _SMALL[0], "height": _SMALL[1], "timezone": zone}
    return Ask("/image", {"html": html} | size | {"store": False}, "image/png")


def filling(first: int) -> list[tuple[int, Kind]]:
    """Renders of so many kinds of page that every browser keeps as many as it may after them, up
    to some eight browsers.

    How many are kept is chance otherwise: it depends on who was drawn at once with whom. The
    renders are numbered from `first`.
    """
    kind = Kind("time zones", 1, _elsewhere, _picture(_SMALL))
    return [(number, kind) for number in range(first, first + 3 * len(_ZONES))]


def good_kinds(site: str) -> list[Kind]:
    """All of them; `site` is the URL of the pages that they capture."""
    return [
        Kind("card, PNG", 24, _card("png"), _picture(_CARD)),
        Kind("card, JPEG", 14, _card("jpeg"), _picture(_CARD)),
        Kind("card, WebP", 8, _card("webp"), _picture(_CARD)),
        Kind("card, AVIF", 2, _card("avif"), _picture(_CARD)),
        Kind("assets, JPEG", 10, _with_assets(site), _picture(_SMALL)),
        Kind("scripts, PNG", 14, _scripted, _picture(_SMALL)),
        Kind("captured page", 8, _captured(site), _picture(_SMALL)),
        Kind("GIF", 4, _moving, _picture(_MOVING, _FRAMES)),
        Kind("PDF, Chromium", 10, _document("chromium"), _check_document),
        Kind("PDF, WeasyPrint", 6, _document("weasyprint"), _check_document),
    ]
