"""One request and its answer, seen from the edge."""

import time
from dataclasses import dataclass, field

from starlette.types import Scope

from api.limits import Standing

__all__ = ["Exchange", "exchange_of"]

_KEY = "platen.exchange"


@dataclass(slots=True)
class Exchange:
    """What every answer carries, whoever writes it. `started` is of `perf_counter`.

    `path` is the path as it was sent, percent-encoding and all. `route` is the pattern that
    matched: logs show it instead of the path, which may carry a token.
    """

    request_id: str
    path: str
    accepted_us: int
    started: float = field(default_factory=time.perf_counter)
    timings: dict[str, float] = field(default_factory=dict[str, float])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    standing: Standing | None = None
    route: str = ""
    workspace_id: str = ""
    code: str = ""

    def put(self, scope: Scope) -> None:
        """Lay it where the inner floors find it."""
        scope[_KEY] = self

    def server_timing(self) -> str:
        """The `Server-Timing` header: the render's steps and the total, in ms."""
        total = (time.perf_counter() - self.started) * 1000
        steps = "".join(f"{name};dur={ms:.1f}, " for name, ms in self.timings.items())
        return f"{steps}total;dur={total:.1f}"


def exchange_of(scope: Scope) -> Exchange:
    """The exchange that the edge began for this request."""
    exchange: Exchange = scope[_KEY]
    return exchange
