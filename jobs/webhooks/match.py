"""Which subscriptions want an event. The outbox takes only events that somebody wants."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import RowMapping, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.outbox import Event, append, append_all
from jobs.webhooks.models import subscriptions

__all__ = [
    "announce",
    "announce_all",
    "any_match",
    "listening",
    "pack_events",
    "unpack_events",
    "wants",
]


# Every render asks: the statements are built once, as that takes longer than to run them.
_LISTENS = and_(
    subscriptions.c.workspace_id == bindparam("workspace_id"),
    subscriptions.c.status == "active",
    subscriptions.c.events.like(bindparam("like"), escape="/"),
)
_LISTENING = select(
    subscriptions.c.id,
    subscriptions.c.filters,
    subscriptions.c.batch_id,
    subscriptions.c.endpoint,
).where(_LISTENS)
_ANY_LISTENING = select(subscriptions.c.id).where(_LISTENS).limit(1)


def pack_events(types: tuple[str, ...]) -> str:
    """Types as the column holds them: a space around each, so that LIKE finds whole names."""
    return f" {' '.join(dict.fromkeys(types))} "


def unpack_events(packed: str) -> tuple[str, ...]:
    """The types of a column's text."""
    return tuple(packed.split())


async def listening(
    conn: AsyncConnection, workspace_id: str, event_type: str
) -> Sequence[RowMapping]:
    """Rows (`id`, `filters`, `batch_id`, `endpoint`) of the active subscriptions to the type."""
    found = await conn.execute(_LISTENING, _listener(workspace_id, event_type))
    return found.mappings().all()


async def any_match(
    conn: AsyncConnection,
    workspace_id: str,
    event_type: str,
    subject: Mapping[str, str] | None = None,
) -> bool:
    """Whether any active subscription wants such an event; without `subject`, filters aside."""
    if subject is not None:
        return any(wants(row, subject) for row in await listening(conn, workspace_id, event_type))
    found = await conn.execute(_ANY_LISTENING, _listener(workspace_id, event_type))
    return found.first() is not None


async def announce(conn: AsyncConnection, event: Event) -> None:
    """Append the event to the outbox in the caller's unit of work, if any subscription wants it."""
    if await any_match(conn, event.workspace_id, event.type, event.subject):
        await append(conn, event)


async def announce_all(
    conn: AsyncConnection, workspace_id: str, event_type: str, events: Iterable[Event]
) -> None:
    """Append those that any subscription wants; while there is none they are not even made."""
    rows = await listening(conn, workspace_id, event_type)
    if rows:
        wanted = [event for event in events if any(wants(row, event.subject) for row in rows)]
        await append_all(conn, wanted)


def wants(subscription: RowMapping, subject: Mapping[str, str]) -> bool:
    """Whether an event about `subject` passes the subscription's filters."""
    filters: Mapping[str, str] = subscription["filters"]
    return all(subject.get(name) == value for name, value in filters.items() if value)


def _listener(workspace_id: str, event_type: str) -> dict[str, str]:
    # The names of types hold underscores, which LIKE would take for any character.
    return {"workspace_id": workspace_id, "like": f"% {event_type.replace('_', '/_')} %"}
