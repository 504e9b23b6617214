"""The tables of functions in `docs/templates.md`, made from the table in the code.

`python -m renderer.compose.functions.reference` writes them; a test compares.
"""

from pathlib import Path

from renderer.compose.functions.row import Function
from renderer.compose.functions.table import GROUPS

__all__ = ["PAGE", "function_tables", "with_tables"]

PAGE = Path(__file__).resolve().parents[3] / "docs" / "templates.md"

_MARKUP = frozenset({"qr", "barcode", "fit"})
"""What prints markup shows how it is called instead."""

_START, _END = "<!-- functions -->", "<!-- /functions -->"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _row(function: Function) -> str:
    result = "" if function.name in _MARKUP else f"`{_cell(function.result)}`"
    example = function.signature if function.name in _MARKUP else function.example
    return (
        f"| `{_cell(function.signature)}` | {_cell(function.summary)} "
        f"| `{_cell(example)}` | {result} |"
    )


def function_tables() -> str:
    """Markdown: a heading and a table for each group."""
    parts: list[str] = []
    for heading, rows in GROUPS.items():
        head = ["| function | what it gives | example | prints |", "| --- | --- | --- | --- |"]
        parts += [f"### {heading}", "\n".join([*head, *map(_row, rows)])]
    return "\n\n".join(parts)


def with_tables(page: str) -> str:
    """The page's text with the tables between its two marks."""
    before, _, rest = page.partition(_START)
    _, _, after = rest.partition(_END)
    return f"{before}{_START}\n\n{function_tables()}\n\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
