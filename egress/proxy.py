"""The loopback proxy that all of Chromium's traffic goes through."""

import asyncio

from egress.policy import Policy
from egress.port import ProxyPort

__all__ = ["EgressProxy"]


class EgressProxy:
    """HTTP/1.1 and CONNECT on loopback; one port per render slot, so that the port is the identity.

    Everything it dials was resolved once and judged by the policy, again at each request, so
    redirects, rebinding and IPv6 forms lead nowhere new.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._ports: list[ProxyPort] = []

    async def open_port(self) -> ProxyPort:
        """A new port on 127.0.0.1, which refuses everything until its first `begin`."""
        port = ProxyPort(self.policy)
        await port.listen()
        self._ports.append(port)
        return port

    async def close_port(self, port: ProxyPort) -> None:
        """Cut what runs through this port and stop listening on it; twice is fine."""
        if port in self._ports:
            self._ports.remove(port)
        await port.close()

    async def close(self) -> None:
        """Close every port and cut what runs through them."""
        ports, self._ports = self._ports, []
        await asyncio.gather(*(port.close() for port in ports))
