"""The format that a body names, under either of its two names."""

from collections.abc import Sequence

from core.errors import FieldError, ValidationError
from jobs.formats import Format, format_named
from jobs.render.command import Kind

__all__ = ["named_format"]


def named_format(
    file_extension: str | None, name: str | None, kinds: Sequence[Kind]
) -> Format | None:
    """The format of `fileExtension` or `format`, None when neither is there.

    Raises ValidationError for an unknown one and for two that disagree.
    """
    by_extension = None
    if file_extension is not None:
        by_extension = format_named(file_extension, "fileExtension", tuple(kinds))
    by_name = None if name is None else format_named(name, "format", tuple(kinds))
    if by_extension and by_name and by_extension.encoding != by_name.encoding:
        message = "fileExtension and format are the same thing and disagree: leave one out"
        raise ValidationError(
            message,
            fields=[
                FieldError("fileExtension", message, "contradiction"),
                FieldError("format", message, "contradiction"),
            ],
        )
    return by_extension or by_name
