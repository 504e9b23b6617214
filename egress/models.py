"""What goes in and out of egress: limits, reports and fetched answers, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from core.reach import Reach

__all__ = ["EgressLimits", "EgressReport", "Fetched", "IPAddress", "LostRequest"]

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class EgressLimits:
    """What one render may spend outside. Sizes are bytes, both directions together; times seconds.

    `max_requests` counts plain requests and tunnels (a tunnel may carry many requests).
    `connect_timeout` bounds name lookup and connection; `resource_timeout` one plain request
    from its head to the end of its answer, and a tunnel's silence; `total_timeout` all from the
    render's first moment outside: after it everything is cut.
    """

    max_requests: int = 500
    max_bytes: int = 64 * 1024 * 1024
    max_redirects: int = 10
    connect_timeout: float = 10.0
    resource_timeout: float = 15.0
    total_timeout: float = 60.0
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class LostRequest:
    """One request that came to nothing: its URL as the page gave it, and why in public words.

    A tunnel shows no more of its URL than `https://host:port/`.
    """

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class EgressReport:
    """What one render did outside. `bytes` counts both directions; each URL is listed once.

    `blocked` was refused by the policy or a limit; `failed` did not get what it asked for.
    """

    account: str = ""
    requests: int = 0
    bytes: int = 0
    blocked: tuple[LostRequest, ...] = ()
    failed: tuple[LostRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer from outside. `headers` have lower-case names; `url` is the last one asked.

    `body` is decoded (gzip, deflate). `truncated` says that more would have come.
    `media_type` is `Content-Type` without its parameters, lower case, "" when absent. `digest` is
    SHA-256 (hex) of the body of an asset, and "" for all else.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    media_type: str = ""
    truncated: bool = False
    digest: str = ""
