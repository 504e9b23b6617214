"""The protocol over two pipes: what is written, how answers and events find their way, the end."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import pytest

from renderer.chromium.page_spec import PageSpec
from renderer.chromium.pipe import cbor
from renderer.chromium.pipe.client import PipeClient
from renderer.chromium.pipe.held import HeldPages
from renderer.chromium.pipe.tab import PipeTab
from renderer.chromium.protocol import ProtocolError


class OtherEnd:
    """The browser's ends of the pipes, read and written byte by byte as a test likes."""

    def __init__(self) -> None:
        self.reading, ours_out = os.pipe()
        ours_in, self.writing = os.pipe()
        self.client = PipeClient(ours_in, ours_out)

    async def calls(self, count: int = 1) -> list[dict[str, Any]]:
        """The next calls."""
        read, found = b"", list[dict[str, Any]]()
        while len(found) < count:
            read += await asyncio.to_thread(os.read, self.reading, 1 << 16)
            while len(read) >= cbor.HEAD and len(read) >= (end := cbor.size(read)):
                found.append(cbor.loads(read[:end]))
                read = read[end:]
        return found

    async def say(self, *messages: dict[str, Any]) -> None:
        await self.say_bytes(b"".join(cbor.dumps(one) for one in messages))

    async def say_bytes(self, data: bytes) -> None:
        def write() -> None:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self.writing, rest) :]

        await asyncio.to_thread(write)

    def hang_up(self) -> None:
        for end in (self.reading, self.writing):
            with suppress(OSError):
                os.close(end)


@pytest.fixture
async def end() -> AsyncGenerator[OtherEnd]:
    end = OtherEnd()
    yield end
    end.client.close()
    end.hang_up()


async def test_a_call_gets_the_answer_that_bears_its_number(end: OtherEnd) -> None:
    first = end.client.browser.send("First", {"a": "ö"})
    second = end.client.session("page").send("Second", {})
    one, two = await end.calls(2)
    assert (one["method"], one["params"], "sessionId" in one) == ("First", {"a": "ö"}, False)
    assert (two["method"], two["sessionId"]) == ("Second", "page")
    await end.say(
        {"id": two["id"], "sessionId": "page", "result": {"is": 2}},
        {"id": one["id"], "result": {"is": 1}},
    )
    assert await first == {"is": 1}
    assert await second == {"is": 2}


async def test_an_answer_of_many_reads_is_whole(end: OtherEnd) -> None:
    picture = bytes(range(250)) * 36_000
    answer = end.client.browser.send("Draw", {})
    (call,) = await end.calls()
    told = asyncio.create_task(end.say({"id": call["id"], "result": {"data": picture}}))
    assert (await answer)["data"] == picture
    await told


async def test_messages_cut_anywhere_are_put_together(end: OtherEnd) -> None:
    answers = [end.client.browser.send("One", {}) for _ in range(3)]
    calls = await end.calls(3)
    messages = b"".join(
        cbor.dumps({"id": call["id"], "result": {"n": n}}) for n, call in enumerate(calls)
    )
    for place in range(0, len(messages), 7):
        await end.say_bytes(messages[place : place + 7])
    assert await asyncio.gather(*answers) == [{"n": 0}, {"n": 1}, {"n": 2}]


async def test_calls_that_do_not_fit_the_pipe_are_sent_in_order(end: OtherEnd) -> None:
    html = "<p>" * 1_500_000
    answers = [end.client.browser.send("Load", {"html": html}), end.client.browser.send("Next", {})]
    big, small = await end.calls(2)
    assert (big["params"]["html"] == html, small["method"]) == (True, "Next")
    await end.say(*({"id": one["id"], "result": {}} for one in (big, small)))
    assert await asyncio.gather(*answers) == [{}, {}]


async def test_a_refusal_is_an_error_with_its_text(end: OtherEnd) -> None:
    answer = end.client.browser.send("Wrong", {})
    (call,) = await end.calls()
    await end.say({"id": call["id"], "error": {"code": -32601, "message": "no such method"}})
    with pytest.raises(ProtocolError, match="no such method") as refused:
        await answer
    assert not refused.value.closed


