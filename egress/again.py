"""A server that stumbles for a moment is asked again; one that hangs or refuses is not."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from egress.errors import FetchFailedError
from egress.models import Fetched

__all__ = ["asked_again"]

_PAUSES = (0.1, 0.4)
"""Seconds before the second and the third try, half as much again at most."""
_PASSING = (429, 502, 503, 504)
"""What a server or its proxy says of a moment, and not of the thing."""
_LONGEST_WISH = 2.0
"""Seconds of `Retry-After` that are waited for; who asks for more has said no."""


async def asked_again(ask: Callable[[], Awaitable[Fetched]]) -> Fetched:
    """The answer of the first try that came to something, or of the last. Raises what it raised.

    A try that ran into its timeout is not repeated: there is no time for that.
    """
    for pause in _PAUSES:
        try:
            answer = await ask()
        except FetchFailedError as error:
            if not error.passing:
                raise
            wish: float | None = pause
        else:
            wish = _wish(answer, pause) if answer.status in _PASSING else None
            if wish is None:
                return answer
        await asyncio.sleep(wish * (1 + secrets.randbelow(500) / 1000))
    return await ask()


def _wish(answer: Fetched, pause: float) -> float | None:
    told = answer.headers.get("retry-after", "").strip()
    if not (told.isascii() and told.isdigit()):
        return pause
    return max(pause, float(told)) if float(told) <= _LONGEST_WISH else None
