"""Uploads handed to the jail, and what it says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import InternalError, PlatenError
from renderer.intake.errors import UnreadableFontError, UnreadableImageError
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError
from renderer.jail_process import JailReply

__all__ = ["Taken", "take_font", "take_photo"]

_SECONDS = 20.0
_MEDIA_TYPES = {
    "AVIF": ("image/avif", "avif"),
    "GIF": ("image/gif", "gif"),
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it is kept. `facts`: `width`, `height`, `frames` and `changed` of a picture;
    `family`, `weight` (least and most), `style` and `glyphs` of a font.
    """

    data: bytes
    media_type: str
    extension: str
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


async def take_photo(jail: Jail, data: bytes) -> Taken:
    """A picture upright, in sRGB, with eight bits; untouched when it is so. Raises
    UnreadableImageError.
    """
    reply = await _ask(jail, "photo", data, UnreadableImageError)
    facts = dict(reply.payload)
    media_type, extension = _MEDIA_TYPES[facts.pop("format")]
    kept = reply.attachments[0] if reply.attachments else data
    return Taken(kept, media_type, extension, facts)


async def take_font(jail: Jail, data: bytes) -> Taken:
    """A font that was read to the end. Raises UnreadableFontError."""
    reply = await _ask(jail, "font", data, UnreadableFontError)
    facts = dict(reply.payload)
    return Taken(data, facts.pop("media_type"), facts.pop("extension"), facts)


async def _ask(jail: Jail, job: str, data: bytes, refused: type[PlatenError]) -> JailReply:
    memory = jail.settings.jail_document_memory_mb << 20
    try:
        return await jail.run(job, {}, [data], timeout=_SECONDS, memory_bytes=memory)
    except JailJobError as error:
        if error.code in {refused.code, "image_too_large", "memory"}:
            raise refused(error.message) from error
        raise InternalError("Reading an upload failed.", private=str(error)) from error
    except JailKilledError as error:
        text = "The file takes too long or too much memory to read. Send a smaller one."
        raise refused(text, private=error.private) from error
