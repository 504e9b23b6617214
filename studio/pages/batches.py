"""The first page: every batch of the workspace, to come back to."""

from starlette.responses import Response

from studio.door import Visit

__all__ = ["overview"]

_ON_A_PAGE = 20


async def overview(visit: Visit) -> Response:
    """Batches, newest first."""
    page = visit.request.query_params.get("page", "1")
    found = await visit.api.get("/templates/batch", page=page, limit=_ON_A_PAGE)
    return visit.page("batches.html", batches=found["batches"], pages=found["pagination"])
