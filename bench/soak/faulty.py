"""Requests that go wrong on purpose: what they have to be answered with, and when."""

from collections.abc import Callable
from typing import Any

import httpx2

from bench.soak.kind import Ask, Kind, problem_code
from bench.soak.strip import WrongAnswerError, check_picture, strip_html, strip_script

__all__ = ["faulty_kinds"]

_SIZE = (200, 100)
_DEADLINE_MS = 1500


def _page(html: Callable[[int], str], **more: Any) -> Callable[[int], Ask]:
    def ask(number: int) -> Ask:
        body = {"html": html(number), "timeout": _DEADLINE_MS} | more
        return Ask("/image", _small | body, "image/png")

    return ask


_small: dict[str, Any] = {"width": _SIZE[0], "height": _SIZE[1], "store": False}


def _template(source: str) -> Callable[[int], Ask]:
    def ask(number: int) -> Ask:
        body = {"html": source, "variables": {"number": number}, "timeout": 8000}
        return Ask("/templates/preview", body, "application/json")

    return ask


def _refused(*codes: str) -> Callable[[httpx2.Response, int], None]:
    def check(answer: httpx2.Response, number: int) -> None:
        if (code := problem_code(answer)) not in codes:
            raise WrongAnswerError(f"{code} instead of {' or '.join(codes)}: {answer.text[:300]}")

    return check


def _drawn(answer: httpx2.Response, number: int) -> None:
    if answer.status_code != 200:
        raise WrongAnswerError(f"{answer.status_code} {answer.text[:300]}")
    check_picture(answer.content, number, _SIZE)


def _anything(answer: httpx2.Response, number: int) -> None:
    """The client did not wait for it."""


def _scripted(number: int) -> str:
    """Long enough under way to be hit."""
    wait = "<script>setTimeout(() => { document.body.id = 'done' }, 300)</script>"
    return f"<body style='margin:0;background:#fff'>{strip_script(number)}{wait}"


def _hog(number: int) -> str:
    return (
        f"<body><script>const a = [{number}]; while (1) a.push(new Array(1e6).fill(a.length))"
        "</script>"
    )


def _refresh(number: int) -> str:
    return (
        "<meta http-equiv=refresh content='0; url=about:blank'>"
        f"<body style='margin:0;background:#fff'>{strip_html(number)}"
    )


def faulty_kinds(site: str) -> list[Kind]:
    """All of them; `site` is the URL of a server that holds `/silent` without an answer."""
    waiting = {"waitForSelector": "#done", "timeout": 15_000}
    late = _refused("render_timeout")
    # The last: after its first crash somebody ended the browser of its second try.
    exploded = _refused("page_crashed", "render_timeout", "engine_crashed")
    return [
        Kind("endless loop", 2, _page(lambda n: f"<script>while (1) {{}} // {n}</script>"), late),
        Kind("hanging page", 2, _hanging(site), _refused("render_timeout", "url-fetch-failed")),
        Kind("never ready", 1, _page(strip_html, waitForSelector="#never"), late),
        Kind("meta refresh", 2, _page(_refresh, timeout=15_000), _anything_but_a_fault),
        Kind("memory bomb", 2, _page(_hog, timeout=6000), exploded),
        Kind(
            "template bomb", 2, _template("{{ 'a' * 10**10 }}"), _refused("template_limit_exceeded")
        ),
        Kind("bad template", 1, _template("{{ number + }}"), _refused("template_syntax_error")),
        Kind("killed page", 2, _page(_scripted, **waiting), _drawn, strikes="page"),
        Kind("killed browser", 1, _page(_scripted, **waiting), _drawn, strikes="browser"),
        Kind("gone client", 2, _gone(), _anything, hangs_up=True),
    ]


def _hanging(site: str) -> Callable[[int], Ask]:
    def ask(number: int) -> Ask:
        body = {"url": f"{site}/silent/{number}", "timeout": _DEADLINE_MS}
        return Ask("/image", _small | body, "image/png")

    return ask


def _gone() -> Callable[[int], Ask]:
    def ask(number: int) -> Ask:
        html = f"<body><script>while (1) {{}} // gone {number}</script>"
        return Ask("/image", _small | {"html": html}, "image/png", patience=0.4)

    return ask


def _anything_but_a_fault(answer: httpx2.Response, number: int) -> None:
    """A picture of the page before or after it went away, or a refusal of the page."""
    if answer.status_code not in {200, 422}:
        raise WrongAnswerError(f"{answer.status_code} {answer.text[:300]}")
