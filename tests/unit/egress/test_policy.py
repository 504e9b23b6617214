"""The policy: one bad address refuses a name, single targets are opened, one uniform answer."""

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from egress.errors import BlockedAddressError, FetchFailedError
from egress.policy import Policy
from egress.resolve import Resolver

NAMES = {
    "public.test": ["93.184.216.34", "2606:4700::1111"],
    "multi.test": ["93.184.216.34", "10.0.0.1"],
    "cname.test": ["127.0.0.1"],
    "v6only.test": ["fd00:ec2::254"],
    "mapped.test": ["::ffff:93.184.216.34"],
}


async def look_up(host: str) -> Sequence[str]:
    if host == "ill.test":
        raise OSError("the name server is down")
    return NAMES.get(host, [])


def policy(*allow: str) -> Policy:
    return Policy(allow, Resolver(look_up))


async def test_a_public_name_gives_all_its_addresses() -> None:
    assert [str(a) for a in await policy().resolve("public.test", 443)] == NAMES["public.test"]


async def test_a_mapped_address_is_dialled_as_what_it_is() -> None:
    assert await policy().resolve("mapped.test", 80) == (ip_address("93.184.216.34"),)


@pytest.mark.parametrize("host", ["multi.test", "cname.test", "v6only.test", "nosuch.test"])
async def test_private_half_private_and_missing_names_get_one_answer(host: str) -> None:
    with pytest.raises(BlockedAddressError) as raised:
        await policy().resolve(host, 80)
    with pytest.raises(BlockedAddressError) as other:
        await policy().resolve("10.0.0.1", 80)
    assert raised.value.message.replace(host, "10.0.0.1") == other.value.message
    assert raised.value.code == "blocked-url"
    assert raised.value.status == 422
    assert raised.value.private


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "::1", "0.0.0.0"])
async def test_loopback_is_refused_under_every_name(host: str) -> None:
    with pytest.raises(BlockedAddressError):
        await policy().resolve(host, 80)


async def test_an_ill_name_server_is_no_verdict_on_the_name() -> None:
    with pytest.raises(FetchFailedError):
        await policy().resolve("ill.test", 80)


@pytest.mark.parametrize("port", [22, 25, 6379, 6667, 5432, 0])
def test_ports_where_no_web_server_is_are_refused_on_public_addresses(port: int) -> None:
    with pytest.raises(BlockedAddressError):
        policy().judge(ip_address("93.184.216.34"), "public.test", port)


def test_an_opened_address_is_open_on_that_port_alone() -> None:
    opened = policy("10.1.2.3:6379", "[fd00::1]:8080")
    opened.judge(ip_address("10.1.2.3"), "10.1.2.3", 6379)
    opened.judge(ip_address("::ffff:10.1.2.3"), "x", 6379)
    opened.judge(ip_address("fd00::1"), "fd00::1", 8080)
    for address, port in [("10.1.2.3", 80), ("10.1.2.4", 6379), ("fd00::1", 80)]:
        with pytest.raises(BlockedAddressError):
            opened.judge(ip_address(address), "x", port)


async def test_an_opened_name_is_open_wherever_it_is() -> None:
    opened = policy("Cname.test:9000")
    assert await opened.resolve("cname.test", 9000)
    with pytest.raises(BlockedAddressError):
        await opened.resolve("cname.test", 9001)
    with pytest.raises(BlockedAddressError):
        await opened.resolve("127.0.0.1", 9000)


def test_another_form_of_an_opened_address_stays_closed() -> None:
    with pytest.raises(BlockedAddressError):
        policy("10.1.2.3:80").judge(ip_address("64:ff9b::a01:203"), "x", 80)


def test_the_public_text_never_names_the_address_behind_a_name() -> None:
    with pytest.raises(BlockedAddressError) as raised:
        policy().judge(ip_address("10.9.8.7"), "inner.test", 80)
    assert "10.9.8.7" not in raised.value.message
    assert "10.9.8.7" in raised.value.private
