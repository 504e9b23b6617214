"""What one render has done outside so far, and whether it may go on."""

import asyncio

import structlog

from core.errors import PlatenError
from egress.errors import BlockedAddressError, FetchFailedError
from egress.models import BlockedRequest, EgressLimits, EgressReport

__all__ = ["Session"]

_log = structlog.get_logger("egress")

_BLOCKED_LISTED = 100


class Session:
    """The account of one render on one proxy port: its limits, its counters, its connections."""

    def __init__(self, account: str, limits: EgressLimits) -> None:
        self.account = account
        self.limits = limits
        self._requests = 0
        self._bytes = 0
        self._blocked: dict[str, BlockedRequest] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self.lookups = asyncio.Semaphore(8)  # one page must not fill the resolver's threads

    def admit(self, host: str) -> None:
        """Count a request to `host`; raises BlockedAddressError when it may not be made at all."""
        self._requests += 1
        if self._requests > self.limits.max_requests:
            raise BlockedAddressError(
                f"More than {self.limits.max_requests} requests for one render: the rest is "
                "refused. Let the page load less."
            )
        if self._bytes > self.limits.max_bytes:
            raise self._too_many_bytes()
        reach = self.limits.reach
        if reach == "none" or (reach == "allow-list" and host not in self.limits.hosts):
            raise BlockedAddressError(
                f"This render may not request {host}: its egress policy is {reach!r}."
            )

    def spend(self, size: int) -> None:
        """Count bytes carried; raises BlockedAddressError once there are too many."""
        self._bytes += size
        if self._bytes > self.limits.max_bytes:
            raise self._too_many_bytes()

    def refuse(self, url: str, error: PlatenError) -> None:
        """Note a request that failed: the log gets all, the report what the policy refused."""
        place = url.partition("?")[0]  # queries hold secrets
        _log.info(
            "egress.refused" if isinstance(error, BlockedAddressError) else "egress.failed",
            account=self.account,
            url=place,
            reason=error.private or error.message,
        )
        if isinstance(error, BlockedAddressError) and len(self._blocked) < _BLOCKED_LISTED:
            self._blocked.setdefault(url, BlockedRequest(url, error.message))

    def joined(self, connection: "asyncio.Task[None]") -> None:
        """A browser's connection that belongs to this render from now on."""
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    def report(self) -> EgressReport:
        """What was done so far."""
        return EgressReport(
            self.account, self._requests, self._bytes, tuple(self._blocked.values())
        )

    async def cut(self) -> None:
        """End every connection of this render."""
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        if connections:
            await asyncio.wait(connections)

    def _too_many_bytes(self) -> BlockedAddressError:
        return BlockedAddressError(
            f"More than {self.limits.max_bytes} bytes for one render: the rest is refused. "
            "Let the page load less."
        )


def unexpected(error: Exception) -> FetchFailedError:
    """A broken connection or an answer that is no HTTP, as the one error of its kind."""
    return FetchFailedError(
        "The connection broke or the answer was not valid.", private=repr(error)
    )
