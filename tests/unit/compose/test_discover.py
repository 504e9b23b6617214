"""Which variables a source reads, their kinds, and whether it holds scripts."""

import pytest

from renderer.compose.compiled import Compiled
from renderer.compose.discover import discover
from renderer.compose.javascript import has_javascript

KINDS = [
    ("{{ title }}", "title", "string"),
    ("<img src='{{ hero }}'>", "hero", "image"),
    ('<img alt="x" src="{{ hero }}">', "hero", "image"),
    ("<p style='background-image: url({{ hero }})'>", "hero", "image"),
    ("<a href='{{ target }}'>", "target", "url"),
    ("<p style='color: {{ tone }}'>", "tone", "color"),
    ("{% for x in things %}{{ x.name }}{% endfor %}", "things", "array"),
    ("{{ person.name }}", "person", "object"),
    ("{{ list[0] }}", "list", "array"),
    ("{{ cost | currency('EUR') }}", "cost", "number"),
    ("{{ currency(cost) }}", "cost", "number"),
    ("{{ a * 2 }}", "a", "number"),
    ("{% if size > 3 %}x{% endif %}", "size", "number"),
    ("{{ begin | date }}", "begin", "date"),
    ("{% if sale %}x{% endif %}", "sale", "boolean"),
    ("{{ sale ? 'x' : 'y' }}", "sale", "boolean"),
    ("{{ tags | join(', ') }}", "tags", "array"),
    ("{{ avatarUrl }}", "avatarUrl", "image"),
    ("{{ accent_color }}", "accent_color", "color"),
    ("{{ price }}", "price", "number"),
]


@pytest.mark.parametrize(("source", "name", "kind"), KINDS)
def test_a_variable_s_kind_is_guessed_from_its_use(
    compiled: Compiled, source: str, name: str, kind: str
):
    found = {one.name: one for one in discover(compiled.environment(), source)}
    assert found[name].type_guess == kind


def test_variables_come_in_order_and_without_the_language_s_own_names(compiled: Compiled):
    source = (
        "{% set own = b %}{% macro m(p) %}{{ p }}{{ inner }}{% endmacro %}{{ own }}{{ m(a) }}"
        "{% for x in list %}{{ x }}{{ loop.index }}{% endfor %}{{ currency(c) }}{{ null }}"
        "{% for i in range(n) %}{% endfor %}{{ date }}{{ b }}"
    )
    names = [one.name for one in discover(compiled.environment(), source)]
    assert names == ["b", "inner", "a", "list", "c", "n", "date"]


def test_what_is_printed_for_certain_is_guessed_as_required(compiled: Compiled):
    source = "{{ a }}{% if b %}{{ c }}{% endif %}{{ d | default('x') }}{{ coalesce(e, 'x') }}"
    found = {one.name: one.required_guess for one in discover(compiled.environment(), source)}
    assert found == {"a": True, "b": False, "c": False, "d": False, "e": False}


SCRIPTS = [
    ("<p>on the way, onward = 1</p>", False),
    ("<p>{{ text }}</p>", False),
    ("<script>1</script>", True),
    ("<SCRIPT SRC=x></SCRIPT>", True),
    ('<script type="application/ld+json">{}</script>', False),
    ('<script type="application/json">{}</script><img onerror="x">', True),
    ('<script type="module">1</script>', True),
    ('<script type="{{ kind }}">1</script>', True),
    ("<img src=x onerror=alert(1)>", True),
    ("<body onload='x'>", True),
    ("<svg onload=x />", True),
    ("<a href='javascript:x'>", True),
    ("<a href='java\nscript:x'>", False),  # no literal `javascript:`: browsers do strip the newline
    ("<a href=' JavaScript:x'>", True),
    ('<iframe srcdoc="&lt;script&gt;1&lt;/script&gt;"></iframe><script>', True),
    ("<p {% if a %}onclick='x'{% endif %}>", True),
    ("<!-- <script>1</script> -->", False),
    ("<p>if (a) onsale = {{ price }}</p>", False),
    ("{# <script> #}<p>", False),
]


@pytest.mark.parametrize(("source", "expected"), SCRIPTS)
def test_scripts_are_seen_in_the_source(source: str, expected: bool):
    assert has_javascript(source) is expected
