"""From bytes that somebody sent to what is kept of them."""

import asyncio

from renderer.intake.intake import Taken, take_font, take_photo
from renderer.jail import Jail
from templates_store.assets.asset import AssetKind
from templates_store.assets.kind import kind_of
from templates_store.errors import AssetTooLargeError

__all__ = ["take_in"]


async def take_in(jail: Jail, data: bytes, most: int) -> tuple[AssetKind, Taken]:
    """The kind of some bytes and the file that is kept of them, at most `most` bytes.

    Raises AssetTooLargeError, AssetRefusedError, UnreadableImageError, UnreadableFontError.
    """
    _refuse_large(len(data), most)
    found = await asyncio.to_thread(kind_of, data)
    if not found.sealed:
        return found.kind, Taken(data, found.media_type, found.extension)
    take = take_font if found.kind == "font" else take_photo
    taken = await take(jail, data)
    _refuse_large(len(taken.data), most)
    return found.kind, taken


def _refuse_large(size: int, most: int) -> None:
    if size > most:
        raise AssetTooLargeError(
            f"The file has {size} bytes, and an asset may have {most} (PLATEN_ASSET_MAX_BYTES): "
            "send a smaller one"
        )
