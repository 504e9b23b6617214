"""Our own requests to the outside: assets, CSV sources, bindings, webhooks."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import httpcore2

from core.reach import Reach
from egress.decode import read_limited
from egress.errors import FetchFailedError
from egress.models import Fetched
from egress.outgoing import Outgoing
from egress.policy import Policy
from egress.session import out_of_reach, too_many_redirects
from egress.target import Target
from egress.transport import Connections

__all__ = ["EgressClient"]

_MEGABYTE = 1024 * 1024


class EgressClient:
    """An HTTP/1.1 client that obeys the policy at every connection, so at every redirect too.

    It keeps no cookies, reads no environment, and never shares a connection between accounts.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._connections = Connections(policy)

    async def check(self, url: str, reach: Reach | None = None) -> None:
        """Judge a URL without a request, as at saving it; BlockedAddressError or FetchFailedError.

        It will be judged again when it is dialled: names change.
        """
        target = Target.of_url(url)
        _permit(target, reach)
        await self.policy.resolve(target.host, target.port)

    async def fetch(
        self,
        url: str,
        *,
        account: str = "",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float = 10.0,
        max_bytes: int = 32 * _MEGABYTE,
        max_redirects: int = 5,
        reach: Reach | None = None,
    ) -> Fetched:
        """Request `url`, follow up to `max_redirects`, and read at most `max_bytes` of body.

        Any HTTP status is an answer. `timeout` is seconds for the whole. Headers of the caller
        go to the first origin only. Raises BlockedAddressError, or FetchFailedError, also for a
        body that is longer than `max_bytes`.
        """
        sent = Outgoing.of(method, url, headers or {}, content)
        async with _failures(url, timeout):
            for _ in range(max_redirects + 1):
                _permit(sent.target, reach)
                answer = await self._ask(sent, account, max_bytes, timeout)
                following = sent.following(answer)
                if following is None:
                    return _whole(answer, max_bytes)
                sent = following
        raise too_many_redirects(url, max_redirects)

    async def ask(
        self,
        sent: Outgoing,
        *,
        account: str,
        timeout: float,
        max_bytes: int,
        on_bytes: Callable[[int], None] | None = None,
    ) -> Fetched:
        """One request and its answer, whatever it is; redirects are the caller's to follow.

        `on_bytes` hears of each piece of the body. Raises what `fetch` raises.
        """
        async with _failures(sent.target.url, timeout):
            return _whole(await self._ask(sent, account, max_bytes, timeout, on_bytes), max_bytes)

    async def post(
        self,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        timeout: float = 15.0,
        *,
        account: str = "",
    ) -> Fetched:
        """Deliver `content` once: no redirect is followed, at most 64 kB of answer are read."""
        sent = Outgoing.of("POST", url, headers, content)
        async with _failures(url, timeout):
            return await self._ask(sent, account, 64 * 1024, timeout)

    async def close(self) -> None:
        """Close the connections that are kept."""
        await self._connections.close()

    async def _ask(
        self,
        sent: Outgoing,
        account: str,
        max_bytes: int,
        timeout: float,
        on_bytes: Callable[[int], None] | None = None,
    ) -> Fetched:
        target = sent.target
        url = httpcore2.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        async with (
            self._connections.pool(account) as pool,
            pool.stream(
                sent.method,
                url,
                headers=[(name.encode(), value.encode("latin-1")) for name, value in sent.fields()],
                content=sent.content,
                extensions={"timeout": {"connect": timeout}},
            ) as response,
        ):
            headers = _lowered(response.headers)
            coding = headers.get("content-encoding", "")
            pieces = response.aiter_stream()
            body, more = await read_limited(pieces, coding, max_bytes, on_bytes)
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            return Fetched(response.status, headers, body, target.url, kind, more)


def _permit(target: Target, reach: Reach | None) -> None:
    if reach is not None and not reach.permits(target.host):
        raise out_of_reach(target.host, reach.policy)


def _lowered(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _whole(answer: Fetched, max_bytes: int) -> Fetched:
    if answer.truncated:
        raise FetchFailedError(
            f"{answer.url} sent more than {max_bytes} bytes. Give a smaller resource."
        )
    return answer


@asynccontextmanager
async def _failures(url: str, timeout: float) -> AsyncGenerator[None]:
    """One deadline for the whole, and one error for every way in which the other side can fail."""
    try:
        async with asyncio.timeout(timeout):
            yield
    except (TimeoutError, httpcore2.TimeoutException) as error:
        raise FetchFailedError(f"{url} did not answer within {timeout:g} s.") from error
    except (OSError, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        cause = error.__cause__ or error.__context__ or error
        failed = FetchFailedError(f"{url} {_reason(cause)}.", private=repr(error))
        failed.passing = not isinstance(cause, ssl.SSLError)
        raise failed from error


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a TLS certificate that is not valid: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS as it should"
    return "refused the connection, broke it, or did not speak HTTP"
