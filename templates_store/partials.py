"""Templates of the workspace that others include by name, pinned where they are included."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from renderer.compose.names import nearest
from templates_store.discover import Analyse
from templates_store.errors import PartialNotFoundError

__all__ = ["FindPartial", "Partial", "pinned_partials", "sources_of"]

_MOST = 50


@dataclass(frozen=True, slots=True)
class Partial:
    """One template as it was when the version that includes it was saved."""

    uid: str
    version: int
    html: str


FindPartial = Callable[[str], Awaitable[Partial | Sequence[str]]]
"""The workspace's template of that name or uid; or, without one, the names that there are."""


async def pinned_partials(
    names: tuple[str, ...], syntax: str, analyse: Analyse, find: FindPartial
) -> dict[str, Partial]:
    """What the names stand for, and what those include in turn.

    A partial is read in the language of the template that includes it. Raises
    PartialNotFoundError, and what `analyse` raises (with `partial` in `extra`).
    """
    pinned: dict[str, Partial] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in pinned:
            continue
        found = await find(name)
        if not isinstance(found, Partial):
            raise _not_found(name, found)
        if len(pinned) >= _MOST:
            raise PartialNotFoundError(f"A template may include {_MOST} others, not more")
        pinned[name] = found
        waiting += (await analyse(found.html, syntax, None)).includes
    return pinned


def sources_of(partials: Mapping[str, Partial]) -> dict[str, str]:
    """Name -> source, as the renderer takes them."""
    return {name: partial.html for name, partial in partials.items()}


def _not_found(name: str, known: Sequence[str]) -> PartialNotFoundError:
    near = nearest(name, known)
    hint = f"; did you mean '{near}'?" if near else ": store it first"
    return PartialNotFoundError(
        f"The source includes '{name[:80]}', and no template of this workspace has that name{hint}",
        extra={"partial": name[:80]} | ({"suggestion": near} if near else {}),
    )
