"""Our own requests, against real servers on loopback."""

import asyncio
import gzip
from pathlib import Path

import pytest
from support.site import MARKER, Asked, Site, answer
from support.tls import self_signed_context

from egress.client import EgressClient
from egress.errors import BlockedAddressError, FetchFailedError
from egress.policy import Policy

STATUSES = ["301", "302", "303", "307", "308"]


async def test_the_positive_control_is_reached(client: EgressClient, allowed: Site) -> None:
    found = await client.fetch(allowed.url("/a?b=c"), headers={"X-Key": "k"})
    assert MARKER.encode() in found.body
    assert (found.status, found.media_type, found.url) == (200, "text/html", allowed.url("/a?b=c"))
    assert allowed.asked[0].headers["host"] == allowed.place
    assert allowed.asked[0].headers["x-key"] == "k"


@pytest.mark.parametrize("status", STATUSES)
async def test_h03_a_redirect_to_a_private_address_is_refused(
    client: EgressClient, redirects: Site, forbidden: Site, status: str
) -> None:
    with pytest.raises(BlockedAddressError):
        await client.fetch(redirects.url(f"/{status}?to={forbidden.url()}"))
    assert forbidden.connections == 0
    assert len(redirects.asked) == 1


async def test_redirects_within_what_is_open_are_followed(
    client: EgressClient, redirects: Site, allowed: Site
) -> None:
    found = await client.fetch(redirects.url(f"/302?to={allowed.url('/end')}"))
    assert found.url == allowed.url("/end")


@pytest.mark.parametrize("path", ["/loop", "/chain20?to=x"])
async def test_p08_too_many_redirects_are_an_error(
    client: EgressClient, redirects: Site, path: str
) -> None:
    with pytest.raises(FetchFailedError, match="redirected more than 5 times"):
        await client.fetch(redirects.url(path))
    assert len(redirects.asked) == 6


@pytest.mark.parametrize(
    "host",
    ["multi.test", "cname.test", "v6only.test", "mapped.test", "redis", "localhost", "[::1]",
     "[::ffff:127.0.0.1]", "[::127.0.0.1]", "127.0.0.1", "0.0.0.0", "nosuch.test"],
)  # fmt: skip
async def test_no_name_or_address_leads_to_a_private_place(
    client: EgressClient, forbidden: Site, host: str
) -> None:
    url = f"http://{host}:{forbidden.port}/"
    for attempt in (client.fetch(url), client.post(url, b"x", {}), client.check(url)):
        with pytest.raises(BlockedAddressError):
            await attempt
    assert forbidden.connections == 0


async def test_h04_a_name_that_turns_private_after_the_check_is_refused_at_dial(
    client: EgressClient, forbidden: Site
) -> None:
    url = f"http://rebind.test:{forbidden.port}/"
    await client.check(url)
    with pytest.raises(BlockedAddressError):
        await client.post(url, b"{}", {})
    assert forbidden.connections == 0


async def test_what_was_judged_is_what_is_dialled(client: EgressClient, forbidden: Site) -> None:
    async with Site(hosts=("127.0.0.2",)) as public:
        judging = Policy([f"127.0.0.2:{public.port}"], client.policy.resolver)
        found = await EgressClient(judging).fetch(f"http://rebind.test:{public.port}/")
        assert found.status == 200
        assert public.asked[0].headers["host"] == f"rebind.test:{public.port}"


async def test_h03_a_delivery_never_follows_a_redirect(
    client: EgressClient, redirects: Site, allowed: Site
) -> None:
    found = await client.post(redirects.url(f"/307?to={allowed.url()}"), b"{}", {})
    assert found.status == 307
    assert allowed.connections == 0


async def test_h07_a_delivery_reads_64_kb_of_an_answer_without_end(policy) -> None:
    async def endless(asked: Asked, _reader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    async with Site(endless) as site:
        client = EgressClient(Policy([site.place]))
        found = await client.post(site.url(), b"{}", {"Content-Type": "application/json"})
        assert (len(found.body), found.truncated) == (65536, True)
        assert site.asked[0].body == b"{}"
        with pytest.raises(FetchFailedError, match="more than 1000 bytes"):
            await client.fetch(site.url(), max_bytes=1000)


async def test_h01_an_endpoint_that_hangs_is_given_up_at_the_deadline(policy) -> None:
    async def silent(asked: Asked, reader: asyncio.StreamReader, _writer) -> None:
        await reader.read()

    async with Site(silent) as site:
        client = EgressClient(Policy([site.place]))
        with pytest.raises(FetchFailedError, match=r"within 0\.2 s"):
            await client.fetch(site.url(), timeout=0.2)


@pytest.mark.parametrize(
    "said", [b"no http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_an_answer_that_is_no_http_or_breaks_off_is_an_error(policy, said: bytes) -> None:
    async def broken(asked: Asked, _reader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with Site(broken) as site:
        with pytest.raises(FetchFailedError):
            await EgressClient(Policy([site.place])).fetch(site.url())


async def test_a_compressed_answer_is_decoded(policy) -> None:
    async def packed(asked: Asked, _reader, _writer) -> bytes:
        assert asked.headers["accept-encoding"] == "gzip, deflate"
        return answer(gzip.compress(b"text"), Content_Encoding="gzip")

    async with Site(packed) as site:
        found = await EgressClient(Policy([site.place])).fetch(site.url())
        assert found.body == b"text"


async def test_connections_are_kept_within_an_account_and_never_shared_between_two(
    client: EgressClient, allowed: Site
) -> None:
    for _ in range(3):
        await client.fetch(allowed.url(), account="wsp_a")
    assert allowed.connections == 1
    await client.fetch(allowed.url(), account="wsp_b")
    assert allowed.connections == 2
    for _ in range(2):
        await client.fetch(allowed.url())
    assert allowed.connections == 4


async def test_a_refused_connection_is_an_error_of_the_other_side(policy, allowed: Site) -> None:
    place = allowed.place
    await allowed.__aexit__(None, None, None)
    with pytest.raises(FetchFailedError):
        await EgressClient(policy).fetch(f"http://{place}/")


async def test_header_injection_is_refused(client: EgressClient, allowed: Site) -> None:
    with pytest.raises(FetchFailedError):
        await client.fetch(allowed.url(), headers={"X-Key": "a\r\nHost: b"})
    assert allowed.asked == []


async def test_h08_a_certificate_that_is_not_valid_is_named_as_the_reason(
    tmp_path: Path,
) -> None:
    context = self_signed_context(tmp_path)
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(FetchFailedError, match="certificate that is not valid"):
        await EgressClient(Policy([f"127.0.0.1:{port}"])).fetch(f"https://127.0.0.1:{port}/")
    server.close()
