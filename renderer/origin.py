"""Where documents live that came as text, with all that came or was kept for them."""

from renderer.request import AssetFile

__all__ = ["DOCUMENT_ORIGIN", "GIVEN", "STORED", "stored_url"]

DOCUMENT_ORIGIN = "http://document.localhost"
"""Where a document that came as text lives, and its files beside it. Nothing of it is ever dialled.

Not https, or what the document names by http would be refused as mixed content; a name below
`localhost`, which makes a secure context all the same.
"""

STORED = ".assets"
GIVEN = ".data"
"""The folder of the workspace's assets. Its files are named by their digests, so that a page that
remembers one remembers the right one.
"""


def stored_url(file: AssetFile) -> str:
    """The URL by which documents name an asset; it holds nothing that would need escaping."""
    return f"{DOCUMENT_ORIGIN}/{STORED}/{file.digest}.{file.extension}"