async def test_events_reach_those_who_asked_in_their_session_and_before_a_later_answer(
    end: OtherEnd,
) -> None:
    heard: list[Any] = []
    page = end.client.session("page")
    page.on("Loaded", heard.append)
    end.client.browser.on("Loaded", lambda _: heard.append("the wrong session"))
    answer = page.send("Wait", {})
    (call,) = await end.calls()
    await end.say(
        {"method": "Loaded", "params": {"n": 1}, "sessionId": "page"},
        {"id": call["id"], "sessionId": "page", "result": {}},
    )
    await answer
    assert heard == [{"n": 1}]
    page.off("Loaded", heard.append)
    await end.say({"method": "Loaded", "params": {"n": 2}, "sessionId": "page"})
    await end.say({"method": "Loaded", "params": {}, "sessionId": "nobody's"})
    assert heard == [{"n": 1}]


async def test_an_answer_that_nobody_waits_for_is_dropped(end: OtherEnd) -> None:
    given_up = end.client.browser.send("Slow", {})
    kept = end.client.browser.send("Quick", {})
    slow, quick = await end.calls(2)
    given_up.cancel()
    await end.say({"id": slow["id"], "result": {}}, {"id": quick["id"], "result": {"n": 1}})
    assert await kept == {"n": 1}


async def test_a_session_that_ends_fails_its_own_calls_only(end: OtherEnd) -> None:
    ended: list[str] = []
    page = end.client.session("page")
    page.when_ended(lambda: ended.append("page"))
    lost, kept = page.send("Draw", {}), end.client.browser.send("Version", {})
    _, version = await end.calls(2)
    await end.say(
        {"method": "Target.detachedFromTarget", "params": {"sessionId": "page"}},
        {"id": version["id"], "result": {"n": 1}},
    )
    assert await kept == {"n": 1}
    for answer in (lost, page.send("Again", {})):
        with pytest.raises(ProtocolError) as refused:
            await answer
        assert refused.value.closed
    assert ended == ["page"]


@pytest.mark.parametrize("how", ["the browser dies", "we close"])
async def test_when_the_pipe_closes_all_calls_fail(end: OtherEnd, how: str) -> None:
    ended: list[str] = []
    page = end.client.session("page")
    page.when_ended(lambda: ended.append("page"))
    answers = [page.send("Draw", {}), end.client.browser.send("Version", {})]
    if how == "we close":
        end.client.close()
    else:
        end.hang_up()
    for answer in answers:
        with pytest.raises(ProtocolError) as refused:
            await answer
        assert refused.value.closed
    with pytest.raises(ProtocolError):
        await end.client.browser.send("Late", {})
    assert ended == []  # the browser is lost, which is more than its pages: no page has crashed


async def test_a_call_into_a_pipe_that_nobody_reads_any_more_fails(end: OtherEnd) -> None:
    os.close(end.reading)
    with pytest.raises(ProtocolError) as refused:
        await end.client.browser.send("Draw", {})
    assert refused.value.closed


async def test_what_is_no_message_closes_the_pipe(end: OtherEnd) -> None:
    answer = end.client.browser.send("Draw", {})
    await end.say_bytes(b'{"id": 1, "result": {}}')
    with pytest.raises(ProtocolError) as refused:
        await asyncio.wait_for(answer, 5)
    assert refused.value.closed


@pytest.mark.parametrize(
    "last",
    [
        {"method": "Inspector.targetCrashed", "params": {}, "sessionId": "session"},
        {"method": "Target.detachedFromTarget", "params": {"sessionId": "session"}},
    ],
)
async def test_a_page_that_ends_beside_its_last_answer_is_not_said_to_be_open(
    end: OtherEnd, last: dict[str, Any]
) -> None:
    spec = PageSpec(javascript=False, proxy="http://127.0.0.1:9")
    opening = asyncio.create_task(PipeTab.open(end.client, HeldPages(end.client), spec))
    told = {"browserContextId": "context", "targetId": "target", "sessionId": "session"}
    for count in (1, 2, 1):
        await end.say(*({"id": one["id"], "result": told} for one in await end.calls(count)))
    dressing = await end.calls(6)
    assert dressing[0]["method"] == "Inspector.enable"
    await end.say(
        *({"id": one["id"], "sessionId": "session", "result": {}} for one in dressing),
        last,
    )
    with pytest.raises(ProtocolError, match="crashed"):
        await opening
