"""What can be wrong with a file that somebody uploads."""

from core.errors import ContentError

__all__ = ["UnreadableFontError", "UnreadableImageError"]


class UnreadableFontError(ContentError):
    """A font is of a kind that is not read, is broken, or unpacks to too many bytes. The text says
    which: send one face as TTF, OTF, WOFF or WOFF2.
    """

    code = "unreadable_font"
    title = "Unreadable font"


class UnreadableImageError(ContentError):
    """A picture is of a kind that is not read, is broken, or has too many pixels. The text says
    which: send PNG, JPEG, WebP, AVIF or GIF of at most 64 million pixels.
    """

    code = "unreadable_image"
    title = "Unreadable image"
