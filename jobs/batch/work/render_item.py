"""One item's render, and what becomes of its errors."""

import logging
import random
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from core.artifacts import Artifact, Artifacts
from core.database import Database
from core.errors import (
    InternalError,
    OverloadedError,
    PlatenError,
    ServiceError,
    StorageUnavailableError,
    TempSpaceError,
)
from core.lack import lack_of
from jobs.batch.input.chunks import Rows
from jobs.batch.settings import BatchSettings
from jobs.batch.work.item import Again, ClaimedItem, Done, Failed, Outcome
from jobs.batch.work.keep import adopt, drop
from jobs.formats import FORMATS, format_named
from jobs.outputs import output_for
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.rendered import Rendered

__all__ = ["ItemRenders", "Runs"]

log = logging.getLogger(__name__)

BACK_OFF = 0.5
LONGEST_BACK_OFF = 30.0
_LACKS = (OverloadedError, StorageUnavailableError, TempSpaceError)
"""What passes when others make room; it says nothing of the item."""


class Runs(Protocol):
    """The life of one render, as batches need it."""

    async def run(self, command: RenderCommand) -> Rendered:
        """Make one render, or raise a PlatenError. Cancelling stops it where it is."""
        ...


class ItemRenders:
    """Renders items. No error of one item ever leaves here; only cancellation does."""

    def __init__(
        self, db: Database, renders: Runs, artifacts: Artifacts, settings: BatchSettings
    ) -> None:
        self._db = db
        self._renders = renders
        self._artifacts = artifacts
        self._settings = settings
        self._rows = Rows(db)

    async def run(self, item: ClaimedItem) -> tuple[Outcome, Artifact | None]:
        """The item's outcome, and the artifact that was made now (none when adopted)."""
        try:
            if item.attempt > 1:
                shown = FORMATS[item.options.format].shown
                left = await adopt(self._db, self._artifacts, item, shown)
                if left is not None:
                    return left, None
            rendered = await self._renders.run(await self._command(item))
            return _done(rendered, FORMATS[item.options.format].shown), rendered.artifact
        except PlatenError as error:
            return self._after(item, error), None
        except Exception as error:  # whatever else it is, it is this item's alone
            log.exception("item %s of batch %s failed", item.index, item.batch_id)
            hidden = InternalError("The render failed inside the service", private=repr(error))
            return self._after(item, lack_of(error) or hidden), None

    async def drop(self, item: ClaimedItem, artifact: Artifact) -> None:
        """Remove what was made for nothing; what cannot be removed expires by itself."""
        try:
            await drop(self._db, self._artifacts, item, artifact)
        except PlatenError as error:
            log.warning("artifact %s of no use could not be removed: %s", artifact.id, error)

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
            last_try=item.attempt >= self._settings.batch_attempts,
        )

    async def _variables(self, item: ClaimedItem) -> Mapping[str, Any]:
        if item.variables is not None:
            return item.variables
        return await self._rows.get(item.workspace_id, item.batch_id, item.row_number)

    def _after(self, item: ClaimedItem, error: PlatenError) -> Outcome:
        """What the row or page caused is final; what we caused is tried again for a while.

        So is a deadline, since other work may have used it up; if the page did, it is remembered
        as too slow and answers at once.
        """
        if isinstance(error, _LACKS):
            return Again(_delay(item.attempt, error.retry_after), counted=False)
        if isinstance(error, ServiceError) and item.attempt < self._settings.batch_attempts:
            return Again(_delay(item.attempt, error.retry_after))
        return Failed(error.code, error.message)


def _delay(attempt: int, retry_after: int | None) -> float:
    doubled = BACK_OFF * 2 ** min(attempt, 10) * random.uniform(0.5, 1.5)
    return min(max(doubled, retry_after or 0), LONGEST_BACK_OFF)


def _done(rendered: Rendered, shown_format: str) -> Done:
    result, artifact = rendered.result, rendered.artifact
    return Done(
        {
            "render_id": rendered.id,
            "artifact_id": artifact and artifact.id,
            "url": rendered.url,
            "format": shown_format,
            "width": result.width,
            "height": result.height,
            "pages": result.pages,
            "size": rendered.size,
            "warnings": [
                {**asdict(warn), "detail": dict(warn.detail)} for warn in rendered.warnings
            ],
        }
    )
