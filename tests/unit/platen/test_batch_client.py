"""How the command bears a server, or what stands before it, that stumbles."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from platen.batch.client import BatchClient, RefusedError
from tests.support.site import Asked, Site, answer

QUICK = (0.01, 0.01, 0.01)
TAKEN = answer('{"batchId": "bat_1"}', kind="application/json")
RUNNING = answer(
    '{"code": "idempotency_in_flight", "detail": "still running"}',
    "409 Conflict",
    "application/problem+json",
    Retry_After="0",
)


class Stumbling:
    """Answers what it is told to, one after the other; None hangs up without an answer."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.asked: list[Asked] = []

    async def __call__(
        self, asked: Asked, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        self.asked.append(asked)
        if (told := self.answers.pop(0)) is None:
            writer.transport.abort()
        return told


@pytest.fixture
def server() -> Stumbling:
    return Stumbling()


@pytest.fixture
async def client(server: Stumbling) -> AsyncIterator[BatchClient]:
    async with Site(server) as site, httpx2.AsyncClient(base_url=site.url()) as http:
        yield BatchClient(http, QUICK)


STUMBLES = {
    "a bad gateway": answer("<h1>Bad Gateway", "502 Bad Gateway"),
    "a full service": answer("{}", "503 Service Unavailable", Retry_After="0"),
    "a slow one": answer("", "504 Gateway Timeout"),
    "a limit": answer("{}", "429 Too Many Requests", Retry_After="0"),
    "the try before still running": RUNNING,
    "no answer": None,
}


@pytest.mark.parametrize("stumble", STUMBLES)
async def test_what_passes_is_tried_again_under_the_same_key_with_the_same_bytes(
    server: Stumbling, client: BatchClient, stumble: str
) -> None:
    server.answers = [TAKEN, STUMBLES[stumble], STUMBLES[stumble], TAKEN]
    await client.status("bat_1")  # it is there
    assert await client.submit("tpl_x", b"title\na\n", {}, key="k1") == {"batchId": "bat_1"}
    sent = server.asked[1:]
    assert len(sent) == 3
    assert {one.headers["idempotency-key"] for one in sent} == {"k1"}
    assert len({one.body for one in sent}) == 1


async def test_each_call_that_changes_something_has_a_key_of_its_own(
    server: Stumbling, client: BatchClient
) -> None:
    server.answers = [TAKEN, STUMBLES["a bad gateway"], TAKEN, TAKEN, TAKEN]
    await client.steer("bat_1", "resume")
    await client.steer("bat_1", "retry")
    await client.submit("tpl_x", b"title\na\n", {"dryRun": True})
    await client.submit("tpl_x", b"title\na\n", {"dryRun": True})
    keys = [one.headers["idempotency-key"] for one in server.asked]
    assert (len(keys), len(set(keys)), keys[1] == keys[2]) == (5, 4, True)


async def test_what_does_not_pass_is_told_after_so_many_tries(
    server: Stumbling, client: BatchClient
) -> None:
    server.answers = [STUMBLES["a bad gateway"]] * 9
    with pytest.raises(RefusedError, match="502"):
        await client.status("bat_1")
    assert len(server.asked) == len(QUICK) + 1


@pytest.mark.parametrize(
    ("told", "call"),
    [
        (answer('{"code": "not_found", "detail": "no"}', "404 Not Found"), "resume"),
        (answer('{"code": "conflict", "detail": "ended"}', "409 Conflict"), "resume"),
        (answer("{}", "503 Service Unavailable", Retry_After="86400"), "resume"),
    ],
)
async def test_what_would_come_again_is_told_at_once(
    server: Stumbling, client: BatchClient, told: bytes, call: str
) -> None:
    server.answers = [told]
    with pytest.raises(RefusedError):
        await client.steer("bat_1", call)
    assert len(server.asked) == 1


async def test_who_is_stopped_tries_to_pause_once(server: Stumbling, client: BatchClient) -> None:
    server.answers = [TAKEN, STUMBLES["a slow one"]]
    await client.status("bat_1")
    with pytest.raises(RefusedError):
        await client.steer("bat_1", "pause", patient=False)


async def test_a_server_that_was_never_reached_is_told_of_at_once() -> None:
    async with httpx2.AsyncClient(base_url="http://127.0.0.1:9") as http:
        with pytest.raises(RefusedError, match="was not reached"):
            await BatchClient(http, (60.0,)).submit("tpl_x", b"title\na\n", {})
