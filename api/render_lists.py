"""The lists of renders by `limit` and `offset`."""

from typing import Any

from api.call import Call
from api.lists import OffsetListing
from api.models import OffsetPagination
from jobs.render.command import Kind
from jobs.render.rows import RenderRow

__all__ = ["WindowQuery", "window"]


class WindowQuery(OffsetListing):
    """Which part of a list."""


async def window(
    call: Call[Any, WindowQuery], kind: Kind | None
) -> tuple[list[RenderRow], OffsetPagination]:
    """The rows that were asked for, and where they stand in the list."""
    asked = call.query
    return asked.turned(*await call.parts.renders.list(call.workspace_id, kind, asked.window()))
