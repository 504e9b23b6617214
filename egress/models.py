"""What goes in and out of egress: limits, reports and fetched answers, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

__all__ = ["BlockedRequest", "EgressLimits", "EgressReport", "Fetched", "IPAddress", "Reach"]

IPAddress = IPv4Address | IPv6Address

Reach = Literal["public", "allow-list", "none"]
"""How far a render may go: every public address, only `EgressLimits.hosts`, or nowhere."""


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """What one render may spend outside. Sizes are bytes, both directions together; times seconds.

    `max_requests` counts plain requests and tunnels (a tunnel may carry many requests).
    `connect_timeout` bounds name lookup and connection; `resource_timeout` one plain request
    from its head to the end of its answer. `hosts` (lower case) matters for `allow-list` only.
    """

    max_requests: int = 500
    max_bytes: int = 64 * 1024 * 1024
    connect_timeout: float = 10.0
    resource_timeout: float = 30.0
    reach: Reach = "public"
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BlockedRequest:
    """One request that was refused: its URL as the page gave it, and why in public words.

    A tunnel shows no more of its URL than `https://host:port/`.
    """

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class EgressReport:
    """What one render did outside. `bytes` counts both directions, `blocked` has no doubles."""

    account: str = ""
    requests: int = 0
    bytes: int = 0
    blocked: tuple[BlockedRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer from outside. `headers` have lower-case names; `url` is the last one asked.

    `body` is decoded (gzip, deflate). `truncated` says that more would have come.
    `media_type` is `Content-Type` without its parameters, lower case, "" when absent.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    media_type: str = ""
    truncated: bool = False
