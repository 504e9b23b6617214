"""Acceptance as its caller sees it: rows at hand are checked and kept, a table waits its turn."""

from dataclasses import replace
from typing import Any

from sqlalchemy import insert

from core.artifacts import Artifacts
from core.blobs import put_blob
from core.clock import now_us
from core.database import Database, database_now
from core.errors import ValidationError
from core.ids import new_id
from core.reach import Reach
from egress.client import EgressClient
from egress.errors import FetchFailedError
from jobs.batch.batch import AcceptedBatch, Batch
from jobs.batch.command import CsvSource, InlineSource, ItemOptions, NewBatch
from jobs.batch.errors import TableInvalidError
from jobs.batch.input.accept import ACCEPT_LEASE, add_rows, open_batch
from jobs.batch.input.chunks import CHUNK
from jobs.batch.input.prepare import prepare_row, refuse_strangers, refuse_wrong
from jobs.batch.input.table import Table, TableRow
from jobs.batch.models import batches
from jobs.batch.settings import BatchSettings
from jobs.formats import format_named
from jobs.outputs import whole_quality
from jobs.webhooks.subscriptions import insert_for_batch
from jobs.webhooks.target import check_target
from templates_store.templates import Resolved, Templates

__all__ = ["Acceptance"]

PORTION = 5 * CHUNK
"""Inline rows of one unit of work."""
FETCH_TIMEOUT = 20.0
_OWN_FORMATS = {"image": "png", "gif": "gif", "pdf": "pdf"}


class Acceptance:
    """Takes batches in."""

    def __init__(
        self,
        db: Database,
        artifacts: Artifacts,
        templates: Templates,
        client: EgressClient,
        settings: BatchSettings,
    ) -> None:
        self.settings = settings
        self._db = db
        self._artifacts = artifacts
        self._templates = templates
        self._client = client

    async def create(self, workspace_id: str, new: NewBatch) -> AcceptedBatch:
        """See `Batches.create`."""
        resolved = await self._templates.resolve(
            workspace_id, new.template_uid, version=new.version
        )
        options = self._options(new, resolved)
        if new.webhook_url is not None:
            await check_target(self._client, new.webhook_url, "webhookUrl", new.reach)
        row = _row(workspace_id, new, resolved, options)
        if isinstance(new.source, InlineSource):
            return await self._accept_inline(row, new, new.source, resolved)
        return await self._accept_table(row, new, new.source, resolved)

    async def _accept_inline(
        self, row: dict[str, Any], new: NewBatch, source: InlineSource, resolved: Resolved
    ) -> AcceptedBatch:
        """All rows, then the opening; a small batch takes one unit of work."""
        self._refuse_count(len(source.sets), len(new.layouts) or 1)
        prepared = [prepare_row(TableRow(one), resolved) for one in source.sets]
        if new.on_error == "stop":
            refuse_wrong(prepared)
        first, rest = prepared[:PORTION], range(PORTION, len(prepared), PORTION)
        async with self._db.write() as conn:
            accepted = await _insert(conn, row, new)
            await add_rows(conn, accepted.batch, 0, first)
            opened = None if rest else await open_batch(conn, row["id"], accepting=False)
        for at in rest:
            async with self._db.write() as conn:
                await add_rows(conn, accepted.batch, at, prepared[at : at + PORTION])
        if opened is None:
            async with self._db.write() as conn:
                opened = await open_batch(conn, row["id"], accepting=False)
        return replace(accepted, batch=Batch.of_row(opened))

    async def _accept_table(
        self, row: dict[str, Any], new: NewBatch, source: CsvSource, resolved: Resolved
    ) -> AcceptedBatch:
        """The header is judged now; a worker makes items of the rows."""
        data = await self._table_bytes(row["workspace_id"], source, new.reach)
        table = Table(data, source.mappings)
        refuse_strangers(table, resolved)
        if next(table.rows(), None) is None:
            raise TableInvalidError("The table has a header and no rows: add at least one")
        async with self._db.write() as conn:
            digest = await put_blob(conn, row["workspace_id"], data)
            kept = {"kind": "csv", "digest": digest, "mappings": dict(source.mappings)}
            accepted = await _insert(conn, {**row, "source": kept, "accept_until_us": None}, new)
            opened = await open_batch(conn, row["id"], accepting=True)
        return replace(accepted, batch=Batch.of_row(opened))

    async def _table_bytes(self, workspace_id: str, source: CsvSource, reach: Reach) -> bytes:
        most = self.settings.batch_max_csv_bytes
        if source.data is not None:
            if len(source.data) > most:
                raise TableInvalidError(f"The table has more than {most} bytes: split it")
            return source.data
        assert source.url is not None
        answer = await self._client.fetch(
            source.url, timeout=FETCH_TIMEOUT, max_bytes=most, account=workspace_id, reach=reach
        )
        if answer.status != 200:
            raise FetchFailedError(
                f"csvUrl answered with status {answer.status} instead of 200: check that the table "
                "can be read at that URL without signing in"
            )
        return answer.body

    def _refuse_count(self, rows: int, layouts: int) -> None:
        most = self.settings.batch_max_inline_rows
        if not 1 <= rows <= most:
            raise ValidationError.of(
                "variableSets",
                f"variableSets must have 1 to {most} rows and has {rows}: send more as csvUrl",
                "out_of_range",
            )
        if rows * layouts > self.settings.batch_max_rows:
            raise ValidationError.of(
                "layouts",
                f"{rows} rows in {layouts} layouts make {rows * layouts} items, and "
                f"{self.settings.batch_max_rows} is the most of one batch",
                "out_of_range",
            )

    def _options(self, new: NewBatch, resolved: Resolved) -> ItemOptions:
        """Every option of the items, settled once. Raises ValidationError."""
        wanted = format_named(new.format or _OWN_FORMATS[resolved.output_format])
        if new.quality is not None:
            whole_quality(new.quality)
        return ItemOptions(
            format=wanted.name,
            quality=new.quality,
            # A layout of several is a size; one alone may be given another.
            width=None if new.layouts else new.width,
            height=None if new.layouts else new.height,
            layouts=new.layouts or (new.layout,),
            unknown_layouts=tuple(name for name in new.layouts if name not in resolved.layouts),
            locale=new.locale,
            timezone=new.timezone,
            now_us=new.now_us,
            timeout=new.timeout,
            expires_in=self._artifacts.lifetime(new.expires_in),
            reach=new.reach,
        )


async def _insert(conn: Any, row: dict[str, Any], new: NewBatch) -> AcceptedBatch:
    made = await conn.execute(insert(batches).values(row).returning(*batches.c))
    batch = Batch.of_row(made.mappings().one())
    if new.webhook_url is None:
        return AcceptedBatch(batch)
    uid, secret = await insert_for_batch(conn, batch.workspace_id, batch.id, new.webhook_url)
    return AcceptedBatch(batch, uid, secret)


def _row(
    workspace_id: str, new: NewBatch, resolved: Resolved, options: ItemOptions
) -> dict[str, Any]:
    return {
        "id": new_id("bat"),
        "workspace_id": workspace_id,
        "template_uid": resolved.uid,
        "version": resolved.version,
        "state": "pending",
        "accepting": True,
        "accept_until_us": database_now() + ACCEPT_LEASE,
        "options": options.to_json(),
        "source": {"kind": "inline"},
        "concurrency": new.concurrency,
        "on_error": new.on_error,
        "labels": dict(new.labels),
        "filename": new.filename,
        "created_us": now_us(),
    }
