"""What one document may be given: the files that came with it, and what is outside."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Mapping

from core.errors import OverloadedError, PlatenError
from egress.asset_cache import AssetCache
from egress.errors import BlockedAddressError
from egress.models import Fetched
from egress.session import Session
from renderer.intake.crop import Crop, crop_of, cropped
from renderer.intake.errors import UnreadableImageError
from renderer.jail import Jail
from renderer.origin import STORED
from renderer.request import AssetUse

__all__ = ["Supply"]


class Supply:
    """A document's files and its render's way outside; the session notes what it did not get.

    `note` hears of every asset that was given. `jail` cuts photographs; without one nothing is cut.
    """

    def __init__(
        self,
        cache: AssetCache,
        session: Session,
        files: Mapping[str, bytes] | None = None,
        note: Callable[[AssetUse], None] | None = None,
        jail: Jail | None = None,
    ) -> None:
        self._cache = cache
        self._session = session
        self._files = files or {}
        self._note = note
        self._jail = jail
        # Its photographs wait for each other here, and only for other renders' in the jail.
        self._cutting = asyncio.Semaphore(jail.settings.jail_document_children if jail else 1)

    async def file(self, name: str) -> bytes | None:
        """A file by its relative path, or the part of a photograph that the path asks for."""
        crop = crop_of(name)
        if crop is not None and self._jail is not None:
            return await self._part(crop, self._jail)
        return self._kept(name)

    def _kept(self, name: str) -> bytes | None:
        body = self._files.get(name)
        if body is None:
            self._session.lose(name, "No such file came with the request.")
        return body

    async def _part(self, crop: Crop, jail: Jail) -> bytes | None:
        data = await self._source(crop.source)
        if data is None:
            return None  # it has been noted what did not come
        try:
            async with self._cutting:
                return await cropped(jail, data, crop)
        except (UnreadableImageError, OverloadedError) as error:
            self._session.lose(crop.source, error.message)
            return None

    async def _source(self, place: str) -> bytes | None:
        if place.startswith(STORED):
            return self._kept(place)
        if place.startswith("data:"):
            return self._given(place)
        try:
            found = await self.fetch(place)
        except PlatenError:
            return None
        return found.body if found.status < 400 else None

    def _given(self, url: str) -> bytes | None:
        try:
            return b64decode(url.partition(",")[2], validate=True)
        except ValueError as error:
            self._session.lose(url, f"Its base64 is broken: {error}.")
            return None

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
