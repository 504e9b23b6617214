"""The lists of renders by `limit` and `offset`."""

from typing import Any

from pydantic import Field

from api.call import Call
from api.models import Body, OffsetPagination, Whole
from jobs.render.command import Kind
from jobs.render.rows import RenderRow

__all__ = ["WindowQuery", "window"]


class WindowQuery(Body):
    """Which part of a list."""

    limit: Whole = Field(default=30, ge=1, le=100)
    offset: Whole = Field(default=0, ge=0, le=10_000_000)
    page: Whole | None = Field(
        default=None, ge=1, le=100_000, description="The page of `limit` rows, instead of `offset`."
    )

    @property
    def start(self) -> int:
        """The first row's place, from 0."""
        return self.offset if self.page is None else (self.page - 1) * self.limit


async def window(
    call: Call[Any, WindowQuery], kind: Kind | None
) -> tuple[list[RenderRow], OffsetPagination]:
    """The rows that were asked for, and where they stand in the list."""
    limit, offset = call.query.limit, call.query.start
    rows, total = await call.parts.renders.list(call.workspace_id, kind, limit, offset)
    return rows, OffsetPagination.of(limit, offset, total)
