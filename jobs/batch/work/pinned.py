"""The versions that batches are pinned to: they never change, so they are read once."""

import asyncio
from collections import OrderedDict

from jobs.batch.work.item import ClaimedItem
from templates_store.templates import Resolved, Templates

__all__ = ["Pinned"]

REMEMBERED = 64

_Key = tuple[str, str, int, str | None]


class Pinned:
    """Layouts of versions as renders need them; those used last are remembered."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._known: OrderedDict[_Key, asyncio.Task[Resolved]] = OrderedDict()

    async def of(self, item: ClaimedItem) -> Resolved:
        """What the item renders, also when its template was deleted. Raises NotFoundError."""
        key = (item.workspace_id, item.template_uid, item.version, item.layout)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = asyncio.create_task(self._read(key))
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        try:
            return await asyncio.shield(known)
        except BaseException:
            if known.done() and self._known.get(key) is known and not _holds(known):
                del self._known[key]
            raise

    async def _read(self, key: _Key) -> Resolved:
        workspace_id, uid, version, layout = key
        return await self._templates.resolve(
            workspace_id, uid, version=version, layout=layout, even_deleted=True
        )


def _holds(task: asyncio.Task[Resolved]) -> bool:
    return not task.cancelled() and task.exception() is None
