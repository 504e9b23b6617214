"""What one document may be given: the files that came with it, and what is outside."""

from collections.abc import Callable, Mapping

from core.errors import PlatenError
from egress.asset_cache import AssetCache
from egress.errors import BlockedAddressError
from egress.models import Fetched
from egress.session import Session
from renderer.request import AssetUse

__all__ = ["Supply"]


class Supply:
    """A document's files and its render's way outside; the session notes what it did not get.

    `note` hears of every asset that was given.
    """

    def __init__(
        self,
        cache: AssetCache,
        session: Session,
        files: Mapping[str, bytes] | None = None,
        note: Callable[[AssetUse], None] | None = None,
    ) -> None:
        self._cache = cache
        self._session = session
        self._files = files or {}
        self._note = note

    def file(self, name: str) -> bytes | None:
        """A file by its relative path."""
        body = self._files.get(name)
        if body is None:
            self._session.lose(name, "No such file came with the request.")
        return body

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """GET an asset, whatever its status. Raises BlockedAddressError, FetchFailedError."""
        try:
            found = await self._cache.fetch(url, self._session, headers)
        except PlatenError as error:
            self._session.refuse(url, error)
            if not isinstance(error, BlockedAddressError):
                self._session.lose(url, error.message)
            raise
        if found.status >= 400:
            self._session.lose(url, f"The server answered {found.status}.")
        elif self._note is not None:
            self._note(AssetUse(url, tuple(sorted((headers or {}).items())), found.digest))
        return found
