"""What a document can do wrong on its way to a PDF."""

from core.errors import ContentError

__all__ = ["DocumentTooComplexError", "PageRangeError", "UnreadableDocumentError"]


class DocumentTooComplexError(ContentError):
    """Laying out the document took more memory than one may have, or broke the layout engine.

    Split it, make its tables and pictures smaller, or use the other engine.
    """

    code = "document_too_complex"
    title = "Document too complex"


class PageRangeError(ContentError):
    """`pageRanges` names no page that the document has. Write it as `1-3, 5, 8-`."""

    code = "page_range"
    title = "Page range"


class UnreadableDocumentError(ContentError):
    """A PDF that was handed in cannot be read, or is encrypted. Repair it, or decrypt it first."""

    code = "unreadable_document"
    title = "Unreadable document"
