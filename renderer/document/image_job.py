"""A user's picture judged and decoded in the jail's child."""

from io import BytesIO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from renderer.document.images import FORMATS, MAX_PIXELS, restrict
from renderer.jail_child.call import Answer, Call, JobError

__all__ = ["image"]

restrict()


def image(call: Call) -> Answer:
    """The picture in attachment 0 as it should be seen: turned by its EXIF, in RGB or RGBA, PNG.

    With `facts_only` nothing is decoded beyond the header.
    """
    try:
        picture = Image.open(BytesIO(call.attachments[0]), formats=FORMATS)
    except Image.DecompressionBombError as error:
        text = f"The picture has more than {MAX_PIXELS:,} pixels. Make it smaller."
        raise JobError("image_too_large", text) from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        names = ", ".join(FORMATS)
        raise JobError("unreadable_image", f"This is no picture of these kinds: {names}") from error
    facts = {"format": picture.format, "width": picture.width, "height": picture.height,
             "frames": int(getattr(picture, "n_frames", 1))}  # fmt: skip
    if call.payload["facts_only"]:
        return facts, ()
    # WeasyPrint, in the same child, wants broken pictures shown as far as they go; we do not.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        upright = ImageOps.exif_transpose(picture)
        out = BytesIO()
        seen = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        seen.save(out, "PNG", compress_level=1)
    except (OSError, SyntaxError, ValueError) as error:
        raise JobError("unreadable_image", f"The picture is broken: {error}") from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
    return {**facts, "width": seen.width, "height": seen.height}, [out.getvalue()]
