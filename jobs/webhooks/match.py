"""Which subscriptions want an event. The outbox takes only events that somebody wants."""

from collections.abc import Mapping

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.outbox import Event, append
from jobs.webhooks.models import subscriptions

__all__ = ["announce", "any_match", "matching", "pack_events", "unpack_events"]


def pack_events(types: tuple[str, ...]) -> str:
    """Types as the column holds them: a space around each, so that LIKE finds whole names."""
    return f" {' '.join(dict.fromkeys(types))} "


def unpack_events(packed: str) -> tuple[str, ...]:
    """The types of a column's text."""
    return tuple(packed.split())


async def matching(
    conn: AsyncConnection, workspace_id: str, event_type: str, subject: Mapping[str, str]
) -> list[RowMapping]:
    """Rows (`id`, `filters`, `batch_id`) of the active subscriptions that want this event."""
    table = subscriptions.c
    query = select(table.id, table.filters, table.batch_id).where(
        table.workspace_id == workspace_id,
        table.status == "active",
        table.events.contains(f" {event_type} ", autoescape=True),
    )
    rows = (await conn.execute(query)).mappings()
    return [row for row in rows if _wants(row["filters"], subject)]


async def any_match(
    conn: AsyncConnection,
    workspace_id: str,
    event_type: str,
    subject: Mapping[str, str] | None = None,
) -> bool:
    """Whether any active subscription wants such an event; without `subject`, filters aside."""
    if subject is not None:
        return bool(await matching(conn, workspace_id, event_type, subject))
    table = subscriptions.c
    query = select(table.id).where(
        table.workspace_id == workspace_id,
        table.status == "active",
        table.events.contains(f" {event_type} ", autoescape=True),
    )
    return (await conn.execute(query.limit(1))).first() is not None


async def announce(conn: AsyncConnection, event: Event) -> None:
    """Append the event to the outbox in the caller's unit of work, if any subscription wants it."""
    if await any_match(conn, event.workspace_id, event.type, event.subject):
        await append(conn, event)


def _wants(filters: Mapping[str, str], subject: Mapping[str, str]) -> bool:
    return all(subject.get(name) == value for name, value in filters.items() if value)
