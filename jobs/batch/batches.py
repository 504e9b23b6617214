"""Batches as the entrances see them: create, look, steer, and take the results away."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from core.artifacts import Artifacts
from core.database import Database
from core.listing import Window
from egress.client import EgressClient
from jobs.batch.batch import AcceptedBatch, Batch
from jobs.batch.command import NewBatch
from jobs.batch.input.acceptance import Acceptance
from jobs.batch.input.check import BatchReport
from jobs.batch.input.chunks import Rows
from jobs.batch.results.files import BatchFiles
from jobs.batch.results.page import ItemResult, Results, ResultsPage, read_batch
from jobs.batch.results.watch import Moment, watch
from jobs.batch.settings import BatchSettings
from jobs.batch.states import BatchState, ItemState
from jobs.batch.steer.again import mend_item, retry_failed
from jobs.batch.steer.cancel import cancel_batch, cancel_item
from jobs.batch.steer.pause import approve_batch, pause_batch, resume_batch
from jobs.queue.port import Queue
from renderer.jail import Jail
from templates_store.check import check_variables
from templates_store.templates import Templates

__all__ = ["Batches"]


class Batches:
    """The batches of every workspace; a workspace sees its own alone."""

    def __init__(
        self,
        db: Database,
        artifacts: Artifacts,
        templates: Templates,
        queue: Queue,
        client: EgressClient,
        settings: BatchSettings,
        jail: Jail,
    ) -> None:
        self.settings = settings
        self.templates = templates
        self.rows = Rows(db)
        self._db = db
        self._artifacts = artifacts
        self._queue = queue
        self._acceptance = Acceptance(db, artifacts, templates, client, settings, jail)
        self._results = Results(db, self.rows)
        self.files = BatchFiles(db, artifacts, templates, self.rows, jail)

    async def create(self, workspace_id: str, new: NewBatch) -> AcceptedBatch:
        """Accept a batch: from here on it will end, whatever happens to this process.

        Raises NotFoundError, ValidationError, TableInvalidError, RowsRefusedError,
        BlockedAddressError, FetchFailedError; then nothing is stored.
        """
        accepted = await self._acceptance.create(workspace_id, new)
        await self._queue.ring(f"batch:{accepted.batch.id}")
        return accepted

    async def check(self, workspace_id: str, new: NewBatch) -> BatchReport:
        """What would become of the batch; nothing is kept or rendered. Raises as `create` does."""
        return await self._acceptance.check(workspace_id, new)

    async def get(self, workspace_id: str, batch_id: str) -> Batch:
        """One batch with its counts. Raises NotFoundError."""
        return await read_batch(self._db, workspace_id, batch_id)

    async def list(
        self,
        workspace_id: str,
        *,
        states: Sequence[BatchState] = (),
        window: Window | None = None,
    ) -> tuple[list[Batch], int]:
        """A window of batches, and the count of all."""
        return await self._results.list(workspace_id, states=states, window=window)

    async def results(
        self,
        workspace_id: str,
        batch_id: str,
        *,
        states: Sequence[ItemState] = ("completed", "failed"),
        warning: str | None = None,
        window: Window | None = None,
    ) -> ResultsPage:
        """A window of items with their batch. Raises NotFoundError."""
        return await self._results.page(
            workspace_id, batch_id, states=states, warning=warning, window=window
        )

    async def item(self, workspace_id: str, batch_id: str, index: int) -> ItemResult:
        """One item with the values of its row. Raises NotFoundError."""
        return await self._results.item(workspace_id, batch_id, index)

    def watch(
        self, workspace_id: str, batch_id: str, seen: str | None = None
    ) -> AsyncIterator[Moment]:
        """Every change of the counts from now on, until the batch's end. Raises NotFoundError."""
        return watch(self._db, workspace_id, batch_id, seen)

    async def cancel(self, workspace_id: str, batch_id: str) -> Batch:
        """End the batch now: one row changes, whatever its size; running items stop in seconds.

        Cancelling twice is the same as once. Raises NotFoundError, BatchEndedError.
        """
        row = await self._db.unit(lambda conn: cancel_batch(conn, workspace_id, batch_id))
        await self._queue.ring(f"cancel:{batch_id}")
        return Batch.of_row(row)

    async def cancel_item(self, workspace_id: str, batch_id: str, index: int) -> Batch:
        """End one item. Raises NotFoundError, ItemEndedError, BatchEndedError."""
        row = await self._db.unit(lambda conn: cancel_item(conn, workspace_id, batch_id, index))
        await self._queue.ring(f"item:{batch_id}/{index}")
        return Batch.of_row(row)

    async def pause(self, workspace_id: str, batch_id: str) -> Batch:
        """Start no more of its items until `resume`. Raises NotFoundError, BatchEndedError."""
        row = await self._db.unit(lambda conn: pause_batch(conn, workspace_id, batch_id))
        return Batch.of_row(row)

    async def resume(self, workspace_id: str, batch_id: str) -> Batch:
        """Go on after `pause`. Raises NotFoundError, BatchEndedError."""
        row = await self._db.unit(lambda conn: resume_batch(conn, workspace_id, batch_id))
        return await self._rung(Batch.of_row(row))

    async def approve(self, workspace_id: str, batch_id: str) -> Batch:
        """Say yes to the proof. Raises NotFoundError, BatchEndedError."""
        row = await self._db.unit(lambda conn: approve_batch(conn, workspace_id, batch_id))
        return await self._rung(Batch.of_row(row))

    async def retry(self, workspace_id: str, batch_id: str) -> tuple[Batch, int]:
        """Render the failed items again, in another run of the batch; how many there are.

        Raises NotFoundError, NothingFailedError, BatchEndingError.
        """
        row, count = await self._db.unit(lambda conn: retry_failed(conn, workspace_id, batch_id))
        return await self._rung(Batch.of_row(row)), count

    async def mend(
        self, workspace_id: str, batch_id: str, index: int, variables: Mapping[str, Any]
    ) -> Batch:
        """Render one item with other variables, into the same batch and archive.

        Raises NotFoundError, what wrong variables raise, ItemRunningError, BatchEndingError.
        """
        batch = await self.get(workspace_id, batch_id)
        resolved = await self.templates.resolve(
            workspace_id, batch.template_uid, version=batch.version, even_deleted=True
        )
        check_variables(resolved.definitions, variables, strict=resolved.strict)
        row, gone = await self._db.unit(
            lambda conn: mend_item(conn, workspace_id, batch_id, index, variables)
        )
        for artifact in gone:
            await self._artifacts.discard(artifact)
        return await self._rung(Batch.of_row(row))

    async def _rung(self, batch: Batch) -> Batch:
        await self._queue.ring(f"batch:{batch.id}")
        return batch
