"""The files that hold a whole batch: archive, report, one document, a sheet of thumbnails."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from sqlalchemy import select

from core.artifacts import Artifacts
from core.database import Database
from jobs.batch.batch import Batch
from jobs.batch.errors import NothingMadeError
from jobs.batch.input.chunks import Rows
from jobs.batch.models import batches
from jobs.batch.results.archive import archive
from jobs.batch.results.names import Names
from jobs.batch.results.report import report
from jobs.batch.results.sheet import SHEET_CELLS, contact_sheet
from jobs.batch.results.walk import WalkedItem, walk
from jobs.formats import FORMATS
from renderer.asker import Asker
from renderer.document.assemble import MAX_PAGES, merge_documents
from renderer.errors import PageLimitError
from renderer.jail import Jail
from templates_store.templates import Templates

__all__ = ["BatchFiles"]

MERGE_BYTES = 200_000_000
"""Of all documents together: the jail gets them at once."""
MERGE_TIMEOUT = 60.0
SHEET_BYTES = 64_000_000
AT_ONCE = 2
"""Documents and sheets that are put together at a time: all that goes in is in memory."""


class BatchFiles:
    """Makes them when they are asked for; a batch that still runs gives what it has."""

    def __init__(
        self, db: Database, artifacts: Artifacts, templates: Templates, rows: Rows, jail: Jail
    ) -> None:
        self._db = db
        self._artifacts = artifacts
        self._templates = templates
        self._rows = rows
        self._jail = jail
        self._whole = asyncio.Semaphore(AT_ONCE)

    def archive(self, batch: Batch) -> AsyncIterator[bytes]:
        """`archive.zip`; raises StorageUnavailableError in the middle."""
        return archive(self._walk(batch), batch, self._artifacts, _names(batch))

    async def report(self, batch: Batch) -> AsyncIterator[bytes]:
        """`report.csv`, with the columns of the version's variables, of the table, and what else
        the first rows have.
        """
        columns = dict.fromkeys(await self._known(batch))
        async for item in self._walk(batch):
            columns |= dict.fromkeys(item.variables)
            if item.row["item_index"] >= 100:
                break
        async for piece in report(self._walk(batch), _names(batch), tuple(columns)):
            yield piece

    async def _known(self, batch: Batch) -> list[str]:
        """The variables that rows may have, whether the first ones have them or not."""
        resolved = await self._templates.resolve(
            batch.workspace_id, batch.template_uid, version=batch.version, even_deleted=True
        )
        async with self._db.read() as conn:
            query = select(batches.c.source).where(batches.c.id == batch.id)
            source: Mapping[str, Any] = (await conn.execute(query)).scalar_one()
        # Inline rows have no such list, nor had tables in earlier versions.
        of_table = source.get("variables", source.get("mappings", ()))
        return [*(definition.name for definition in resolved.definitions), *of_table]

    async def merged(self, batch: Batch) -> bytes:
        """All documents as one PDF, in the order of their items.

        Raises NothingMadeError, PageLimitError and what merging raises.
        """
        async with self._whole:
            return await self._merged(batch)

    async def _merged(self, batch: Batch) -> bytes:
        documents: list[bytes] = []
        pages = size = 0
        async for item in walk(self._db, self._rows, batch, ("completed",)):
            if item.artifact is None or item.artifact.extension != "pdf":
                continue
            pages += item.row["pages"] or 1
            size += item.artifact.size
            if pages > MAX_PAGES or size > MERGE_BYTES:
                raise PageLimitError(
                    f"The documents have more than {MAX_PAGES} pages or {MERGE_BYTES} bytes "
                    "together: take archive.zip, or make the batch smaller"
                )
            documents.append(await self._artifacts.read(item.artifact))
        if not documents:
            raise NothingMadeError("The batch has no finished PDF that could be merged")
        drawn = await merge_documents(
            self._jail_for(batch), documents, now_us=batch.created_us, timeout=MERGE_TIMEOUT
        )
        return drawn.data

    async def contact_sheet(self, batch: Batch, page: int) -> bytes:
        """Thumbnails of a page of the pictures, as PNG. Raises NothingMadeError."""
        if FORMATS[batch.options["format"]].kind == "pdf":
            raise NothingMadeError("The batch makes documents, which a contact sheet cannot show")
        async with self._whole:
            return await self._sheet(batch, (page - 1) * SHEET_CELLS)

    async def _sheet(self, batch: Batch, first: int) -> bytes:
        found: list[tuple[str, bytes]] = []
        seen = size = 0
        async for item in walk(self._db, self._rows, batch, ("completed",)):
            if item.artifact is None:
                continue
            seen += 1
            if seen > first:
                label = f"{item.row['item_index']}"
                size += item.artifact.size
                fits = size <= SHEET_BYTES  # a cell without a picture is better than no sheet
                found.append((label, await self._artifacts.read(item.artifact) if fits else b""))
            if len(found) == SHEET_CELLS:
                break
        if not found:
            raise NothingMadeError("The batch has no finished picture on this page of the sheet")
        return await contact_sheet(self._jail_for(batch), found)

    def _jail_for(self, batch: Batch) -> Jail:
        return self._jail.asked_by(Asker(workspace=batch.workspace_id))

    def _walk(self, batch: Batch) -> AsyncIterator[WalkedItem]:
        return walk(self._db, self._rows, batch)


def _names(batch: Batch) -> Names:
    return Names(batch.filename, layouts=len(batch.options["layouts"]))
