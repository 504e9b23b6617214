"""Which IP addresses are refused, as one explicit table.

`ipaddress.is_global` is not enough: it calls NAT64, 6to4, multicast and two clouds' metadata
addresses global. The ranges are those of IANA's special-purpose registries (RFC 6890 and
later), with what the clouds added.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from egress.models import IPAddress

__all__ = ["REFUSED_RANGES", "embedded_addresses", "reason_against"]

REFUSED_RANGES: dict[str, str] = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "cloud platform",
    "169.254.0.0/16": "link-local and cloud metadata",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments and cloud metadata",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved and broadcast",
    "::/128": "unspecified",
    "::1/128": "loopback",
    "64:ff9b:1::/48": "local-use NAT64",
    "100::/64": "discard",
    "2001::/23": "protocol assignments and Teredo",
    "2001:db8::/32": "documentation",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
"""Range -> what it is for."""

_V4 = [
    (net, why)
    for net, why in ((ip_network(r), w) for r, w in REFUSED_RANGES.items())
    if isinstance(net, IPv4Network)
]
_V6 = [
    (net, why)
    for net, why in ((ip_network(r), w) for r, w in REFUSED_RANGES.items())
    if isinstance(net, IPv6Network)
]
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_TEREDO = IPv6Network("2001::/32")
_SIXTOFOUR = IPv6Network("2002::/16")
_ISATAP = {0x00005EFE, 0x02005EFE}


def _low32(value: int, shift: int = 0) -> IPv4Address:
    return IPv4Address((value >> shift) & 0xFFFF_FFFF)


def embedded_addresses(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that a translator or a tunnel would take out of this IPv6 address."""
    value = int(address)
    found: list[IPv4Address] = []
    if address in _MAPPED or address in _NAT64 or address in _COMPATIBLE:
        found.append(_low32(value))
    if address in _LOCAL_NAT64:  # RFC 6052 allows /48 and /96 embedding below this prefix
        found.append(_low32(value))
        found.append(IPv4Address(((value >> 64) & 0xFFFF) << 16 | (value >> 40) & 0xFFFF))
    if address in _SIXTOFOUR:
        found.append(_low32(value, 80))
    if address in _TEREDO:  # RFC 4380: the server in clear, the client's bits inverted
        found.extend((_low32(value, 64), _low32(value ^ 0xFFFF_FFFF)))
    if (value >> 32) & 0xFFFF_FFFF in _ISATAP:
        found.append(_low32(value))
    return tuple(found)


def _against_v6(address: IPv6Address) -> str | None:
    for inner in embedded_addresses(address):
        if (why := reason_against(inner)) is not None:
            return f"{inner} inside: {why}"
    if address in _MAPPED or address in _NAT64:
        return None
    if (why := next((why for net, why in _V6 if address in net), None)) is not None:
        return why
    return None if address in _GLOBAL_UNICAST else "not global unicast"


@lru_cache(maxsize=4096)
def reason_against(address: IPAddress) -> str | None:
    """Why this address is refused, in words for the operator's log; None when it is public."""
    if isinstance(address, IPv6Address):
        return _against_v6(address)
    return next((why for net, why in _V4 if address in net), None)
