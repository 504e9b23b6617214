"""Warnings that a caller will not have."""

from collections.abc import Iterable

from core.errors import FieldError
from jobs.render.errors import WarningsRefusedError
from renderer.request import Warn

__all__ = ["refuse_warned"]

_MOST = 20


def refuse_warned(refused: frozenset[str], warnings: Iterable[Warn]) -> None:
    """Raise WarningsRefusedError for warnings of these codes; each is a field with its variable."""
    found = [warn for warn in warnings if warn.code in refused]
    if not found:
        return
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise WarningsRefusedError(
        f"{found[0].message}{more}. It is refused because failOnWarnings names {found[0].code}.",
        fields=[
            FieldError(f"variables.{warn.detail['variable']}", warn.message, warn.code)
            if "variable" in warn.detail
            else FieldError("failOnWarnings", warn.message, warn.code)
            for warn in found[:_MOST]
        ],
    )
