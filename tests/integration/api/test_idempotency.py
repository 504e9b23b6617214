"""The same request sent twice is done once."""

import asyncio
from typing import Any, cast

import httpx2
import pytest
from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from api.errors import IdempotencyInFlightError, RateLimitError
from api.idempotency import Protection, Work, run_once
from api.routing import Call
from core.database import Database
from core.errors import InternalError, NotFoundError
from core.idempotency import IdempotencyKeys
from core.workspaces import Workspaces
from renderer.compose.errors import ExpressionError
from tests.integration.api.conftest import Entrance
from tests.integration.api.test_entrance import Echo, row
from tests.support.work import eventually


class Counter:
    """A handler that counts its runs, waits when told to, and fails when told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, call: Call[Any, Any]) -> Echo:
        self.runs += 1
        self.begun.set()
        await self.go.wait()
        kind = call.body.value
        if isinstance(kind, str):
            raise {
                "missing": NotFoundError,
                "content": ExpressionError,
                "limit": RateLimitError,
                "ours": InternalError,
            }[kind](f"run {self.runs}")
        return Echo(value=self.runs, html=None, files={}, id=call.request_id)


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
async def client(entrance: Entrance, counter: Counter) -> Any:
    routes = [
        row("/count", counter, errors=(NotFoundError, ExpressionError)),
        row("/other", counter),
    ]
    async with entrance.client(entrance.app(routes), await entrance.key()) as client:
        yield client


def key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


async def test_the_same_request_gets_the_same_answer_byte_for_byte(
    client: httpx2.AsyncClient, counter: Counter
) -> None:
    first = await client.post("/count", json={"value": 1}, headers=key("a"))
    again = await client.post("/v1/count", json={"value": 1}, headers=key('"a"'))
    assert counter.runs == 1
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]


async def test_I02_another_body_under_the_same_key_is_refused(
    client: httpx2.AsyncClient, counter: Counter
) -> None:
    await client.post("/count", json={"value": 1}, headers=key("a"))
    for path, body in (("/count", {"value": 2}), ("/count?x=1", {"value": 1})):
        answer = await client.post(path, json=body, headers=key("a"))
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"
    assert counter.runs == 1


async def test_a_key_belongs_to_one_path_and_one_workspace(
    client: httpx2.AsyncClient, counter: Counter, entrance: Entrance
) -> None:
    await client.post("/count", headers=key("a"))
    await client.post("/other", headers=key("a"))
    client.headers["Authorization"] = f"Bearer {await entrance.key('another')}"
    await client.post("/count", headers=key("a"))
    assert counter.runs == 3


async def test_I01_of_many_at_once_one_runs(client: httpx2.AsyncClient, counter: Counter) -> None:
    counter.go.clear()
    calls = [asyncio.ensure_future(client.post("/count", headers=key("a"))) for _ in range(20)]
    await asyncio.wait_for(counter.begun.wait(), 10)
    async with asyncio.timeout(10):
        while sum(call.done() for call in calls) < 19:
            await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED, timeout=0.1)
    counter.go.set()
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "idempotency_in_flight"
    assert refused.headers["retry-after"] == "1"
    assert counter.runs == 1
    assert (await client.post("/count", headers=key("a"))).json()["value"] == 1


@pytest.mark.parametrize(
    ("kind", "kept"), [("missing", True), ("content", True), ("limit", False), ("ours", False)]
)
async def test_only_errors_that_would_come_again_are_kept(
    client: httpx2.AsyncClient, counter: Counter, kind: str, kept: bool
) -> None:
    first = await client.post("/count", json={"value": kind}, headers=key("a"))
    again = await client.post("/count", json={"value": kind}, headers=key("a"))
    assert again.status_code == first.status_code
    assert (again.content == first.content) is kept
    assert counter.runs == (1 if kept else 2)


async def test_a_refused_body_does_not_use_the_key_up(
    client: httpx2.AsyncClient, counter: Counter
) -> None:
    assert (await client.post("/count", content=b"{", headers=key("a"))).status_code == 400
    assert (await client.post("/count", headers=key("a"))).status_code == 200


@pytest.mark.parametrize("value", ["", '""', "x" * 256, "a\tb"])
async def test_an_odd_key_is_refused(client: httpx2.AsyncClient, value: str) -> None:
    answer = await client.post("/count", headers=key(value))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_I05_a_dead_holders_lease_ends_and_answers_of_a_day_ago_are_forgotten(
    client: httpx2.AsyncClient, counter: Counter, db: Database
) -> None:
    await client.post("/count", headers=key("a"))
    for change in ("status = NULL, lease_until_us = 1", "expires_us = 1"):
        async with db.write() as conn:
            await conn.execute(text(f"UPDATE idempotency_keys SET {change}"))
        assert (await client.post("/count", headers=key("a"))).status_code == 200
        replayed = await client.post("/count", headers=key("a"))
        assert replayed.headers["idempotent-replayed"] == "true"
    assert counter.runs == 3


async def test_a_key_stays_taken_as_long_as_the_work_lasts(
    db: Database,
) -> None:
    place = (await Workspaces(db).create("acme")).id
    keys = IdempotencyKeys(db, lease=3.0)
    leases = text("SELECT lease_until_us FROM idempotency_keys")

    async def lease() -> int:
        async with db.read() as conn:
            return (await conn.execute(leases)).scalar_one()

    async def run(work: Work) -> Response | None:
        return await run_once(
            keys,
            workspace_id=place,
            operation="POST /count",
            key="a",
            sent=b"{}",
            work=work,
            artifacts=cast("Any", None),
            respond=cast("Any", None),
            store=True,
        )

    async def long(protection: Protection) -> Response:
        first = await lease()

        async def renewed() -> bool:
            return await lease() > first

        await eventually(renewed)
        with pytest.raises(IdempotencyInFlightError):
            await run(long)
        return JSONResponse({})

    assert await run(long) is not None
