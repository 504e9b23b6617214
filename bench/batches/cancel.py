"""A batch cancelled in the middle: how soon it is said, stopped, and told."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from bench.batches.figure import Figure, Size
from bench.batches.ground import ground
from bench.cost import cpu_seconds

__all__ = ["cancel"]

_QUIET_AFTER = 5.0
_WATCHED = 3.0


async def cancel(database: str, environment: Mapping[str, str], size: Size) -> list[Figure]:
    """Cancel at 10 %; wrong counts or events raise RuntimeError."""
    async with (
        _receiver() as (place, got),
        ground({**environment, "PLATEN_EGRESS_ALLOW": place}) as service,
    ):
        key = service.service.key
        hook = f"http://{place}/hook"
        batch = await service.submit(key, range(size.cancelled), webhookUrl=hook)
        tenth = size.cancelled // 10
        await service.until(key, batch, lambda now: now["completedItems"] >= tenth, 600)
        began = time.monotonic()
        told = await service.steer(key, batch, "cancel")
        answered = time.monotonic() - began
        await asyncio.sleep(_QUIET_AFTER)
        pool = service.processes()[1:]
        before = cpu_seconds(pool)
        await asyncio.sleep(_WATCHED)
        used = (cpu_seconds(pool) - before) / _WATCHED
        _check(told, await service.batch(key, batch), size.cancelled, got)

    def figure(text: str, value: float, unit: str, goal: float | None = None) -> Figure:
        return Figure("cancel", database, text, value, unit, goal)

    return [
        figure(f"{size.cancelled} items, at 10 %: the answer", answered, "s", 0.2),
        figure("  processors used by the pool 5 s later", used, "", 0.02),
        figure("  batch.cancelled delivered", len(_ends(got)), "", 1),
    ]


def _ends(got: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in got if event["type"] == "batch.cancelled"]


def _check(
    told: Mapping[str, Any], later: Mapping[str, Any], total: int, got: list[dict[str, Any]]
) -> None:
    counts = [told[f"{name}Count"] for name in ("completed", "failed", "cancelled")]
    after = [later[f"{name}Items"] for name in ("completed", "failed", "cancelled")]
    if sum(counts) != total or counts != after:
        raise RuntimeError(f"the counts are wrong: {told}, later {later}")
    if len(_ends(got)) != 1 or _ends(got)[0]["data"]["cancelledCount"] != counts[2]:
        raise RuntimeError(f"the event is wrong: {_ends(got)}")


@contextlib.asynccontextmanager
async def _receiver() -> AsyncGenerator[tuple[str, list[dict[str, Any]]]]:
    """A webhook's target on loopback: its `host:port`, and what it got."""
    got: list[dict[str, Any]] = []

    async def hook(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split("\r\n")[0])
        got.append(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(hook, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"127.0.0.1:{port}", got
