"""Workspaces as people name them on the command line."""

from typing import TYPE_CHECKING

from core.errors import NotFoundError

if TYPE_CHECKING:
    from core.workspaces import Workspaces

__all__ = ["find_workspace"]


async def find_workspace(workspaces: "Workspaces", wanted: str) -> str:
    """The id of a workspace named by id or by its (single) name. Raises NotFoundError."""
    known = await workspaces.list()
    found = [one.id for one in known if one.id == wanted] or [
        one.id for one in known if one.name == wanted
    ]
    if len(found) == 1:
        return found[0]
    raise NotFoundError(
        f"{'Several workspaces are' if found else 'No workspace is'} called '{wanted}': "
        "use an id that `platen workspace list` shows"
    )
