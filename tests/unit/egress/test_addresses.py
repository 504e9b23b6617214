"""Which addresses are refused: the table, and every way of hiding IPv4 in IPv6."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egress.addresses import REFUSED_RANGES, embedded_addresses, reason_against

PROMISED = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
    "::/128",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "100::/64",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "2001::/23",
]

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "2001:4860:4860::8888",
    "2001:200::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
]

WRAPS = {
    "mapped": lambda v4: IPv6Address((0xFFFF << 32) | v4),
    "compatible": IPv6Address,
    "nat64": lambda v4: IPv6Address((0x64_FF9B << 96) | v4),
    "local nat64 /96": lambda v4: IPv6Address((0x64_FF9B_0001 << 80) | v4),
    "6to4": lambda v4: IPv6Address((0x2002 << 112) | (v4 << 80)),
    "teredo client": lambda v4: IPv6Address((0x2001 << 112) | (v4 ^ 0xFFFFFFFF)),
    "teredo server": lambda v4: IPv6Address((0x2001 << 112) | (v4 << 64)),
    "isatap": lambda v4: IPv6Address((0x2A00_1450 << 96) | (0x5EFE << 32) | v4),
}


@pytest.mark.parametrize("network", PROMISED)
def test_every_promised_range_is_refused_at_both_its_ends(network: str) -> None:
    assert network in REFUSED_RANGES
    assert reason_against(ip_network(network)[0])
    assert reason_against(ip_network(network)[-1])


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_let_through(text: str) -> None:
    assert reason_against(ip_address(text)) is None


@pytest.mark.parametrize("wrap", WRAPS)
@given(st.sampled_from([r for r in REFUSED_RANGES if ":" not in r]), st.randoms())
def test_a_refused_ipv4_is_refused_inside_every_ipv6_form(wrap, network, random) -> None:
    inner = random.choice([ip_network(network)[0], ip_network(network)[-1]])
    outer = WRAPS[wrap](int(inner))
    assert inner in embedded_addresses(outer)
    assert reason_against(outer)


@given(st.ip_addresses(v=6))
def test_nothing_outside_global_unicast_is_let_through_but_translated_ipv4(address) -> None:
    if reason_against(address) is None:
        assert int(address) >> 125 == 1 or any(
            isinstance(inner, IPv4Address) for inner in embedded_addresses(address)
        )
