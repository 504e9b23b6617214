"""Acceptance as its caller sees it: rows at hand are checked and kept, a table waits its turn."""

import asyncio
from collections.abc import Callable, Iterator
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
from jobs.batch.input.accept import PORTION, add_rows, open_batch, too_many
from jobs.batch.input.check import BatchReport, estimated, proof_of, report_rows
from jobs.batch.input.chunks import CHUNK, source_blob
from jobs.batch.input.hold import hold, proof_rows
from jobs.batch.input.prepare import PreparedRow, prepare_row, refuse_strangers, refuse_wrong
from jobs.batch.input.spreadsheet import kept_table
from jobs.batch.input.tables import Kept, Table, TableRow, open_table
from jobs.batch.input.waiting import ACCEPT_LEASE
from jobs.batch.models import batches
from jobs.batch.settings import BatchSettings
from jobs.formats import format_named
from jobs.outputs import whole_quality
from jobs.webhooks.subscriptions import insert_for_batch
from jobs.webhooks.target import check_target
from renderer.asker import Asker
from renderer.jail import Jail
from templates_store.templates import Resolved, Templates

__all__ = ["Acceptance"]

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
        jail: Jail,
    ) -> None:
        self.settings = settings
        self._db = db
        self._artifacts = artifacts
        self._templates = templates
        self._client = client
        self._jail = jail

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
        prepared = await _prepared(source, resolved)
        if new.on_error == "stop":
            refuse_wrong(prepared)
        first, rest = prepared[:PORTION], range(PORTION, len(prepared), PORTION)
        at_once = not rest and not new.proof
        async with self._db.write() as conn:
            accepted = await _insert(conn, row, new)
            await add_rows(conn, accepted.batch, 0, first)
            opened = await open_batch(conn, row["id"], accepting=False) if at_once else None
        for at in rest:
            async with self._db.write() as conn:
                await add_rows(conn, accepted.batch, at, prepared[at : at + PORTION])
        if opened is None:
            proof = await proof_rows(self._db, row["workspace_id"], accepted.batch.id, row["proof"])
            async with self._db.write() as conn:
                await hold(conn, accepted.batch.id, proof)
                opened = await open_batch(conn, accepted.batch.id, accepting=False)
        return replace(accepted, batch=Batch.of_row(opened))

    async def _accept_table(
        self, row: dict[str, Any], new: NewBatch, source: CsvSource, resolved: Resolved
    ) -> AcceptedBatch:
        """The header is judged now; a worker makes items of the rows."""
        kept = await self._kept(row["workspace_id"], source, new.reach)
        variables = await asyncio.to_thread(_judged_start, kept, source, resolved)
        async with self._db.write() as conn:
            own = source_blob(row["id"], kept.data)
            digest = await put_blob(conn, row["workspace_id"], own)
            told = {
                "kind": kept.kind,
                "digest": digest,
                "mappings": dict(source.mappings),
                "variables": variables,
            }
            accepted = await _insert(conn, {**row, "source": told, "accept_until_us": None}, new)
            opened = await open_batch(conn, row["id"], accepting=True)
        return replace(accepted, batch=Batch.of_row(opened))

    async def check(self, workspace_id: str, new: NewBatch) -> BatchReport:
        """See `Batches.check`."""
        resolved = await self._templates.resolve(
            workspace_id, new.template_uid, version=new.version
        )
        options = self._options(new, resolved)
        again = await self._reader(workspace_id, new, resolved)
        table, rows = await asyncio.to_thread(again)
        most = self.settings.batch_max_rows if table else self.settings.batch_max_inline_rows
        report = await report_rows(rows, resolved, table, most)
        report.items = report.rows * len(options.layouts)
        if table is None:
            self._refuse_count(report.rows, len(options.layouts))
        elif report.items > most:
            raise TableInvalidError(too_many(most))
        if new.proof:
            report.proof = await asyncio.to_thread(proof_of, lambda: again()[1], new.proof, most)
        report.seconds, report.size = await estimated(
            self._db, workspace_id, resolved.uid, report.items, self.settings.batch_slots
        )
        return report

    async def _reader(
        self, workspace_id: str, new: NewBatch, resolved: Resolved
    ) -> Callable[[], tuple[Table | None, Iterator[PreparedRow]]]:
        """Gives the table, None for inline rows, and all rows from the first; as often as asked."""
        source = new.source
        if isinstance(source, InlineSource):
            return lambda: (None, (prepare_row(TableRow(one), resolved) for one in source.sets))
        kept = await self._kept(workspace_id, source, new.reach)

        def again() -> tuple[Table, Iterator[PreparedRow]]:
            table = open_table(kept, source.mappings, _names(resolved))
            comma = table.decimal_comma
            rows = (prepare_row(one, resolved, decimal_comma=comma) for one in table.rows())
            return table, rows

        return again

    async def _kept(self, workspace_id: str, source: CsvSource, reach: Reach) -> Kept:
        data = await self._table_bytes(workspace_id, source, reach)
        jail, most = self._jail.asked_by(Asker(workspace=workspace_id)), self.settings
        return await kept_table(jail, data, most.batch_max_rows, most.batch_max_csv_bytes)

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
            fail_on_warnings=new.fail_on_warnings,
            on_missing=new.on_missing,
        )


async def _prepared(source: InlineSource, resolved: Resolved) -> list[PreparedRow]:
    """Every row judged; many of them take a while, in which others have their turn."""
    found: list[PreparedRow] = []
    for one in source.sets:
        found.append(prepare_row(TableRow(one), resolved))
        if len(found) % CHUNK == 0:
            await asyncio.sleep(0)
    return found


def _judged_start(kept: Kept, source: CsvSource, resolved: Resolved) -> tuple[str, ...]:
    """The variables that the rows may have. Raises TableInvalidError for a header that cannot be
    used, and when no row follows it.

    For threads: before either there may be millions of blank lines.
    """
    table = open_table(kept, source.mappings, _names(resolved))
    refuse_strangers(table, resolved)
    if next(table.rows(), None) is None:
        raise TableInvalidError("The table has a header and no rows: add at least one")
    return table.variables


def _names(resolved: Resolved) -> list[str]:
    return [definition.name for definition in resolved.definitions]


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
        "priority": new.priority,
        "stop_after": new.stop_after_failures,
        "proof": {"count": new.proof} if new.proof else None,
        "on_error": new.on_error,
        "labels": dict(new.labels),
        "filename": new.filename,
        "created_us": now_us(),
    }
