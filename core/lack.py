"""What the operating system's refusals mean for a caller: it lacks something, for the moment."""

import errno

from core.errors import OverloadedError, ServiceError, TempSpaceError

__all__ = ["lack_of"]

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_NO_MORE = {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM}
_DEEPEST = 10
"""Causes that are looked at behind an error."""


def lack_of(error: BaseException) -> ServiceError | None:
    """The 503 for an error that comes from a full disk or from too many files or processes.

    None for any other. What stands behind the error as its cause counts too.
    """
    seen: BaseException | None = error
    for _ in range(_DEEPEST):
        if seen is None:
            return None
        if isinstance(seen, OSError) and (known := _of_number(seen.errno, repr(error))):
            return known
        seen = seen.__cause__ or seen.__context__
    return None


def _of_number(number: int | None, private: str) -> ServiceError | None:
    if number in _NO_ROOM:
        return TempSpaceError(
            "The service has no room for temporary files: send the request again in a moment",
            retry_after=5,
            private=private,
        )
    if number in _NO_MORE:
        return OverloadedError(
            "The service may open no more files or processes: send the request again in a moment",
            retry_after=5,
            private=private,
        )
    return None
