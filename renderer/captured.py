"""What a browser gave, before it is encoded: plain data for the steps after the slot."""

from dataclasses import dataclass

__all__ = ["Captured", "RawDocument", "RawFrames", "RawPicture"]


@dataclass(frozen=True, slots=True)
class RawPicture:
    """A picture as the browser encoded it: PNG, or JPEG if that was asked for. Pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RawFrames:
    """PNG frames and how long each is shown, in hundredths of a second."""

    frames: tuple[bytes, ...]
    delays_cs: tuple[int, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One section of a document, as PDF."""

    data: bytes


Captured = RawPicture | RawFrames | RawDocument
