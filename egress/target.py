"""A URL taken apart once, strictly, so that what is judged is what is dialled."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote

import idna

from egress.errors import BlockedAddressError

__all__ = ["Target"]

_URL = re.compile(r"(?i)(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PATH_SAFE = "/?%:@!$&'()*+,;=~-._[]|{}^`\"<>"


def _wrong(url: str, why: str) -> BlockedAddressError:
    shown = url if len(url) <= 200 else f"{url[:200]}…"
    return BlockedAddressError(
        f"{shown!r} cannot be requested: {why}. Give a complete public http or https URL.",
        private=why,
    )


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: scheme, host (lower case, IDNA, no brackets), port, and path?query."""

    scheme: str
    host: str
    port: int
    path: str = "/"

    @classmethod
    def of_url(cls, url: str) -> "Target":
        """Read a complete http(s) URL; BlockedAddressError for every other kind.

        It is stricter than a browser: white space, control characters, backslashes, user names,
        percent signs in the host and IPv4 in any but the dotted form are refused, not repaired.
        """
        if _FORBIDDEN.search(url):
            raise _wrong(url, "it holds white space, a control character or a backslash")
        match = _URL.fullmatch(url)
        if match is None:
            raise _wrong(url, "it is not a complete http or https URL")
        scheme = match[1].lower()
        host, port = _authority(url, match[2], _DEFAULT_PORTS[scheme])
        path = quote(match[3], safe=_PATH_SAFE)
        return cls(scheme, host, port, path if path.startswith("/") else f"/{path}")

    @classmethod
    def of_authority(cls, scheme: str, authority: str, path: str = "/") -> "Target":
        """Read `host:port` as a proxy gets it; the path is taken as it is."""
        if _FORBIDDEN.search(authority):
            raise _wrong(authority, "its host is not valid")
        host, port = _authority(authority, authority, _DEFAULT_PORTS[scheme])
        return cls(scheme, host, port, path)

    @property
    def authority(self) -> str:
        """The `Host` header: brackets around IPv6, no default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


def _authority(url: str, text: str, default_port: int) -> tuple[str, int]:
    if "@" in text:
        raise _wrong(url.rpartition("@")[2], "it holds a user name or password")
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
        if not bracket or (rest and not rest.startswith(":")):
            raise _wrong(url, "its host is not valid")
        return _ipv6(url, host), _port(url, port, default_port)
    host, _, port = text.partition(":")
    return _name(url, host), _port(url, port, default_port)


def _port(url: str, text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise _wrong(url, "its port is not a number from 1 to 65535")
    return int(text)


def _ipv6(url: str, text: str) -> str:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise _wrong(url, "its host is not valid") from None
    if address.scope_id is not None:
        raise _wrong(url, "its host names a network interface")
    return address.compressed


def _name(url: str, text: str) -> str:
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise _wrong(url, "its host is not valid") from None
    host = text.lower().removesuffix(".")
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise _wrong(url, "its host is not valid")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        # A host that ends in a number is IPv4 by the URL standard; only its plain form is taken.
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            raise _wrong(url, "its host is an IPv4 address in an unusual form") from None
    return host
