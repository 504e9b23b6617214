"""`multipart/form-data`: the JSON as `request`, and the files that the page names."""

import re
from collections.abc import AsyncGenerator
from posixpath import normpath

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from core.errors import ValidationError

__all__ = ["read_multipart"]

_MOST_FILES = 200
_CHARSET = re.compile(r";\s*charset[^=;]*=[^;]*", re.IGNORECASE)
"""RFC 7578 knows none for the whole: names and texts are UTF-8."""
_GENERIC_NAMES = {"file", "files", "files[]", "asset", "assets"}


async def read_multipart(content_type: str, raw: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The JSON text (empty when there is none) and the files by relative path.

    A part named `files` is known by its filename, any other by its own name. Raises
    ValidationError for a broken body and for paths that lead out.
    """

    async def whole() -> AsyncGenerator[bytes]:
        yield raw
        yield b""

    parser = MultiPartParser(
        Headers({"content-type": _CHARSET.sub("", content_type)}),
        whole(),
        max_files=_MOST_FILES,
        max_fields=_MOST_FILES,
        max_part_size=len(raw) + 1,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError) as error:
        text = f"The multipart body is broken: {getattr(error, 'message', 'bad header')}"
        raise ValidationError.of("", text, "malformed_multipart") from None
    try:
        return await _parts(form)
    finally:
        await form.close()


async def _parts(form: FormData) -> tuple[bytes, dict[str, bytes]]:
    text, files = b"", dict[str, bytes]()
    for name, part in form.multi_items():
        data = await part.read() if isinstance(part, UploadFile) else part.encode()
        if name == "request":
            text = data
        else:
            files[_path(name, part)] = data
    return text, files


def _path(name: str, part: UploadFile | str) -> str:
    filename = part.filename if isinstance(part, UploadFile) else None
    sent = filename if filename and name in _GENERIC_NAMES else name
    path = normpath(sent.replace("\\", "/"))
    if path.startswith(("/", "../")) or path in {"", ".", ".."} or "\0" in path:
        text = f"the file's path '{sent[:80]}' leads out of the page's folder: use a relative path"
        raise ValidationError.of("files", text, "bad_path")
    return path
