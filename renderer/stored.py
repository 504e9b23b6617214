"""The bytes of what a document names of the workspace's own files."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from renderer.origin import STORED
from renderer.request import AssetFile, RenderRequest, TemplateSource

__all__ = ["ReadFile", "no_files", "stored_files"]

ReadFile = Callable[[str], Awaitable[bytes]]
"""Gives the bytes of a file of the request's workspace, by its digest."""

_NAMED = re.compile(rf"{re.escape(STORED)}/([0-9a-f]{{64}})\.")


async def no_files(digest: str) -> bytes:
    """For requests that name no file."""
    raise LookupError(digest)


async def stored_files(
    request: RenderRequest, sections: Sequence[str], read: ReadFile
) -> dict[str, bytes]:
    """Relative path -> bytes of the files that the documents name, as far as the request has
    them; a document cannot name others.
    """
    files = _files_of(request)
    if not files:
        return {}
    named = {digest for section in sections for digest in _NAMED.findall(section)}
    return {
        f"{STORED}/{digest}.{files[digest].extension}": await read(digest)
        for digest in sorted(named & files.keys())
    }


def _files_of(request: RenderRequest) -> Mapping[str, AssetFile]:
    found = [face.file for face in request.fonts]
    if isinstance(request.source, TemplateSource):
        found += request.source.assets.values()
    return {file.digest: file for file in found}
