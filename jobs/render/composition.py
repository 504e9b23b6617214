"""What the renders of one call share: the documents, each composed once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from core.clock import now_us
from core.errors import PlatenError
from renderer.compose.composed import Composed
from renderer.request import RenderRequest, TemplateSource

__all__ = ["Composition"]


@dataclass(slots=True)
class Composition:
    """The composed sources of a call whose renders differ in size, layout or format alone.

    Data, locale and time zone are the same for all of them, and so is the moment, which is the
    call's. A source is composed when the first render is drawn that needs it, and an error of it is
    everybody's.
    """

    moment_us: int = field(default_factory=now_us)
    _made: dict[str, Composed | PlatenError] = field(
        default_factory=dict[str, Composed | PlatenError]
    )
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(
        self, request: RenderRequest, compose: Callable[[RenderRequest], Awaitable[Composed]]
    ) -> Composed | None:
        """The documents of the request; None when it is no template. Raises what `compose` does."""
        if not isinstance(request.source, TemplateSource):
            return None
        async with self._turn:
            if request.source.source not in self._made:
                self._made[request.source.source] = await _tried(compose, request)
        made = self._made[request.source.source]
        if isinstance(made, PlatenError):
            raise made
        return made

    @property
    def error(self) -> PlatenError | None:
        """What went wrong with a source, if anything did."""
        return next((one for one in self._made.values() if isinstance(one, PlatenError)), None)


async def _tried(
    compose: Callable[[RenderRequest], Awaitable[Composed]], request: RenderRequest
) -> Composed | PlatenError:
    try:
        return await compose(request)
    except PlatenError as error:
        return error
