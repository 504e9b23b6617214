"""One batch from its template and table to its files; the same for a server and without one."""

import asyncio
import contextlib
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platen.batch.client import BatchClient, RefusedError
from platen.batch.columns import completed
from platen.batch.saving import save_files
from platen.batch.show import Show
from platen.batch.state import BatchState

__all__ = ["Job", "Outcome", "dry_run", "nothing_to_do", "run_job"]

_ENDED = {"completed", "partial", "failed", "cancelled"}
_LOOK = 0.3
"""Seconds between two looks at a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked for. `template`: a uid, or the text of an HTML file with its name."""

    template: str
    html: str | None
    sides: Mapping[str, int]
    table: bytes
    options: Mapping[str, Any]
    server: str

    @property
    def digest(self) -> str:
        """The same for the same job."""
        parts = [self.template, self.html, dict(self.sides), dict(self.options), self.server]
        text = json.dumps(parts, sort_keys=True).encode()
        return hashlib.sha256(hashlib.sha256(self.table).digest() + text).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `fetched`: files that were not there before. `error`: why as a whole."""

    status: str
    total: int
    failed: int
    fetched: int
    error: str = ""


async def run_job(
    client: BatchClient, job: Job, folder: Path, show: Show, *, restart: bool = False
) -> Outcome:
    """Render what is missing or has failed, and save what is not in the folder.

    When the task is cancelled the batch is paused, and the same job goes on with it. Raises
    RefusedError, OSError.
    """
    state = None if restart else earlier_state(job, folder)
    state = await _resumed(client, state, show) or await _begun(client, job, folder, state)
    try:
        ended = await _watched(client, state.batch_id, show)
        fetched = await save_files(client, state, folder, show.saving)
    except asyncio.CancelledError:
        await _let_rest(client, state)
        raise
    failed = ended["failedItems"] + ended["cancelledItems"]
    state.complete = ended["status"] == "completed"
    state.write(folder)
    return Outcome(ended["status"], ended["totalItems"], failed, fetched, ended.get("error", ""))


async def dry_run(client: BatchClient, job: Job) -> dict[str, Any]:
    """The report of what would become of the job."""
    uid = await _template(client, job)
    mappings = await _mappings(client, uid, job)
    options = {**job.options, **_mapped(mappings), "dryRun": True}
    return await client.submit(uid, job.table, options)


def earlier_state(job: Job, folder: Path) -> BatchState | None:
    """What an earlier run of the job left in the folder. Raises RefusedError for another job's."""
    state = BatchState.read(folder)
    if state is not None and state.job != job.digest:
        raise RefusedError(
            f"{folder} holds the files of another batch (its template, table, options or server "
            "were others): choose another --out, or begin anew in it with --restart"
        )
    return state


def nothing_to_do(job: Job, folder: Path) -> Outcome | None:
    """The outcome when an earlier run has left all there is. Raises RefusedError."""
    state = earlier_state(job, folder)
    if state is None or not state.complete or state.missing(folder):
        return None
    return Outcome("completed", len(state.files), 0, 0)


async def _resumed(client: BatchClient, state: BatchState | None, show: Show) -> BatchState | None:
    """The batch of an earlier run, gone on with; None when there is none any more.

    Nor is one gone on with that failed as a whole: its other items would still be missing.
    """
    batch = await client.status(state.batch_id) if state and state.batch_id else None
    if state is None or batch is None or "code" in batch:
        return None
    if batch["status"] == "cancelled":
        raise RefusedError(f"The batch {state.batch_id} was cancelled: begin anew with --restart")
    if batch["paused"]:
        await client.steer(state.batch_id, "resume")
    if batch["status"] in _ENDED and batch["failedItems"]:
        await client.steer(state.batch_id, "retry")
    show.say(f"Going on with {state.batch_id}: {batch['completedItems']} of {batch['totalItems']}")
    return state


async def _begun(
    client: BatchClient, job: Job, folder: Path, before: BatchState | None
) -> BatchState:
    """A new batch, whose state is kept before it is waited for."""
    state = before if before is not None and not before.batch_id else None
    if state is None:
        uid = await _template(client, job)
        mappings = await _mappings(client, uid, job)
        key = secrets.token_hex(16)
        state = BatchState(job=job.digest, template_uid=uid, submission=key, mappings=mappings)
        state.write(folder)
    options = {**job.options, **_mapped(state.mappings)}
    accepted = await client.submit(state.template_uid, job.table, options, key=state.submission)
    state.batch_id = str(accepted["batchId"])
    state.write(folder)
    return state


async def _template(client: BatchClient, job: Job) -> str:
    if job.html is None:
        return job.template
    return await client.store_template(job.template, job.html, job.sides)


async def _mappings(client: BatchClient, uid: str, job: Job) -> dict[str, str]:
    """As the server takes them, which reads no column but the mapped ones when there are any."""
    given: Mapping[str, str] = job.options.get("mappings", {})
    if not given:
        return {}
    report = await client.submit(uid, job.table, {**job.options, "dryRun": True})
    return completed(given, report, job.options.get("filename", ""))


def _mapped(mappings: Mapping[str, str]) -> dict[str, Any]:
    return {"mappings": mappings} if mappings else {}


async def _watched(client: BatchClient, batch_id: str, show: Show) -> dict[str, Any]:
    """The batch at its end."""
    while True:
        batch = await client.status(batch_id)
        if batch is None:
            raise RefusedError(f"The batch {batch_id} was deleted on the server: run this again")
        show.rendering(batch)
        if batch["status"] in _ENDED:
            return batch
        await asyncio.sleep(_LOOK)


async def _let_rest(client: BatchClient, state: BatchState) -> None:
    """Nobody waits for it any more: it goes on when this is run again."""
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()  # else this last call would be cancelled as well
    # It may have ended meanwhile, or its server be gone: then there is nothing to pause.
    with contextlib.suppress(RefusedError):
        await client.steer(state.batch_id, "pause", patient=False)
