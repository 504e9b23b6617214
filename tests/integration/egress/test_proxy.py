"""The proxy on the wire: judged at each request, counted, limited, cut when the render ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
from support.site import MARKER, Asked, Site, answer, until

from core.reach import Reach
from egress.models import EgressLimits
from egress.policy import Policy
from egress.port import ProxyPort
from egress.proxy import EgressProxy


class Browser:
    """One connection to a proxy port, spoken by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    open: ClassVar[list["Browser"]] = []

    @classmethod
    async def connect(cls, port: ProxyPort) -> "Browser":
        host, number = port.url.removeprefix("http://").split(":")
        cls.open.append(cls(*await asyncio.open_connection(host, int(number))))
        return cls.open[-1]

    def send(self, text: str) -> None:
        self.writer.write(text.encode())

    async def head(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def get(self, url: str, method: str = "GET") -> tuple[str, bytes]:
        """A plain request, and its answer's head and body (by Content-Length)."""
        self.send(f"{method} {url} HTTP/1.1\r\nHost: elsewhere\r\n\r\n")
        head = await self.head()
        length = next(
            (
                int(line.split(":")[1])
                for line in head.lower().split("\r\n")
                if "content-length" in line
            ),
            0,
        )
        return head, b"" if method == "HEAD" else await self.reader.readexactly(length)

    async def tunnel(self, place: str) -> str:
        self.send(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n")
        return await self.head()

    async def ended(self) -> bytes:
        """What still comes until the other side closes."""
        try:
            async with asyncio.timeout(5):
                return await self.reader.read()
        except ConnectionError:
            return b""


@pytest.fixture(autouse=True)
async def hang_up() -> AsyncIterator[None]:
    """What a test leaves open is closed behind it."""
    yield
    for browser in Browser.open:
        browser.writer.transport.abort()
    Browser.open.clear()
    await asyncio.sleep(0)  # the transports' own last turn


@pytest.fixture
async def port(proxy: EgressProxy) -> ProxyPort:
    port = await proxy.open_port()
    port.begin("rnd_1", EgressLimits(connect_timeout=2, resource_timeout=5))
    return port


@pytest.fixture
async def browser(port: ProxyPort) -> Browser:
    return await Browser.connect(port)


async def test_the_positive_control_is_reached_plain_and_through_a_tunnel(
    port: ProxyPort, browser: Browser, allowed: Site
) -> None:
    head, body = await browser.get(allowed.url("/plain?x=1"))
    assert head.startswith("HTTP/1.1 200")
    assert MARKER.encode() in body
    assert allowed.asked[0].headers["host"] == allowed.place
    tunnel = await Browser.connect(port)
    assert "200" in await tunnel.tunnel(allowed.place)
    tunnel.send("GET /tunnel HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "200" in await tunnel.head()
    report = await port.end()
    assert allowed.paths == ["/plain?x=1", "/tunnel"]
    assert (report.account, report.requests, report.blocked) == ("rnd_1", 2, ())
    assert report.bytes > 2 * len(body)


HOSTS = ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "0.0.0.0", "localhost",
         "LOCALHOST", "localhost.", "a.localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]",
         "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "multi.test", "cname.test",
         "v6only.test", "mapped.test", "redis", "nosuch.test", "user@127.0.0.1", "127.0.0.1%00"]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
async def test_nothing_private_is_dialled_plain_or_through_a_tunnel(
    port: ProxyPort, browser: Browser, forbidden: Site, host: str
) -> None:
    head, body = await browser.get(f"http://{host}:{forbidden.port}/")
    other = await Browser.connect(port)
    assert head == await other.tunnel(f"{host}:{forbidden.port}")
    assert head.startswith("HTTP/1.1 403")
    assert body == await browser.ended() == await other.ended() == b""
    assert len((await port.end()).blocked) == 2
    assert forbidden.connections == 0


async def test_rebinding_finds_the_second_answer_judged_too(
    port: ProxyPort, browser: Browser, allowed: Site, forbidden: Site
) -> None:
    async with Site(hosts=("127.0.0.2",)) as public:
        policy = Policy([f"127.0.0.2:{public.port}"], port._policy.resolver)
        port._policy = policy
        again = await Browser.connect(port)
        assert "200" in (await again.get(f"http://rebind.test:{public.port}/"))[0]
        fresh = await Browser.connect(port)
        assert "403" in (await fresh.get(f"http://rebind.test:{public.port}/"))[0]
        assert public.connections == 1


async def test_one_connection_serves_many_requests_and_each_is_judged(
    port: ProxyPort, browser: Browser, allowed: Site, forbidden: Site
) -> None:
    for number in range(5):
        head, _ = await browser.get(allowed.url(f"/{number}"))
        assert head.startswith("HTTP/1.1 200")
    assert allowed.connections == 1
    head, _ = await browser.get(forbidden.url())
    assert head.startswith("HTTP/1.1 403")
    assert forbidden.connections == 0


async def test_a_kept_connection_that_the_server_closed_is_dialled_anew(
    proxy: EgressProxy,
) -> None:
    async def once(asked: Asked, _reader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer("once"))

    async with Site(once) as site:
        port = ProxyPort(Policy([site.place]))
        await port.listen()
        port.begin("a")
        browser = await Browser.connect(port)
        for _ in range(3):
            assert (await browser.get(site.url()))[1] == b"once"
        assert site.connections == 3
        await port.close()


async def test_answers_of_every_framing_arrive_whole(proxy: EgressProxy) -> None:
    async def framings(asked: Asked, _reader, writer: asyncio.StreamWriter) -> bytes | None:
        if asked.path == "/chunked":
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        if asked.path == "/early":
            return b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + answer("late")
        if asked.path == "/204":
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        if asked.path == "/head":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nto the end")
        return None

    async with Site(framings) as site:
        port = ProxyPort(Policy([site.place]))
        await port.listen()
        port.begin("a")
        browser = await Browser.connect(port)
        assert "content-length: 5" in (await browser.get(site.url("/head"), "HEAD"))[0]
        assert "204" in (await browser.get(site.url("/204")))[0]
        assert (await browser.get(site.url("/early")))[1] == b"late"
        browser.send(f"GET {site.url('/chunked')} HTTP/1.1\r\n\r\n")
        assert "chunked" in await browser.head()
        assert await browser.reader.readuntil(b"0\r\n\r\n") == b"3\r\nabc\r\n0\r\n\r\n"
        browser.send(f"GET {site.url('/close')} HTTP/1.1\r\n\r\n")
        assert "connection: close" in await browser.head()
        assert await browser.ended() == b"to the end"
        await port.close()


async def test_a_body_that_is_sent_arrives(
    port: ProxyPort, browser: Browser, allowed: Site
) -> None:
    browser.send(f"POST {allowed.url()} HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")
    assert "200" in await browser.head()
    assert (allowed.asked[0].method, allowed.asked[0].body) == ("POST", b"hello")


@pytest.mark.parametrize(
    "request_text",
    [
        "GET / HTTP/1.1\r\nHost: {place}\r\n\r\n",
        "GET https://{place}/ HTTP/1.1\r\n\r\n",
        "GET ftp://{place}/ HTTP/1.1\r\n\r\n",
        "GET http://{place}/ HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "nonsense\r\n\r\n",
        "CONNECT {place}/x HTTP/1.1\r\n\r\n",
    ],
)
async def test_a07_what_no_browser_sends_to_a_proxy_is_not_passed_on(
    browser: Browser, allowed: Site, request_text: str
) -> None:
    browser.send(request_text.format(place=allowed.place))
    assert (await browser.head()).split()[1] in {"403", "502"}
    assert allowed.asked == []


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 101 Switching\r\n\r\n", b"HTTP/1.1 407 Auth\r\n\r\n", b"\xff\r\n\r\n", b""]
)
async def test_answers_that_would_change_the_connection_become_502(said: bytes) -> None:
    async def odd(asked: Asked, _reader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with Site(odd) as site:
        port = ProxyPort(Policy([site.place]))
        await port.listen()
        port.begin("a")
        browser = await Browser.connect(port)
        assert "502" in (await browser.get(site.url()))[0]
        await port.close()


async def test_p07_requests_over_the_limit_are_refused(port: ProxyPort, allowed: Site) -> None:
    await port.end()
    port.begin("rnd_2", EgressLimits(max_requests=3))
    browser = await Browser.connect(port)
    heads = [(await browser.get(allowed.url()))[0].split()[1] for _ in range(4)]
    assert heads == ["200", "200", "200", "403"]
    report = await port.end()
    assert "More than 3 requests" in report.blocked[0].reason


@pytest.mark.parametrize("tunnelled", [False, True])
async def test_p06_bytes_over_the_limit_cut_the_answer(tunnelled: bool) -> None:
    async def endless(asked: Asked, _reader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    async with Site(endless) as site:
        port = ProxyPort(Policy([site.place]))
        await port.listen()
        port.begin("a", EgressLimits(max_bytes=1_000_000))
        browser = await Browser.connect(port)
        if tunnelled:
            await browser.tunnel(site.place)
            browser.send("GET / HTTP/1.1\r\n\r\n")
        else:
            browser.send(f"GET {site.url()} HTTP/1.1\r\n\r\n")
        assert len(await browser.ended()) < 1_100_000
        assert "More than 1000000 bytes" in (await port.end()).blocked[0].reason
        await port.close()


async def test_the_end_of_a_render_cuts_its_tunnels_and_requests_and_lookups(
    port: ProxyPort, allowed: Site
) -> None:
    async def silent(asked: Asked, reader: asyncio.StreamReader, _writer) -> None:
        await reader.read()

    async with Site(silent) as site:
        port._policy = Policy([site.place])
        tunnel, plain = await Browser.connect(port), await Browser.connect(port)
        await tunnel.tunnel(site.place)
        plain.send(f"GET {site.url()} HTTP/1.1\r\n\r\n")
        await until(lambda: site.connections == 2)
        await port.end()
        assert await tunnel.ended() == await plain.ended() == b""
        await until(lambda: not site._open, 5)


async def test_between_renders_a_port_refuses_everything(port: ProxyPort, allowed: Site) -> None:
    await port.end()
    browser = await Browser.connect(port)
    browser.send(f"GET {allowed.url()} HTTP/1.1\r\n\r\n")
    assert await browser.ended() == b""
    assert allowed.connections == 0


async def test_a_port_belongs_to_one_render_at_a_time(port: ProxyPort) -> None:
    with pytest.raises(RuntimeError):
        port.begin("rnd_2")
    assert (await port.end()).account == "rnd_1"
    assert (await port.end()).account == ""
    port.begin("rnd_2")


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        (EgressLimits(reach=Reach("none")), "403"),
        (EgressLimits(reach=Reach("allow-list")), "403"),
        (EgressLimits(reach=Reach("allow-list", frozenset({"127.0.0.1"}))), "200"),
    ],
)
async def test_a_render_may_be_kept_to_a_list_or_to_nothing(
    port: ProxyPort, allowed: Site, limits: EgressLimits, status: str
) -> None:
    await port.end()
    port.begin("rnd_2", limits)
    browser = await Browser.connect(port)
    assert (await browser.get(allowed.url()))[0].split()[1] == status


async def test_an_allow_list_opens_nothing_private(port: ProxyPort, forbidden: Site) -> None:
    await port.end()
    port.begin("rnd_2", EgressLimits(reach=Reach("allow-list", frozenset({"127.0.0.1"}))))
    browser = await Browser.connect(port)
    assert "403" in (await browser.get(forbidden.url()))[0]
    assert forbidden.connections == 0


async def test_a_resource_that_takes_too_long_is_given_up(port: ProxyPort) -> None:
    async def silent(asked: Asked, reader: asyncio.StreamReader, _writer) -> None:
        await reader.read()

    async with Site(silent) as site:
        await port.end()
        port._policy = Policy([site.place])
        port.begin("rnd_2", EgressLimits(resource_timeout=0.2))
        browser = await Browser.connect(port)
        assert "502" in (await browser.get(site.url()))[0]


async def test_a_tunnel_that_falls_silent_is_given_up(port: ProxyPort) -> None:
    async def silent(asked: Asked, reader: asyncio.StreamReader, _writer) -> None:
        await reader.read()

    async with Site(silent) as site:
        await port.end()
        port._policy = Policy([site.place])
        port.begin("rnd_2", EgressLimits(resource_timeout=0.3))
        browser = await Browser.connect(port)
        await browser.tunnel(site.place)
        browser.send("GET / HTTP/1.1\r\n\r\n")
        assert await browser.ended() == b""
        await until(lambda: not site._open, 5)


async def test_P08_a_chain_of_redirects_ends_at_the_limit(port: ProxyPort, redirects: Site) -> None:
    await port.end()
    port.begin("rnd_2", EgressLimits(max_redirects=3))
    browser, url, statuses = await Browser.connect(port), redirects.url("/loop"), list[str]()
    for _ in range(5):
        statuses.append((await browser.get(url))[0].split()[1])
        if statuses[-1] != "302":
            break
    assert statuses == ["302", "302", "302", "302", "502"]
    assert len(redirects.asked) == 4


async def test_an_answer_that_leads_nowhere_arrives_as_it_is(
    browser: Browser, redirects: Site
) -> None:
    head, _ = await browser.get(redirects.url("/302?to=//[x"))
    assert head.startswith("HTTP/1.1 302")
    assert "location: //[x" in head.lower()


async def test_after_the_time_in_all_nothing_is_let_through(port: ProxyPort, allowed: Site) -> None:
    await port.end()
    port.begin("rnd_2", EgressLimits(total_timeout=0))
    browser = await Browser.connect(port)
    assert "403" in (await browser.get(allowed.url()))[0]
    assert "of requests for one render" in (await port.end()).blocked[0].reason
    assert allowed.asked == []
