"""The language beside its functions: data first, missing values, operators, escaping."""

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError
from markupsafe import Markup

DATA = {
    "a": True, "zero": 0, "text": "3", "two": 2, "list": [1, 2],
    "invoice": {"items": [{"n": 1}], "keys": "k", "values": 5}, "nested": {"k": [1, None, True]},
    "date": "2026-01-02",
}  # fmt: skip

LANGUAGE = [
    ("{{ a && !zero }} {{ zero || 'x' }} {{ a and not zero }}", "true x true"),
    ("{{ a ? 'yes' : 'no' }} {{ zero ? 1 : a ? 2 : 3 }}", "yes 2"),
    ("{{ 'yes' if a else 'no' }}{{ {'k': a ? 1 : 2}['k'] }}", "yes1"),
    ("{{ !zero == true }} {{ !(two == 2) }} {{ two !== 3 }} {{ two === 2 }}", "true false true true"),
    ("{{ text * two }} {{ text - 1 }} {{ '10' / '4' }} {{ '7' % 4 }}", "6 2 2.5 3"),
    ("{{ two + ' €' }} {{ '€ ' + two }} {{ text + two }} {{ '-' * 3 }}", "2 € € 2 32 ---"),
    ("{{ '%s of %d' % ('x', 3) }}", "x of 3"),
    ("{% for i in invoice.items %}{{ i.n }}{% endfor %}{{ invoice.keys }}{{ invoice.values }}", "1k5"),
    ("{{ list.length }} {{ 'abc'.length }} {{ list[0] }} {{ list[-1] }} {{ list[9] }}", "2 3 1 2 "),
    ("{{ nested }}", "{&#34;k&#34;: [1, null, true]}"),
    ("{{ date }} {{ date(date, 'yyyy') }} {{ date | date('MM') }}", "2026-01-02 2026 01"),
    ("[{{ time }}{{ number }}{{ range }}]", "[]"),
    ("[{{ nope }}{{ nope.deep.er }}{{ nope[0] }}{{ nope + 1 }}{{ 2 * nope }}{{ -nope }}]", "[]"),
    ("{{ 'a' + nope }}{{ nope + 'b' }}", "ab"),
    ("{{ nope > 1 }} {{ nope == null }} {{ zero == null }} {{ nope is defined }}", "false true false false"),
    ("{% for x in nope %}x{% else %}none{% endfor %}", "none"),
    ("{{ true }} {{ none }} {{ 2.0 }} {{ 1e21 }} {{ 0.30000000000000004 }}", "true  2 1e+21 0.3"),
    ("{{ nope | default('d') }} {{ '' | default('d') }} {{ zero | default('d') }} {{ zero | d('d', true) }}", "d d 0 d"),
    ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m('&') }}", "<&amp;>"),
    ("{% set n = namespace(v=1) %}{% for i in range(3) %}{% set n.v = n.v * 2 %}{% endfor %}{{ n.v }}", "8"),
    ("{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ loop.index }}{% endfor %}", "12"),
    ("{% raw %}{{ a && }}{% endraw %}{# c #}", "{{ a && }}"),
    ("{{ 'x' | upper }}{{ list | map('string') | list | length }}", "X2"),
    ("a\r\nb {{ two }}\r\n", "a\nb 2"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), LANGUAGE)
def test_expressions_print_what_people_expect(show, source: str, expected: str):
    assert show(source, **DATA) == expected


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "\"' onload=x", "a & b"])
def test_T09_data_are_escaped_in_text_and_attributes(show, value: str):
    out = show(
        '<p title="{{ v }}">{{ v }}{{ v | uppercase }}{{ v + "<" }}{{ "%s" % v }}</p>', v=value
    )
    inside = out.removeprefix('<p title="').removesuffix("</p>").replace('">', "", 1)
    assert not set("<>\"'") & set(inside)


def test_raw_html_alone_escapes_escaping(show):
    assert show("{{ raw }}{{ v }}{{ raw + v }}", raw=Markup("<b>"), v="<i>") == (
        "<b>&lt;i&gt;<b>&lt;i&gt;"
    )


@pytest.mark.parametrize(
    "source",
    ["{{ v | safe }}", "{% autoescape false %}{{ v }}{% endautoescape %}", "{{ v | xmlattr }}"],
)
def test_a_template_cannot_switch_escaping_off(show, source: str):
    with pytest.raises(TemplateSyntaxError):
        show(source, v="<b>")


@pytest.mark.parametrize("source", ["{% extends 'a' %}", "{% import 'a' as b %}"])
def test_T03_other_templates_cannot_be_named(show, source: str):
    with pytest.raises(TemplateSyntaxError, match="import or extend"):
        show(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ nope }}",
        "{{ nope + 1 }}",
        "{{ uppercase(nope) }}",
        "{{ a.nope }}",
        "{% if nope %}{% endif %}",
    ],
)
def test_T05_a_strict_template_refuses_what_has_no_value(show, source: str):
    with pytest.raises(UndefinedError):
        show(source, _strict=True, a={})


@pytest.mark.parametrize(
    "source",
    [
        "{{ nope | default('ok') }}",
        "{{ coalesce(nope, 'ok') }}",
        "{{ nope is defined ? 1 : 'ok' }}",
    ],
)
def test_a_strict_template_may_ask_and_fall_back(show, source: str):
    assert show(source, _strict=True) == "ok"


@pytest.mark.parametrize("key", ["__class__", "constructor", "__proto__", "self", "loop", "range"])
def test_T07_odd_names_in_data_are_data(show, key: str):
    assert show("{{ d[key] }}{{ d." + key + " }}", d={key: "data"}, key=key) == "datadata"
