"""The pages of the studio as routes; the roof puts them before the API's."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

__all__ = ["CONTENT_POLICY", "studio_pages"]

_HERE = Path(__file__).resolve().parent

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""What a page of ours may load: its own style and pictures, no script, nobody else's frame."""


def studio_pages(base_url: str) -> list[BaseRoute]:
    """The welcome page at `/` and its style. `base_url` is how callers reach the service."""

    async def welcome(_: Request) -> Response:
        return HTMLResponse(
            _home(base_url),
            headers={
                "Content-Security-Policy": CONTENT_POLICY,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
            },
        )

    return [
        Route("/", welcome, methods=["GET", "HEAD"]),
        Mount("/static", StaticFiles(directory=_HERE / "static")),
    ]


@cache
def _home(base_url: str) -> bytes:
    """The welcome page, made when the first visitor comes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    views = Environment(
        loader=FileSystemLoader(_HERE / "views"), autoescape=True, undefined=StrictUndefined
    )
    return views.get_template("home.html").render(base_url=base_url).encode()
