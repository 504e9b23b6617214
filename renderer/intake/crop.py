"""Parts of photographs, named by an address and made when a document asks for it."""

import re
from base64 import urlsafe_b64decode
from binascii import Error
from dataclasses import dataclass

from core.errors import InternalError
from renderer.intake.errors import UnreadableImageError
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError
from renderer.origin import GIVEN, STORED

__all__ = ["Crop", "crop_of", "cropped"]

_SECONDS = 15.0
_FOCUS = r"(smart|([01](?:\.\d+)?),([01](?:\.\d+)?))"
_PATH = re.compile(rf"\.crop/(\d{{1,4}})x(\d{{1,4}})/{_FOCUS}/([\w./=+-]+)", re.ASCII)
_GIVEN = re.compile(rf"{re.escape(GIVEN)}/(image/[\w.+-]+)/(.+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of `source`, which is a URL (`data:` too) or the path of a file of the workspace.

    `focus` None: what stands out most. Sizes are CSS pixels.
    """

    width: int
    height: int
    focus: tuple[float, float] | None
    source: str


def crop_of(path: str) -> Crop | None:
    """What a path below the document's origin asks for; None when it asks for no part."""
    found = _PATH.fullmatch(path)
    if found is None or not int(found[1]) or not int(found[2]):
        return None
    focus = None if found[3] == "smart" else (float(found[4]), float(found[5]))
    source = _source(found[6])
    return Crop(int(found[1]), int(found[2]), focus, source) if source else None


def _source(place: str) -> str | None:
    if place.startswith(f"{STORED}/"):
        return place
    if given := _GIVEN.fullmatch(place):
        return f"data:{given[1]};base64,{given[2]}"
    try:
        return urlsafe_b64decode(place).decode()
    except (Error, UnicodeDecodeError, ValueError):
        return None


async def cropped(jail: Jail, data: bytes, crop: Crop) -> bytes:
    """The part as a file of its own. Raises UnreadableImageError."""
    payload = {"width": crop.width, "height": crop.height, "focus": crop.focus}
    memory = jail.settings.jail_document_memory_mb << 20
    try:
        reply = await jail.run("crop", payload, [data], timeout=_SECONDS, memory_bytes=memory)
    except JailJobError as error:
        if error.code in {"unreadable_image", "image_too_large", "memory"}:
            raise UnreadableImageError(error.message) from error
        raise InternalError("Cutting a picture failed.", private=str(error)) from error
    except JailKilledError as error:
        text = "The picture takes too long or too much memory to cut. Make it smaller."
        raise UnreadableImageError(text, private=error.private) from error
    return reply.attachments[0]
