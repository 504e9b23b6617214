"""The outbox: what happened, written in the same transaction as the fact itself.

The webhooks' relay reads rows whose `relayed_us` is NULL, in the order of `sequence`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import database_now
from core.ids import new_id
from core.models import events
from core.sets import InsertSet

__all__ = ["Event", "append", "append_all"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a workspace.

    `type` is a name such as `render.completed`. `data` is the public payload. `subject` is what
    subscriptions filter by: `templateId`, `batchId`, `bindingId`. `version` counts the payload's
    shape, so that an older row is still understood after an upgrade.
    """

    workspace_id: str
    type: str
    data: Mapping[str, Any]
    subject: Mapping[str, str] = field(default_factory=dict[str, str])
    version: int = 1


_NAMES = ("id", "workspace_id", "type", "version", "payload", "subject")
_INSERT = InsertSet(events, _NAMES, created_us=database_now())


async def append(conn: AsyncConnection, event: Event) -> str:
    """Write the event in the caller's unit of work; returns its id (`evt_...`)."""
    return (await append_all(conn, [event]))[0]


async def append_all(conn: AsyncConnection, many: Sequence[Event]) -> list[str]:
    """Write the events in their order; their ids."""
    rows = [
        {
            "id": new_id("evt"),
            "workspace_id": event.workspace_id,
            "type": event.type,
            "version": event.version,
            "payload": dict(event.data),
            "subject": dict(event.subject),
        }
        for event in many
    ]
    await _INSERT.write(conn, rows)
    return [str(row["id"]) for row in rows]
