"""The one policy that every outbound request obeys."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

from egress.addresses import reason_against
from egress.errors import BlockedAddressError, FetchFailedError
from egress.models import IPAddress
from egress.ports import REFUSED_PORTS
from egress.resolve import Resolver
from egress.target import Target

__all__ = ["Policy"]


class Policy:
    """Public addresses on ports of the web, and single `host:port` that the operator opened.

    An entry with a name opens that name at whatever address it has; an entry with an address
    opens that address under whatever name. Nothing opens everything.
    """

    def __init__(self, allow: Iterable[str] = (), resolver: Resolver | None = None) -> None:
        targets = [Target.of_authority("http", entry) for entry in allow]
        self._allow = frozenset((target.host, target.port) for target in targets)
        self.resolver = resolver or Resolver()

    def judge(self, address: IPAddress, host: str, port: int) -> None:
        """Raise BlockedAddressError unless `host`, found at `address`, may be dialled on `port`."""
        address = _plain(address)
        if (host, port) in self._allow or (str(address), port) in self._allow:
            return
        if port in REFUSED_PORTS:
            raise refusal(host, port, f"port {port} is refused")
        if (why := reason_against(address)) is not None:
            raise refusal(host, port, f"{address} is refused: {why}")

    async def resolve(self, host: str, port: int, timeout: float = 5.0) -> tuple[IPAddress, ...]:
        """Every address of `host`, all judged: one that is refused refuses the name.

        Raises BlockedAddressError, also for a name that does not exist, and FetchFailedError
        when the name servers do not answer.
        """
        try:
            found = await self.resolver.addresses(host, timeout)
        except (OSError, TimeoutError) as error:  # TimeoutError is one, said for the reader
            raise FetchFailedError(
                f"The name {host} could not be looked up in {timeout:g} s. Try again later.",
                private=repr(error),
            ) from error
        if not found:
            raise refusal(host, port, "no such name")
        for address in found:
            self.judge(address, host, port)
        return tuple(_plain(address) for address in found)


def refusal(host: str, port: int, private: str) -> BlockedAddressError:
    """The one uniform answer; why exactly is for the operator's log only."""
    return BlockedAddressError(
        f"{host} on port {port} cannot be requested: it does not lead to a public address on a "
        "port of the web. Use a public http or https URL, or ask the operator to open this one "
        "with PLATEN_EGRESS_ALLOW.",
        private=private,
    )


def _plain(address: IPAddress) -> IPAddress:
    """`::ffff:a.b.c.d` is the same socket address as `a.b.c.d`."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return ip_address(mapped) if mapped is not None else address
