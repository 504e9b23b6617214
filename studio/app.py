"""The pages of the studio as routes; the roof puts them before the API's."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from core.workspaces import Workspaces
from studio.door import SIGN_IN, Door, Handler, House
from studio.pages import batch, batches, campaign, mend, sign_in, templates
from studio.settings import StudioSettings
from studio.view import Views

__all__ = ["studio_pages"]

_STATIC = Path(__file__).resolve().parent / "static"

_PAGES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", SIGN_IN, sign_in.form),
    ("POST", SIGN_IN, sign_in.sign_in),
    ("POST", "/studio/sign-out", sign_in.sign_out),
    ("GET", "/studio", batches.overview),
    ("GET", "/studio/templates", templates.gallery),
    ("GET", "/studio/templates/{uid}/picture", templates.picture),
    ("POST", "/studio/templates/{uid}/preview", campaign.preview),
    ("GET", "/studio/templates/{uid}", campaign.new),
    ("POST", "/studio/templates/{uid}/check", campaign.check),
    ("POST", "/studio/templates/{uid}/start", campaign.start),
    ("GET", "/studio/batches/{id}", batch.show),
    ("GET", "/studio/batches/{id}/progress", batch.progress),
    ("GET", "/studio/batches/{id}/actions", batch.actions),
    ("GET", "/studio/batches/{id}/made", batch.made),
    ("GET", "/studio/batches/{id}/failed", batch.failed),
    ("GET", "/studio/batches/{id}/files/{name}", batch.file),
    ("POST", "/studio/batches/{id}/steer/{action}", batch.steer),
    ("GET", "/studio/batches/{id}/items/{index}", mend.form),
    ("POST", "/studio/batches/{id}/items/{index}", mend.mend),
)
"""Method, path, handler of every page behind the door."""


def studio_pages(
    base_url: str, workspaces: Workspaces, settings: StudioSettings, largest_body: int
) -> list[BaseRoute]:
    """The welcome page at `/`, the studio's pages and their files.

    `base_url` is how callers reach the service; a body has at most `largest_body` bytes.
    """
    views = Views()
    house = House(
        base_url=base_url,
        workspaces=workspaces,
        settings=settings,
        views=views,
        largest_body=largest_body,
    )

    async def welcome(_: Request) -> Response:
        return views.page("home.html", base_url=base_url)

    return [
        Route("/", welcome, methods=["GET", "HEAD"]),
        *(Door.route(house, method, path, handler) for method, path, handler in _PAGES),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
