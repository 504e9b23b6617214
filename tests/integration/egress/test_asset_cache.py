"""Remote assets of pages without scripts, against real servers on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from support.site import Asked, Handler, Site, answer, redirector, until

from core.reach import Reach
from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.errors import BlockedAddressError, FetchFailedError, TooManyRedirectsError
from egress.models import EgressLimits
from egress.policy import Policy
from egress.resolve import Resolver
from egress.session import Session

Made = Callable[..., AssetCache]


@pytest.fixture
async def made() -> AsyncIterator[Made]:
    """Makes a cache that may reach a site."""
    clients: list[EgressClient] = []

    def make(site: Site, max_bytes: int = 1_000_000, per_host: int = 24) -> AssetCache:
        clients.append(EgressClient(Policy([site.place])))
        return AssetCache(clients[-1], max_bytes, per_host)

    yield make
    for client in clients:
        await client.close()


def render(workspace: str = "ws_a", **limits: object) -> Session:
    return Session("rnd_1", EgressLimits(**limits), workspace)  # type: ignore[arg-type] - by name


def serving(**headers: str) -> Handler:
    """Answers with the path, under these headers; 304 to a question about the entity tag."""

    async def serve(asked: Asked, _reader: object, _writer: object) -> bytes:
        etag = headers.get("ETag")
        if etag and asked.headers.get("if-none-match") == etag:
            return answer(status="304 Not Modified", **headers)
        return answer(asked.path * 100, kind="text/css", **headers)

    return serve


async def test_what_is_fresh_comes_from_memory(made: Made) -> None:
    async with Site(serving(Cache_Control="max-age=60")) as site:
        cache = made(site)
        found = [await cache.fetch(site.url("/a"), render()) for _ in range(3)]
        assert [one.body for one in found] == [b"/a" * 100] * 3
        assert found[2].media_type == "text/css"
        assert len(site.asked) == 1


@pytest.mark.parametrize("control", ["no-store", "private, max-age=60", "max-age=0"])
async def test_what_may_not_be_kept_is_asked_for_each_time(made: Made, control: str) -> None:
    async with Site(serving(Cache_Control=control)) as site:
        cache = made(site)
        for _ in range(2):
            await cache.fetch(site.url(), render())
        assert len(site.asked) == 2
        assert cache.size == 0


async def test_what_is_stale_is_asked_about_and_its_body_not_sent_again(made: Made) -> None:
    async with Site(serving(Cache_Control="no-cache", ETag='"7"')) as site:
        cache = made(site)
        found = [await cache.fetch(site.url("/a"), render()) for _ in range(3)]
        assert {one.body for one in found} == {b"/a" * 100}
        assert {one.status for one in found} == {200}
        asked = [one.headers.get("if-none-match") for one in site.asked]
        assert asked == [None, '"7"', '"7"']


async def test_an_answer_that_varies_is_not_given_to_another_kind_of_request(made: Made) -> None:
    async with Site(serving(Cache_Control="max-age=60", Vary="Accept")) as site:
        cache = made(site)
        for kind in ("image/webp", "image/webp", "image/png"):
            await cache.fetch(site.url(), render(), {"Accept": kind})
        assert [one.headers["accept"] for one in site.asked] == ["image/webp", "image/png"]


async def test_nothing_is_shared_between_workspaces(made: Made) -> None:
    async with Site(serving(Cache_Control="max-age=60")) as site:
        cache = made(site)
        for workspace in ("ws_a", "ws_b", "ws_a", "ws_b", "", ""):
            await cache.fetch(site.url(), render(workspace))
        assert len(site.asked) == 4  # one each, and twice for nobody
        assert site.connections == 4


async def test_renders_of_a_workspace_share_its_connections(made: Made) -> None:
    async with Site(serving()) as site:
        cache = made(site)
        for _ in range(3):
            await cache.fetch(site.url(), render())
        assert (len(site.asked), site.connections) == (3, 1)


async def test_equal_requests_at_the_same_time_are_one(made: Made) -> None:
    gate = asyncio.Event()

    async def slow(asked: Asked, _reader: object, _writer: object) -> bytes:
        await gate.wait()
        return answer("x" * 1000)

    async with Site(slow) as site:
        cache, sessions = made(site), [render() for _ in range(5)]
        asking = [asyncio.create_task(cache.fetch(site.url(), one)) for one in sessions]
        await until(lambda: site.asked)
        asking[0].cancel()  # who asked first may leave: the others still get their answer
        gate.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert all(getattr(one, "body", None) == b"x" * 1000 for one in found[1:])
        assert len(site.asked) == 1
        assert {one.report().bytes for one in sessions[1:]} == {1000}  # each has paid


async def test_a_request_that_nobody_waits_for_any_more_is_ended(made: Made) -> None:
    async def silent(asked: Asked, reader: asyncio.StreamReader, _writer: object) -> None:
        await reader.read()

    async with Site(silent) as site:
        asking = asyncio.create_task(made(site).fetch(site.url(), render()))
        await until(lambda: site.asked)
        asking.cancel()
        await until(lambda: not site._open)


async def test_the_memory_is_bounded_and_the_least_recently_used_goes_first(made: Made) -> None:
    async def large(asked: Asked, _reader: object, _writer: object) -> bytes:
        return answer(b"x" * 20_000, Cache_Control="max-age=60")

    async with Site(large) as site:
        cache = made(site, 100_000)
        for name in "abcdaefab":
            await cache.fetch(site.url(f"/{name}"), render())
        assert cache.size <= 100_000
        assert site.paths == ["/a", "/b", "/c", "/d", "/e", "/f", "/b"]


async def test_one_render_asks_for_a_dozen_things_at_once_and_no_more(made: Made) -> None:
    gate, most, now = asyncio.Event(), 0, 0

    async def slow(asked: Asked, _reader: object, _writer: object) -> bytes:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await gate.wait()
        now -= 1
        return answer("x")

    async with Site(slow) as site:
        cache, session = made(site), render()
        asking = [
            asyncio.create_task(cache.fetch(site.url(f"/{number}"), session))
            for number in range(30)
        ]
        await until(lambda: now == 12)
        other = asyncio.create_task(cache.fetch(site.url("/other"), render()))
        await until(lambda: "/other" in site.paths)
        gate.set()
        await asyncio.gather(*asking, other)
        assert most == 13  # twelve, and the other render's


async def test_what_is_too_large_for_the_memory_is_passed_on_all_the_same(made: Made) -> None:
    async with Site(serving(Cache_Control="max-age=60")) as site:
        cache = made(site, 1_000)
        assert len((await cache.fetch(site.url("/a"), render())).body) == 200
        assert cache.size == 0


# What one render may spend


async def test_p07_requests_over_the_limit_are_refused_also_from_memory(made: Made) -> None:
    async with Site(serving(Cache_Control="max-age=60")) as site:
        cache, session = made(site), render(max_requests=3)
        for _ in range(3):
            await cache.fetch(site.url(), session)
        with pytest.raises(BlockedAddressError, match="More than 3 requests"):
            await cache.fetch(site.url(), session)
        assert len(site.asked) == 1


async def test_p06_an_answer_without_end_is_cut_at_the_limit(made: Made) -> None:
    async def endless(asked: Asked, _reader: object, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    async with Site(endless) as site:
        session = render(max_bytes=1_000_000)
        with pytest.raises(BlockedAddressError, match="More than 1000000 bytes"):
            await made(site).fetch(site.url(), session)
        assert session.report().bytes < 1_200_000
        await until(lambda: not site._open)


@pytest.mark.parametrize("path", ["/loop", "/chain30?to=x"])
async def test_p08_too_many_redirects_are_an_error(path: str) -> None:
    async with Site(redirector) as site:
        client = EgressClient(Policy([site.place]))
        with pytest.raises(TooManyRedirectsError):
            await AssetCache(client).fetch(site.url(path), render(max_redirects=4))
        assert len(site.asked) == 5
        await client.close()


async def test_a_redirect_is_a_request_like_any_other(made: Made) -> None:
    async def serve(asked: Asked, _reader: object, _writer: object) -> bytes:
        if asked.path == "/a":
            return answer(status="302 Found", Location="/b")
        return answer("b", Cache_Control="max-age=60")

    async with Site(serve) as site:
        cache, session = made(site), render()
        for _ in range(2):
            assert (await cache.fetch(site.url("/a"), session)).body == b"b"
        assert site.paths == ["/a", "/b", "/a"]  # where it leads may have changed
        assert session.report().requests == 4


async def test_time_in_all_is_bounded(made: Made) -> None:
    async def silent(asked: Asked, reader: asyncio.StreamReader, _writer: object) -> None:
        await reader.read()

    async with Site(silent) as site:
        cache, session = made(site), render(total_timeout=0.2)
        for _ in range(2):
            with pytest.raises(BlockedAddressError, match=r"More than 0\.2 s"):
                await cache.fetch(site.url(), session)
        with pytest.raises(FetchFailedError, match=r"within 0\.1 s"):
            await cache.fetch(site.url(), render(resource_timeout=0.1))


@pytest.mark.parametrize(
    ("reach", "reached"),
    [
        (Reach("none"), False),
        (Reach("allow-list"), False),
        (Reach("allow-list", frozenset({"127.0.0.1"})), True),
    ],
)
async def test_a_policy_holds_for_what_is_in_memory_too(
    made: Made, reach: Reach, reached: bool
) -> None:
    async with Site(serving(Cache_Control="max-age=60")) as site:
        cache = made(site)
        await cache.fetch(site.url(), render())
        try:
            found = await cache.fetch(site.url(), render(reach=reach))
        except BlockedAddressError:
            assert not reached
        else:
            assert reached
            assert found.status == 200


async def test_n01_name_servers_that_are_down_slow_or_know_nothing_are_an_error_in_time() -> None:
    async def lookup(host: str) -> list[str]:
        if host == "slow.test":
            await asyncio.sleep(10)
        if host == "down.test":
            raise OSError("no name server answers")
        return []

    client = EgressClient(Policy([], Resolver(lookup)))
    cache = AssetCache(client)
    started = asyncio.get_running_loop().time()
    for host, kind in {
        "slow.test": FetchFailedError,
        "down.test": FetchFailedError,
        "missing.test": BlockedAddressError,
    }.items():
        with pytest.raises(kind):
            await cache.fetch(f"http://{host}/a.css", render(resource_timeout=0.3))
    assert asyncio.get_running_loop().time() - started < 2
    await client.close()


def stumbling(*statuses: str) -> Handler:
    """Answers with each status in turn, then with the path; `` breaks the connection."""
    left = list(statuses)

    async def serve(asked: Asked, _reader: object, writer: asyncio.StreamWriter) -> bytes | None:
        if not left:
            return answer(asked.path)
        status = left.pop(0)
        if status:
            return answer("ill", status=status)
        writer.transport.abort()
        return None

    return serve


@pytest.mark.parametrize("ill", [["503 Busy"], ["", ""], ["502 Bad Gateway", ""]])
async def test_a_server_that_stumbles_is_asked_again(made: Made, ill: list[str]) -> None:
    async with Site(stumbling(*ill)) as site:
        found = await made(site).fetch(site.url("/a"), render())
        assert (found.status, found.body, len(site.asked)) == (200, b"/a", len(ill) + 1)


async def test_what_a_server_means_is_not_asked_again(made: Made) -> None:
    for status in ("404 Not Found", "500 Internal Server Error", "403 Forbidden"):
        async with Site(stumbling(status)) as site:
            found = await made(site).fetch(site.url(), render())
            assert (found.status, len(site.asked)) == (int(status[:3]), 1)


async def test_a_wish_that_is_no_number_is_no_wish(made: Made) -> None:
    ill = [answer("ill", status="503 Busy", Retry_After="²").decode().encode("latin-1")]

    async def serve(asked: Asked, _reader: object, _writer: object) -> bytes:
        return ill.pop() if ill else answer(asked.path)

    async with Site(serve) as site:
        found = await made(site).fetch(site.url("/a"), render())
        assert (found.status, len(site.asked)) == (200, 2)


async def test_three_tries_are_enough(made: Made) -> None:
    async with Site(stumbling(*["503 Busy"] * 5)) as site:
        found = await made(site).fetch(site.url(), render())
        assert (found.status, len(site.asked)) == (503, 3)


async def test_one_host_is_asked_a_few_things_at_once(made: Made) -> None:
    running, most, gate = 0, 0, asyncio.Event()

    async def serve(asked: Asked, _reader: object, _writer: object) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running >= 3:
            gate.set()
        await gate.wait()
        running -= 1
        return answer(asked.path)

    async with Site(serve) as site:
        cache, session = made(site, per_host=3), render()
        await asyncio.gather(*(cache.fetch(site.url(f"/{n}"), session) for n in range(8)))
        assert most == 3
