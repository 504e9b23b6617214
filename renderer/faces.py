"""The workspace's fonts, made known to a document by their families."""

import re
from collections.abc import Sequence

from renderer.origin import stored_url
from renderer.request import FontFace

__all__ = ["with_faces"]

_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)*(?:<!doctype[^>]*>)?"
    r"\s*(?:<!--.*?-->\s*)*(?:<html(?:\s[^>]*)?>)?"
    r"\s*(?:<!--.*?-->\s*)*(?:<head(?:\s[^>]*)?>)?",
    re.DOTALL | re.IGNORECASE,
)
"""All that may stand before a head's first element."""
_UNSAFE = re.compile(r"[^0-9A-Za-z ]")


def with_faces(html: str, faces: Sequence[FontFace]) -> str:
    """The document with an `@font-face` rule for each face, before any rule of its own."""
    if not faces:
        return html
    found = _START.match(html)
    place = found.end() if found else 0
    rules = "".join(map(_rule, faces))
    return f"{html[:place]}<style>{rules}</style>{html[place:]}"


def _rule(face: FontFace) -> str:
    least, most = face.weight
    weight = f"{least}" if least == most else f"{least} {most}"
    # As escapes of CSS, since the name is whatever a font's maker wrote.
    family = _UNSAFE.sub(lambda found: f"\\{ord(found[0]):x} ", face.family)
    return (
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{face.style};'
        f"src:url({stored_url(face.file)})}}"
    )
