"""Endpoints that fail, and the circuit breaker that lets them rest.

An endpoint is one address that a workspace has deliveries sent to; batches that name the same
address share it. It has a row only while it fails: from its first failure to its next success.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import SECOND
from core.database import database_now
from jobs.webhooks.models import endpoints
from jobs.webhooks.schedule import LONGEST_RETRY_AFTER
from jobs.webhooks.settings import WebhookSettings

__all__ = ["FailingEndpoint", "close_circuit", "count_failure", "endpoint_of", "resting_for"]

LONGEST_REST = 30
"""The longest rest, as a multiple of the first."""


@dataclass(frozen=True, slots=True)
class FailingEndpoint:
    """`failures` in a row, the first of them `seconds` ago."""

    failures: int
    seconds: float


def endpoint_of(workspace_id: str, url: str) -> str:
    """The endpoint's id: of the workspace and the address without its query.

    What differs in the query alone is answered by the same program.
    """
    parts = urlsplit(url)
    place = f"{workspace_id} {parts.scheme}://{parts.netloc}{parts.path}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def resting_for(failures: int, retry_after: float | None, settings: WebhookSettings) -> float:
    """Seconds without a try after so many failures in a row.

    None below the breaker's threshold; from there the rest doubles with every failed probe.
    What the endpoint itself asked for is kept, up to a day.
    """
    over = failures - settings.webhook_breaker
    doubled = min(2 ** min(over, 10), LONGEST_REST) if over >= 0 else 0
    return max(doubled * settings.webhook_rest, min(retry_after or 0, LONGEST_RETRY_AFTER))


async def count_failure(
    conn: AsyncConnection,
    workspace_id: str,
    endpoint: str,
    retry_after: float | None,
    settings: WebhookSettings,
) -> FailingEndpoint:
    """Count a failed try and open the circuit if it is time, in the caller's unit of work."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    now, table = database_now(), endpoints.c
    first: dict[str, Any] = {
        "id": endpoint,
        "workspace_id": workspace_id,
        "failures": 1,
        "failing_since_us": now,
        "rest_until_us": 0,
        "updated_us": now,
    }
    counted = (
        insert(endpoints)
        .values(first)
        .on_conflict_do_update(
            index_elements=["id"], set_={"failures": table.failures + 1, "updated_us": now}
        )
        .returning(table.failures, (now - table.failing_since_us).label("age_us"))
    )
    row = (await conn.execute(counted)).one()
    rest = resting_for(row.failures, retry_after, settings)
    if rest:
        later = endpoints.update().where(table.id == endpoint)
        await conn.execute(later.values(rest_until_us=now + round(rest * SECOND)))
    return FailingEndpoint(row.failures, row.age_us / SECOND)


async def close_circuit(conn: AsyncConnection, endpoint: str) -> None:
    """It answered, or somebody says that it will: forget its failures."""
    await conn.execute(delete(endpoints).where(endpoints.c.id == endpoint))
