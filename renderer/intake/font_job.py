"""A font file judged by reading all of it that engines rely on. Runs in the jail."""

import struct
from io import BytesIO
from typing import Any

from fontTools.ttLib import TTFont, TTLibError

from renderer.jail_child.call import Answer, Call, JobError

__all__ = ["font"]

_KINDS = {
    b"\0\1\0\0": ("font/ttf", "ttf"),
    b"true": ("font/ttf", "ttf"),
    b"OTTO": ("font/otf", "otf"),
    b"wOFF": ("font/woff", "woff"),
    b"wOF2": ("font/woff2", "woff2"),
}
_PACKED = (b"wOFF", b"wOF2")
_UNPACKED_AT = 16
"""Where WOFF and WOFF2 say how many bytes they unpack to (W3C, section 4 of either)."""
_MOST_UNPACKED = 64_000_000
_NEEDED = ("head", "hhea", "maxp", "hmtx", "cmap", "name")
_LONGEST_NAME = 100
_ITALIC = 1


def font(call: Call) -> Answer:
    """Facts of the font in attachment 0: family, weight (least, most), style, how many glyphs."""
    data = call.attachments[0]
    media_type, extension = _kind(data)
    try:
        face = TTFont(BytesIO(data), lazy=False, checkChecksums=0)
        facts = _facts(face)
    except JobError:
        raise
    except MemoryError as error:
        raise JobError("memory", "The font unpacks to too many bytes.") from error
    except (TTLibError, RecursionError) as error:
        raise _broken(error) from error
    except Exception as error:  # its tables are whatever somebody wrote into them
        raise _broken(error) from error
    return {**facts, "media_type": media_type, "extension": extension}, ()


def _kind(data: bytes) -> tuple[str, str]:
    mark = data[:4]
    if mark == b"ttcf":
        raise JobError("unreadable_font", "This is a collection of fonts: send one face of it.")
    if mark not in _KINDS:
        raise JobError("unreadable_font", "This is no TTF, OTF, WOFF or WOFF2.")
    if mark in _PACKED:
        if len(data) < _UNPACKED_AT + 4:
            raise JobError("unreadable_font", "The font is cut off.")
        (size,) = struct.unpack_from(">I", data, _UNPACKED_AT)
        if size > _MOST_UNPACKED:
            raise JobError(
                "unreadable_font", f"The font unpacks to {size:,} bytes; {_MOST_UNPACKED:,} is most"
            )
    return _KINDS[mark]


def _facts(face: Any) -> dict[str, Any]:
    missing = [name for name in _NEEDED if name not in face]
    if missing or not {"glyf", "CFF ", "CFF2", "CBDT", "sbix", "COLR", "SVG "} & set(face.keys()):
        raise JobError("unreadable_font", f"The font lacks tables: {', '.join(missing) or 'glyf'}")
    glyphs = len(face.getGlyphOrder())
    if not face.getBestCmap():
        raise JobError("unreadable_font", "The font has no characters of Unicode.")
    _read_outlines(face)
    return {
        "family": _family(face),
        "weight": _weight(face),
        "style": _style(face),
        "glyphs": glyphs,
    }


def _read_outlines(face: Any) -> None:
    """Read every table that is drawn from, so that a broken one shows here and not in a render."""
    for name in ("hmtx", "OS/2", "glyf", "CFF ", "CFF2", "fvar", "GSUB", "GPOS"):
        if name in face:
            face[name]  # reading is what may fail
    outlines = face.get("glyf")
    if outlines is not None:
        for name in face.getGlyphOrder():
            outlines[name].expand(outlines)


def _family(face: Any) -> str:
    name = face["name"].getDebugName(16) or face["name"].getDebugName(1) or ""
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise JobError("unreadable_font", "The font says no family name that could be used.")
    return name


def _weight(face: Any) -> list[int]:
    for axis in face["fvar"].axes if "fvar" in face else ():
        if axis.axisTag == "wght":
            return [_in_range(axis.minValue), _in_range(axis.maxValue)]
    weight = _in_range(face["OS/2"].usWeightClass if "OS/2" in face else 400)
    return [weight, weight]


def _in_range(weight: float) -> int:
    return max(1, min(1000, round(weight)))


def _style(face: Any) -> str:
    italic = face["OS/2"].fsSelection & _ITALIC if "OS/2" in face else face["head"].macStyle & 2
    return "italic" if italic else "normal"


def _broken(error: BaseException) -> JobError:
    told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return JobError("unreadable_font", f"The font is broken: {told}")
