"""Photographs that data named and nobody could show: an empty box only if it was asked for."""

from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from core.errors import FieldError
from jobs.render.checked_data import CheckedData
from jobs.render.errors import ImageMissingError
from renderer.request import Warn
from templates_store.pictures import named_pictures
from templates_store.resolved import Resolved

__all__ = ["missing_photos", "refuse_missing"]

_CODES = ("image_failed", "asset_failed", "blocked_request")
_LONGEST = 150
"""Characters of an address that warnings tell for certain."""
_MOST = 20


def refuse_missing(missing: list[FieldError]) -> None:
    """Raise ImageMissingError when there are any."""
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise ImageMissingError(
            f"{missing[0].message.rstrip('.')}{more}. Mend the address, or send onMissing: empty "
            "to render without it",
            fields=missing[:_MOST],
        )


def missing_photos(
    resolved: Resolved | None, data: CheckedData, warnings: Iterable[Warn]
) -> list[FieldError]:
    """Pictures that failed, of variables that are images or hold some, unless their definition
    takes it so.
    """
    lost = {
        _plain(str(warn.detail.get("url", ""))): warn.message
        for warn in warnings
        if warn.code in _CODES
    }
    if not lost or resolved is None:
        return []
    return [
        FieldError(f"variables.{name}", f"The picture of '{name}' failed: {lost[place]}", "missing")
        for name, place in _photos(resolved, data)
        if place in lost
    ]


def _photos(resolved: Resolved, data: CheckedData) -> Iterator[tuple[str, str]]:
    """Each picture's place in the variables, and its address as it is compared."""
    strict = [
        one
        for one in resolved.definitions
        if one.declared and (one.validation or {}).get("onMissing") != "empty"
    ]
    for values in data.sets or (data.variables,):
        for one in strict:
            for path, address in named_pictures(one, values.get(one.name)):
                yield path, _plain(address)


def _plain(address: str) -> str:
    """An address as a browser may also write it; the beginning says enough."""
    return unquote(address.strip())[:_LONGEST].rstrip("/")
