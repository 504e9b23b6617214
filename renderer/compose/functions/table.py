"""The table of all functions: filters, calls, the editor's help and the documentation."""

from renderer.compose.functions.assets import ASSET_FUNCTIONS
from renderer.compose.functions.codes import CODES
from renderer.compose.functions.components import COMPONENTS
from renderer.compose.functions.formats import FORMATS
from renderer.compose.functions.kinds import KINDS
from renderer.compose.functions.lists import LISTS
from renderer.compose.functions.numbers import NUMBERS
from renderer.compose.functions.row import Function
from renderer.compose.functions.text import TEXT
from renderer.compose.functions.values import VALUES

__all__ = ["FUNCTIONS", "GROUPS"]

GROUPS: dict[str, tuple[Function, ...]] = {
    "Text": TEXT,
    "Lists": LISTS,
    "Numbers": NUMBERS,
    "Formats": FORMATS,
    "Questions": KINDS,
    "Fallbacks and data": VALUES,
    "Codes": CODES,
    "Components": COMPONENTS,
    "Assets": ASSET_FUNCTIONS,
}
"""Heading -> its functions, in the order of the documentation."""

FUNCTIONS: dict[str, Function] = {row.name: row for rows in GROUPS.values() for row in rows}
"""Name -> function."""
