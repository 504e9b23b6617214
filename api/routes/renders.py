"""Every render that was kept, of all kinds together."""

from typing import Any, Literal

from api.call import Call
from api.models import Answer, OffsetPagination, Omitted
from api.render_answers import RenderAnswer, row_values
from api.render_lists import WindowQuery, window
from api.routing import Route
from core.errors import NotFoundError
from jobs.render.rows import RenderRow

__all__ = ["ROUTES"]


class AnyRender(RenderAnswer):
    """A render of any kind. `width` and `height` are px, points for documents."""

    uid: str
    kind: Literal["image", "gif", "pdf"]
    page_count: int | None = Omitted
    frame_count: int | None = Omitted
    batch_id: str | None = Omitted


class RenderEnvelope(Answer):
    """One kept render."""

    render: AnyRender


class RenderList(Answer):
    """The workspace's renders, newest first."""

    renders: list[AnyRender]
    pagination: OffsetPagination


async def list_renders(call: Call[Any, WindowQuery]) -> RenderList:
    """The workspace's renders, newest first."""
    rows, pagination = await window(call, None)
    return RenderList(renders=[_row(call, row) for row in rows], pagination=pagination)


async def get_render(call: Call[Any, Any]) -> RenderEnvelope:
    """One kept render."""
    row = await call.parts.renders.get(call.workspace_id, call.path["id"])
    return RenderEnvelope(render=_row(call, row))


def _row(call: Call[Any, Any], row: RenderRow) -> AnyRender:
    return AnyRender(
        **row_values(call, row),
        uid=row.id,
        kind=row.kind,
        page_count=row.pages,
        frame_count=row.frames,
        batch_id=row.batch_id,
    )


ROUTES: list[Route] = [
    Route(
        method="GET",
        path="/render",
        handler=list_renders,
        summary="List the renders that were kept, of all kinds",
        tag="renders",
        query=WindowQuery,
        answer=RenderList,
    ),
    Route(
        method="GET",
        path="/render/{id}",
        handler=get_render,
        summary="Get one kept render",
        tag="renders",
        answer=RenderEnvelope,
        errors=(NotFoundError,),
    ),
]
