"""What a refresh leaves behind: the binding's row, its data and the event, together."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.artifacts import Artifact
from core.clock import SECOND, now_us
from core.database import database_now
from core.errors import PlatenError
from core.models import artifacts
from jobs.batch.work.settle import storable
from jobs.bindings.events import binding_failed, binding_updated
from jobs.bindings.held import Held
from jobs.webhooks.match import announce
from templates_store.bindings.binding import Binding
from templates_store.bindings.data import keep_variables
from templates_store.bindings.models import bindings

__all__ = ["Failed", "PutOff", "Refreshed", "Shown", "Verdict", "settle"]

_LONGEST_DELAY = 3600
"""Seconds at most between two tries of what fails, unless its own time is longer."""
_SHORTEST_DELAY = 60
_LONGEST_ASKED = 86_400
_PUT_OFF = 3.0
_EARLIEST, _LATEST = 0.85, 0.97
"""Shares of its time after which a binding is due again: those that were made together are not due
together for ever, and asking has to fit into the time as well.
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A new artifact, and the digest of all that it shows."""

    digest: str
    artifact: Artifact
    version: int


@dataclass(frozen=True, slots=True)
class Refreshed:
    """It went well. `variables`: if others than before; `shown`: if anything new is."""

    fetched: bool = False
    variables: Mapping[str, Any] | None = None
    etag: str | None = None
    last_modified: str | None = None
    shown: Shown | None = None

    @property
    def outcome(self) -> str:
        """For the counter."""
        return "unchanged" if self.shown is None else "updated"


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not. `shown`: the picture of the defaults, if that stands in from now on."""

    error: PlatenError
    shown: Shown | None
    outcome: str = "failed"


@dataclass(frozen=True, slots=True)
class PutOff:
    """We could not even try: too busy, or our own store is away."""

    error: PlatenError
    outcome: str = "put_off"


Verdict = Refreshed | Failed | PutOff


async def settle(conn: AsyncConnection, held: Held, verdict: Verdict) -> bool:
    """Write it down; False when the lease was lost or the binding changed: then nothing counts."""
    binding = held.binding
    match verdict:
        case Refreshed():
            values = _went_well(binding, verdict)
        case Failed():
            values = _went_wrong(binding, verdict)
        case PutOff():
            values = {"next_us": database_now() + round(_PUT_OFF * SECOND)}
    next_us = values.pop("next_us")
    # Who asked meanwhile has not been served by this one.
    still = bindings.c.requested == binding.requested
    values["next_us"] = case((still, next_us), else_=database_now())
    mine = and_(bindings.c.uid == binding.uid, bindings.c.lease_token == held.token)
    free = {"lease_token": None, "lease_until_us": None}
    written = await conn.execute(update(bindings).where(mine).values({**values, **free}))
    if not written.rowcount:
        return False
    await _tell(conn, binding, verdict)
    return True


async def _tell(conn: AsyncConnection, binding: Binding, verdict: Verdict) -> None:
    """What goes with the row: the artifact stays until it is replaced, data, and the event."""
    shown = None if isinstance(verdict, PutOff) else verdict.shown
    if shown is not None:
        kept = update(artifacts).where(artifacts.c.id == shown.artifact.id)
        await conn.execute(kept.values(expires_us=None))
    if isinstance(verdict, Refreshed):
        if verdict.variables is not None:
            await keep_variables(conn, binding.uid, verdict.variables)
        if shown is not None:
            await announce(conn, binding_updated(binding, shown.version, now_us()))
    if isinstance(verdict, Failed):
        if shown is not None:  # other formats are drawn from them as well
            await keep_variables(conn, binding.uid, binding.defaults)
        text = storable(verdict.error.message)
        count = binding.error_count + 1
        await announce(conn, binding_failed(binding, verdict.error.code, text, count))


def _went_well(binding: Binding, verdict: Refreshed) -> dict[str, Any]:
    values: dict[str, Any] = {
        **_status(binding, "active"),
        **_picture(verdict.shown),
        "error_count": 0,
        "last_error": None,
        "etag": verdict.etag,
        "last_modified": verdict.last_modified,
        "next_us": None,
    }
    if verdict.fetched:
        values["last_fetch_us"] = now_us()
    if binding.polled:
        delay = binding.refresh.ttl_seconds * random.uniform(_EARLIEST, _LATEST)
        values["next_us"] = database_now() + round(delay * SECOND)
    return values


def _went_wrong(binding: Binding, verdict: Failed) -> dict[str, Any]:
    count = binding.error_count + 1
    delay = _delay(binding, count, verdict.error.retry_after)
    return {
        **_status(binding, "error"),
        **_picture(verdict.shown),
        **_validators(verdict.shown),
        "error_count": count,
        "last_error": storable(verdict.error.message),
        "next_us": None if delay is None else database_now() + round(delay * SECOND),
    }


def _status(binding: Binding, status: str) -> dict[str, str]:
    return {} if binding.status == "paused" else {"status": status}


def _picture(shown: Shown | None) -> dict[str, Any]:
    if shown is None:
        return {}
    return {
        "shown_digest": shown.digest,
        "artifact_id": shown.artifact.id,
        "last_render_us": now_us(),
    }


def _validators(shown: Shown | None) -> dict[str, None]:
    """Where defaults stand in, the source's data are to be sent anew and not to be a 304."""
    return {} if shown is None else {"etag": None, "last_modified": None}


def _delay(binding: Binding, failures: int, asked: int | None) -> float | None:
    """Seconds until it is tried again: doubled with each failure, and not before it was asked to.

    None for what only somebody's doing can mend.
    """
    if binding.source.type != "http" or binding.refresh.type == "manual":
        return None
    base = binding.refresh.ttl_seconds if binding.polled else _SHORTEST_DELAY
    most = max(base, _LONGEST_DELAY)
    delay = min(base * 2.0 ** min(failures - 1, 10), most) * random.uniform(_EARLIEST, 1)
    return max(delay, min(asked or 0, _LONGEST_ASKED))
