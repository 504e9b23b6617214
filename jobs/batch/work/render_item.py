"""One item's render, and what becomes of its errors."""

import logging
import math
import random
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import asdict
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import now_us
from core.errors import (
    InternalError,
    OverloadedError,
    PlatenError,
    ServiceError,
    StorageUnavailableError,
    TempSpaceError,
)
from core.ids import new_id
from core.lack import lack_of
from jobs.batch.input.chunks import Rows
from jobs.batch.settings import BatchSettings
from jobs.batch.work.item import Again, ClaimedItem, Done, Failed, Outcome
from jobs.batch.work.pinned import Pinned
from jobs.formats import FORMATS, format_named
from jobs.outputs import output_for
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.events import failed
from jobs.render.life import RenderLife
from templates_store.templates import Templates

__all__ = ["Drafts", "ItemRenders"]

log = logging.getLogger(__name__)

BACK_OFF = 0.5
LONGEST_BACK_OFF = 30.0
_LACKS = (OverloadedError, StorageUnavailableError, TempSpaceError)
"""What passes when others make room; it says nothing of the item."""


class Drafts(Protocol):
    """The life of one render, as batches need it."""

    async def draft(self, life: RenderLife) -> None:
        """Make one render but for its rows, or raise a PlatenError. Cancelling stops it."""
        ...

    async def write_all(self, conn: AsyncConnection, lives: Sequence[RenderLife]) -> set[str]:
        """Write the rows of many; the ids of those that have to be rendered again."""
        ...


class ItemRenders:
    """Renders items. No error of one item ever leaves here; only cancellation does."""

    def __init__(
        self, renders: Drafts, templates: Templates, rows: Rows, settings: BatchSettings
    ) -> None:
        self._renders = renders
        self._settings = settings
        self._rows = rows
        self._pinned = Pinned(templates)

    async def run(
        self, item: ClaimedItem, turn: AbstractAsyncContextManager[None], stack: AsyncExitStack
    ) -> Outcome:
        """The item's outcome; `turn` is entered while it is drawn.

        What it made is held by `stack` until its rows are written.
        """
        life = None
        try:
            life = await self._life(item, turn, stack)
            await self._renders.draft(life)
        except PlatenError as error:
            return self._after(item, life, error)
        except Exception as error:  # whatever else it is, it is this item's alone
            log.exception("item %s of batch %s failed", item.index, item.batch_id)
            hidden = InternalError("The render failed inside the service", private=repr(error))
            return self._after(item, life, lack_of(error) or hidden)
        return _done(life, FORMATS[item.options.format].shown)

    async def _life(
        self, item: ClaimedItem, turn: AbstractAsyncContextManager[None], stack: AsyncExitStack
    ) -> RenderLife:
        return RenderLife(
            await self._command(item),
            new_id("rnd"),
            now_us(),
            deadline=math.inf,
            turn=turn,
            stack=stack,
            resolved=await self._pinned.of(item),
        )

    async def _command(self, item: ClaimedItem) -> RenderCommand:
        asked = item.options
        timeout = asked.timeout or self._settings.batch_item_timeout
        return RenderCommand(
            workspace_id=item.workspace_id,
            origin=TemplateRef(item.template_uid, item.version, item.layout),
            output=output_for(format_named(asked.format), quality=asked.quality),
            variables=await self._variables(item),
            width=asked.width,
            height=asked.height,
            now_us=asked.now_us or item.accepted_us,
            locale=asked.locale,
            timezone=asked.timezone,
            lane="bulk",
            timeout=timeout,
            expires_in=asked.expires_in,
            reach=asked.reach,
            fail_on_warnings=frozenset(asked.fail_on_warnings),
            on_missing=asked.on_missing,
            batch_id=item.batch_id,
            item_index=item.index,
            wants_bytes=False,
        )

    async def _variables(self, item: ClaimedItem) -> Mapping[str, Any]:
        if item.variables is not None:
            return item.variables
        return await self._rows.get(item.workspace_id, item.batch_id, item.row_number)

    def _after(self, item: ClaimedItem, life: RenderLife | None, error: PlatenError) -> Outcome:
        """What the row or page caused is final; what we caused is tried again for a while.

        So is a deadline, since other work may have used it up; if the page did, it is remembered
        as too slow and answers at once.
        """
        if isinstance(error, _LACKS):
            return Again(_delay(item.attempt, error.retry_after), counted=False)
        if isinstance(error, ServiceError) and item.attempt < self._settings.batch_attempts:
            return Again(_delay(item.attempt, error.retry_after))
        told = life and failed(life.command, life.id, life.accepted_us, error)
        return Failed(error.code, error.message, told)


def _delay(attempt: int, retry_after: int | None) -> float:
    doubled = BACK_OFF * 2 ** min(attempt, 10) * random.uniform(0.5, 1.5)
    return min(max(doubled, retry_after or 0), LONGEST_BACK_OFF)


def _done(life: RenderLife, shown_format: str) -> Done:
    rendered = life.rendered()
    result, artifact = rendered.result, life.kept_artifact
    values = {
        "render_id": rendered.id,
        "artifact_id": artifact.id,
        "url": rendered.url,
        "format": shown_format,
        "width": result.width,
        "height": result.height,
        "pages": result.pages,
        "size": artifact.size,
        "warnings": [{**asdict(warn), "detail": dict(warn.detail)} for warn in rendered.warnings],
    }
    return Done(values, life)
