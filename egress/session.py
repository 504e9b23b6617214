"""What one render has done outside so far, and whether it may go on."""

import asyncio

import structlog

from core.errors import PlatenError
from egress.errors import BlockedAddressError, FetchFailedError, TooManyRedirectsError
from egress.models import EgressLimits, EgressReport, LostRequest

__all__ = ["Session", "unexpected"]

_log = structlog.get_logger("egress")

_LISTED = 100
"""URLs that the report and the log show one by one; of more, and of repetitions, only the count."""

_URL_LENGTH = 500


class Session:
    """The account of one render: its limits, its counters, what it did not get.

    `account` is the render's name in the log; `workspace` keeps connections and caches apart.
    """

    def __init__(
        self, account: str, limits: EgressLimits | None = None, workspace: str = ""
    ) -> None:
        self.account = account
        self.workspace = workspace
        self.limits = limits or EgressLimits()
        self.deadline = asyncio.get_running_loop().time() + self.limits.total_timeout
        # One page must not fill the resolver's threads, nor its workspace's connections.
        self.lookups = asyncio.Semaphore(8)
        self.fetches = asyncio.Semaphore(12)
        self._requests = 0
        self._bytes = 0
        self._blocked: dict[str, LostRequest] = {}
        self._failed: dict[str, LostRequest] = {}
        self._errors: dict[str, PlatenError] = {}
        self._untold = 0
        self._redirects: dict[str, int] = {}

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
        if asyncio.get_running_loop().time() >= self.deadline:
            raise self.too_late()
        if not self.limits.reach.permits(host):
            raise out_of_reach(host, self.limits.reach.policy)

    def spend(self, size: int) -> None:
        """Count bytes carried; raises BlockedAddressError once there are too many."""
        self._bytes += size
        if self._bytes > self.limits.max_bytes:
            raise self._too_many_bytes()

    def redirected(self, location: str, steps: int) -> None:
        """Note where an answer sends the browser, which asks there by itself."""
        self._redirects[location] = steps

    def arrived(self, url: str) -> int:
        """How many redirects led a browser to `url`; TooManyRedirectsError when too many did."""
        steps = self._redirects.pop(url, 0)
        if steps > self.limits.max_redirects:
            raise too_many_redirects(url, self.limits.max_redirects)
        return steps

    def refuse(self, url: str, error: PlatenError) -> None:
        """Note a request that failed: the log gets all, the report what the policy refused."""
        if len(self._errors) < _LISTED:
            self._errors[url] = error
        blocked = isinstance(error, BlockedAddressError)
        if blocked:
            if url in self._blocked or len(self._blocked) >= _LISTED:
                self._untold += 1
                return
            self._blocked[url] = LostRequest(url[:_URL_LENGTH], error.message)
        _log.info(
            "egress.refused" if blocked else "egress.failed",
            workspace=self.workspace,
            render=self.account,
            url=url.partition("?")[0][:_URL_LENGTH],  # queries hold secrets
            reason=error.private or error.message,
        )

    def error_of(self, url: str) -> PlatenError | None:
        """How a request to exactly this URL failed, if one did."""
        return self._errors.get(url.partition("#")[0])

    def lose(self, url: str, reason: str) -> None:
        """Note something that the page named and did not get, each URL once."""
        if len(self._failed) < _LISTED:
            self._failed.setdefault(url, LostRequest(url[:_URL_LENGTH], reason))

    def report(self) -> EgressReport:
        """What was done so far."""
        return EgressReport(
            self.account,
            self._requests,
            self._bytes,
            tuple(self._blocked.values()),
            tuple(self._failed.values()),
        )

    def close(self) -> EgressReport:
        """The last report; the log is told what it did not show one by one."""
        if self._untold:
            _log.info(
                "egress.refused_more",
                workspace=self.workspace,
                render=self.account,
                count=self._untold,
            )
            self._untold = 0
        return self.report()

    def too_late(self) -> BlockedAddressError:
        """The answer to requests after the render's time outside is over."""
        return BlockedAddressError(
            f"More than {self.limits.total_timeout:.3g} s of requests for one render: the rest is "
            "refused. Let the page load less, or from faster places."
        )

    def _too_many_bytes(self) -> BlockedAddressError:
        return BlockedAddressError(
            f"More than {self.limits.max_bytes} bytes for one render: the rest is refused. "
            "Let the page load less."
        )


def out_of_reach(host: str, policy: str) -> BlockedAddressError:
    """The answer for a host that the key's or the template's policy does not permit."""
    return BlockedAddressError(
        f"{host} may not be requested: the egress policy of this key and template is {policy}. "
        "Use a host that it lists, or widen it.",
        private=f"egress policy {policy}",
    )


def too_many_redirects(url: str, most: int) -> TooManyRedirectsError:
    """The end of a chain or a loop."""
    return TooManyRedirectsError(
        f"{url[:_URL_LENGTH]} redirected more than {most} times. Name the last URL itself."
    )


def unexpected(error: Exception) -> FetchFailedError:
    """A broken connection or an answer that is no HTTP, as the one error of its kind."""
    return FetchFailedError(
        "The connection broke, took too long or the answer was not valid.", private=repr(error)
    )
