"""The workspace's templates, to choose one of them."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from studio.door import Visit
from studio.own_api import ApiRefusedError, api_path

__all__ = ["gallery", "picture", "sample_picture"]

_ON_A_PAGE = 12
_SHOWN = "jpg"
_QUALITY = 0.8


async def gallery(visit: Visit) -> Response:
    """A page of templates; to htmx, which searches while somebody types, its list alone."""
    asked = visit.request.query_params
    search = {"q": asked.get("q", "").strip()[:200], "page": asked.get("page", "1")}
    query = {name: text for name, text in search.items() if text}
    found = await visit.api.get("/templates", limit=_ON_A_PAGE, **query)
    alone = visit.request.headers.get("hx-request") is not None
    return visit.page(
        "parts/templates.html" if alone else "templates.html",
        templates=found["templates"],
        pages=found["pagination"],
        q=search["q"],
    )


async def picture(visit: Visit) -> Response:
    """The template with sample data; a stand-in where samples do not meet what it asks for."""
    try:
        data = await sample_picture(visit, visit.path("uid"))
    except ApiRefusedError as error:
        if error.status != 422:
            raise
        return RedirectResponse("/static/no-picture.svg", 307)
    headers = {
        "Cache-Control": "private, max-age=300",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    return Response(data, media_type="image/jpeg", headers=headers)


async def sample_picture(visit: Visit, uid: str, variables: Any = None) -> bytes:
    """JPEG of the template as published, with `variables` or with samples; nothing is kept."""
    if variables is None:
        known = await visit.api.get(api_path("templates", uid, "variables"))
        variables = known["samples"]
    body = {"variables": variables, "format": _SHOWN, "quality": _QUALITY, "store": False}
    answer = await visit.api.send(
        "POST", f"{api_path('templates', uid, 'render')}?response=binary", json=body
    )
    return answer.content
