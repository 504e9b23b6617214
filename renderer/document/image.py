"""Pictures that came from outside, decoded in the jail and nowhere else."""

from dataclasses import dataclass

from core.errors import ContentError, InternalError
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError

__all__ = ["DecodedImage", "UnreadableImageError", "decode_image"]


class UnreadableImageError(ContentError):
    """A picture is of a kind that is not read, is broken, or has too many pixels. The text says
    which: send PNG, JPEG, WebP, AVIF or GIF of at most 64 million pixels.
    """

    code = "unreadable_image"
    title = "Unreadable image"


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Facts of a picture; `png` is it upright in RGB or RGBA, empty if only facts were asked for.

    `width` and `height` are pixels, `format` is what it came as (`JPEG`), `frames` at least 1.
    """

    format: str
    width: int
    height: int
    frames: int
    png: bytes = b""


async def decode_image(
    jail: Jail, data: bytes, *, facts_only: bool = False, timeout: float = 10.0
) -> DecodedImage:
    """Judge a picture by its header, then decode it. Raises UnreadableImageError."""
    memory = jail.settings.jail_document_memory_mb << 20
    payload = {"facts_only": facts_only}
    try:
        reply = await jail.run("image", payload, [data], timeout=timeout, memory_bytes=memory)
    except JailJobError as error:
        if error.code in {"unreadable_image", "image_too_large", "memory"}:
            raise UnreadableImageError(error.message) from error
        raise InternalError("Decoding a picture failed.", private=str(error)) from error
    except JailKilledError as error:
        text = "The picture takes too long or too much memory to decode. Make it smaller."
        raise UnreadableImageError(text, private=error.private) from error
    png = reply.attachments[0] if reply.attachments else b""
    return DecodedImage(**reply.payload, png=png)
