"""Everything that a batch has made, in one ZIP that is written while it is sent."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from typing import IO, Any

from core.artifacts import Artifact, Artifacts
from core.clock import to_iso
from core.errors import NotFoundError
from core.wide_json import to_json
from jobs.batch.batch import Batch
from jobs.batch.results.names import Names
from jobs.batch.results.report import HEADER, line_of, spreadsheet_line
from jobs.batch.results.walk import WalkedItem
from jobs.batch.results.zip_stream import ZipStream

__all__ = ["archive"]

_SPOOL = 1 << 20


class _Manifest:
    """What the archive holds and what it does not, in both forms, gathered in files."""

    def __init__(self, stack: ExitStack, batch: Batch) -> None:
        self.json = _spool(stack)
        self.csv = _spool(stack)
        self._first = True
        self.json.write(to_json(_facts(batch))[:-1] + b',"items":[')
        self.csv.write(spreadsheet_line(HEADER).encode("utf-8-sig"))

    def add(self, line: dict[str, Any]) -> None:
        said = {name: value for name, value in line.items() if value not in (None, "")}
        self.json.write((b"\n" if self._first else b",\n") + to_json(said))
        self._first = False
        self.csv.write(spreadsheet_line([line[name] for name in HEADER]).encode())

    def end(self) -> None:
        self.json.write(b"\n]}\n")


def _spool(stack: ExitStack) -> IO[bytes]:
    """A file that stays in memory while it is small, closed with the stack."""
    return stack.enter_context(closing(tempfile.SpooledTemporaryFile(_SPOOL)))


async def archive(
    items: AsyncIterator[WalkedItem], batch: Batch, artifacts: Artifacts, names: Names
) -> AsyncIterator[bytes]:
    """The archive's bytes; the manifest comes last.

    A file that was deleted or has expired meanwhile is missing, and the manifest says so. Raises
    StorageUnavailableError in the middle: whoever reads sees a body cut short.
    """
    with ExitStack() as stack:
        zipped = ZipStream(batch.created_us)
        stack.callback(zipped.close)
        manifest = _Manifest(stack, batch)
        async for item in items:
            line = line_of(item, names)
            data = await _bytes(artifacts, item.artifact) if line["file"] else None
            if data is not None:
                for piece in zipped.entry(line["file"], data):
                    yield piece
            elif item.state == "completed":
                line |= {"file": None, "url": None, "code": "file_gone",
                         "error": "The file was deleted or has expired"}  # fmt: skip
            manifest.add(line)
        manifest.end()
        for name, file in (("manifest.json", manifest.json), ("manifest.csv", manifest.csv)):
            for piece in zipped.file(name, file):
                yield piece
        for piece in zipped.end():
            yield piece
            await asyncio.sleep(0)


async def _bytes(artifacts: Artifacts, artifact: Artifact | None) -> bytes | None:
    if artifact is None:
        return None
    try:
        return await artifacts.read(artifact)
    except NotFoundError:
        return None


def _facts(batch: Batch) -> dict[str, Any]:
    return {
        "batchId": batch.id,
        "status": batch.state,
        "templateUid": batch.template_uid,
        "version": batch.version,
        "totalItems": batch.total,
        "completedItems": batch.completed,
        "failedItems": batch.failed,
        "cancelledItems": batch.cancelled,
        "metadata": dict(batch.labels),
        "createdAt": to_iso(batch.created_us),
        "completedAt": batch.finished_us and to_iso(batch.finished_us),
    }
