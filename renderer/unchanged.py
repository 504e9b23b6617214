"""Whether what a document used from outside is still what it was."""

import asyncio
from collections.abc import Sequence

from egress.asset_cache import AssetCache
from egress.session import Session
from renderer.request import AssetUse

__all__ = ["unchanged"]


async def unchanged(cache: AssetCache, session: Session, assets: Sequence[AssetUse]) -> bool:
    """True when every asset is fresh in memory or, when its server is asked again, the same."""
    answers = await asyncio.gather(
        *(cache.fetch(one.url, session, dict(one.headers)) for one in assets),
        return_exceptions=True,
    )
    return all(
        not isinstance(found, BaseException) and found.digest == one.digest
        for one, found in zip(assets, answers, strict=True)
    )
