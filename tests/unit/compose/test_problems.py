"""T05: what is wrong is said with line, column, the line itself and the nearest name."""

import pytest

from renderer.compose.compiled import Compiled, run
from renderer.compose.problems import problem

CASES = [
    # source, code, line, column, suggestion, part of the text
    ("{{ 1 | currncy }}", "template_syntax_error", 1, 8, "currency", "no filter 'currncy'"),
    ("a\n\n  {{ upercase(x) }}", "template_syntax_error", 3, 6, "uppercase", "no function"),
    ("{{ x is defind }}", "template_syntax_error", 1, 6, "defined", "no test 'defind'"),
    ("{% fro x in y %}", "template_syntax_error", 1, 4, "for", "no tag 'fro'"),
    ("line\n{{ foo( 1 }}", "template_syntax_error", 2, 11, None, "expected ')'"),
    ("{{ a b }}", "template_syntax_error", 1, 6, None, "expected token 'end of print statement'"),
    ("{{foo a 'x'}}", "template_syntax_error", 1, 7, None, "a helper with arguments"),
    ("{% if a %}never closed", "template_syntax_error", 1, None, None, "end"),
    ("x {{ a $ b }}", "template_syntax_error", 1, 8, None, "unexpected char"),
    ("{{ 'open }}", "template_syntax_error", 1, 4, None, ""),
    ("\n{{ 1 / 0 }}", "expression_error", 2, 4, None, "division by zero"),
    ("ok {{ ok }} {{ currency('x') }}", "expression_error", 1, 16, None, "'x' is not a number"),
    ("{{ date('tomorrow-ish') }}", "expression_error", 1, 4, None, "write it as 2026-11-22"),
    ("{{ date('2026-01-01', 'short', 'Mars/Base') }}", "expression_error", 1, 4, None, "time zone"),
    ("{{ prise }}", "UNDEFINED_VARIABLE", 1, 4, "price", "'prise' has no value"),
    ("{{ 'a' * 10000000 }}", "template_limit_exceeded", 1, None, None, "1000000 characters"),
    ("{{ 9 ** 99999 }}", "template_limit_exceeded", 1, None, None, "bits"),
    ("{% for i in range(10000000) %}{% endfor %}", "template_limit_exceeded", 1, None, None, "Range"),
    ("{% macro m() %}\n{{ m() }}{% endmacro %}{{ m() }}", "template_limit_exceeded", 2, 4, None, "deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "code", "line", "column", "suggestion", "words"), CASES)
def test_T05_the_error_points_at_its_place(
    compiled: Compiled,
    source: str,
    code: str,
    line: int,
    column: int | None,
    suggestion: str | None,
    words: str,
):
    with pytest.raises(Exception) as caught:
        run(
            compiled.template(source, strict=True),
            {"price": 1, "ok": 1, "x": 1, "a": 1, "b": 1},
            1000,
        )
    error = problem(caught.value, source, ["price", "ok"])
    assert error.code == code
    assert error.facts["line"] == line
    assert column is None or error.facts["column"] == column
    assert error.facts.get("suggestion") == suggestion
    assert words.lower() in error.message.lower()
    assert error.facts["snippet"] in source
    assert error.facts["snippet"] in error.message


def test_a_long_line_is_shown_around_the_place(compiled: Compiled):
    source = "x" * 5000 + "{{ 1 | nofilter }}" + "y" * 5000
    with pytest.raises(Exception) as caught:
        compiled.template(source, strict=False)
    facts = problem(caught.value, source).facts
    assert facts["column"] == 5008
    assert "nofilter" in facts["snippet"]
    assert len(facts["snippet"]) <= 120
