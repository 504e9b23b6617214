"""docs/templates.md is what the table in the code says, and its examples are true."""

import re

import pytest

from renderer.compose.functions.reference import PAGE, with_tables
from renderer.compose.functions.table import FUNCTIONS


def test_the_guide_s_tables_are_what_the_code_says() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == with_tables(written), "run `python -m renderer.compose.functions.reference`"


def test_every_function_is_in_the_guide() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"`{name}(" not in written] == []


def _blocks() -> list[str]:
    return re.findall(r"```html\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("source", _blocks())
def test_every_template_of_the_guide_can_be_drawn(show, source: str) -> None:
    out = show(
        source,
        title="Title", price=12.5, until="2026-12-01", url="https://example.com",
        items=[{"name": "one"}], lines=[{"total": 3}, {"total": 0}],
    )  # fmt: skip
    assert "{{" not in out
    assert out.strip()


def test_every_inline_expression_of_the_guide_is_understood(show) -> None:
    page = PAGE.read_text(encoding="utf-8").split("## Functions")[0].replace("\\|", "|")
    expressions = re.findall(r"`(\{\{ [^`]+ \}\})`", page)
    assert len(expressions) > 15
    for expression in expressions:
        show(expression, items=[{"price": 1}], price=1, quantity=2, stock=1, date="2026-01-01")
