"""Handlebars: recognised without a flag, printed as handlebars.js does, faults told by place."""

import json
from pathlib import Path
from typing import Any

import pytest

from renderer.compose.compiled import Compiled, run
from renderer.compose.handlebars.discover import discover
from renderer.compose.handlebars.recognise import recognised
from renderer.compose.handlebars.template import HandlebarsTemplate
from renderer.compose.problems import problem
from tests.unit.compose.handlebars_cases import CASES, DATA

EXPECTED = Path(__file__).with_name("handlebars_expected.json")
"""What handlebars.js 4.7 prints for the cases; `test_handlebars_real` asks it again."""

LANGUAGES = [
    ("<p>{{ name }}", "jinja"),
    ("", "jinja"),
    ("{% if a %}{{#if b}}{% endif %}", "jinja"),
    ("{{ price | currency('USD') }}", "jinja"),
    ("{{ a || b }} {{ a ? 'b' : 'c' }} {{ a and b }} {{ x in y }} {{ not a }}", "jinja"),
    ("{{ 'a' if b else 'c' }} {{ a is defined }} {{ a ~ b }} {{- a -}}", "jinja"),
    ("{{ !a }} {{!a}} {{ items[0].name }} {{ currency(price, 'USD') }}", "jinja"),
    ("{{ {'k': 1}['k'] }}", "jinja"),
    ("{# note #}{{ name }}", "jinja"),
    ("{{#if a}}{{/if}}", "handlebars"),
    ("{{~#each list~}}{{this}}{{/each}}", "handlebars"),
    ("{{{raw}}} {{name}}", "handlebars"),
    ("{{currency price 'USD'}}", "handlebars"),
    ("{{uppercase name}}", "handlebars"),
    ("{{currncy price}}", "handlebars"),
    ("{{> header}}", "handlebars"),
    ("{{!-- note --}}{{name}}", "handlebars"),
    ("{{! a note of words }}{{name}}", "handlebars"),
    ("{{../name}} {{@index}}", "handlebars"),
    ("{{#each items as |item|}}{{item}}{{/each}}", "handlebars"),
    ("<p>{{&html}}", "handlebars"),
    ("{{^a}}b{{/a}}", "handlebars"),
]


@pytest.mark.parametrize(("source", "language"), LANGUAGES)
def test_the_language_is_recognised(source: str, language: str) -> None:
    assert recognised(source) == language


PRINTED = list(zip(CASES, json.loads(EXPECTED.read_text(encoding="utf-8")), strict=True))


@pytest.mark.parametrize(("source", "expected"), PRINTED)
def test_it_prints_what_handlebars_js_prints(source: str, expected: str) -> None:
    assert HandlebarsTemplate(source, {}, strict=False).render(DATA, 100_000) == expected


HELPERS = [
    ("{{currency 1234.5 'USD'}}", "$1,234.50"),
    ("{{uppercase (concat 'a' name)}}", "ADA"),
    ("{{#if (and yes (gt count 2))}}many{{/if}}", "many"),
    ("{{#if (eq count '3')}}three{{/if}}{{#if (ne count 3)}}x{{/if}}", "three"),
    ("{{date day 'd MMMM'}} {{day}}", "2 January 2026-01-02"),
    ("{{multiply count 2}} {{add count 1}} {{divide 7 2}}", "6 4 3.5"),
    ("{{default missing 'Guest'}} {{length list}} {{join list '-'}}", "Guest 2 1-2"),
    ("{{truncate 'A long text' length=6 suffix='.'}}", "A lon."),
    ("{{#each list}}{{#if (lt this 2)}}{{this}}{{/if}}{{/each}}", "1"),
    ("{{json list}}", "[1, 2]"),
    ("{{percent 0.25}}{{#unless (or missing no)}}none{{/unless}}", "25%none"),
]


@pytest.mark.parametrize(("source", "expected"), HELPERS)
def test_functions_of_the_language_are_helpers(show: Any, source: str, expected: str) -> None:
    data = {"name": "da", "yes": True, "no": False, "count": 3, "day": "2026-01-02", "list": [1, 2]}
    assert show(source, **data) == expected


FAULTS = [
    # source, line, column, part of the text, suggestion
    ("<p>\n{{#if a}}\n<b>", 2, 4, "{{#if}} is never closed", None),
    ("{{#if a}}{{/each}}", 1, 13, "write {{/if}}", "if"),
    ("a{{/if}}", 1, 5, "closes nothing", None),
    ("{{else}}{{#if a}}{{/if}}", 1, 7, "stands in no block", None),
    ("{{#if a}}{{else}}{{else}}{{/if}}", 1, 24, "second {{else}}", None),
    ("\n{{#each a}}{{name", 2, 12, "never closed", None),
    ("{{#if a}}{{b 'x}}{{/if}}", 1, 14, "never closed", None),
    ("{{#if a}}{{ a % }}{{/if}}", 1, 15, "is no Handlebars", None),
    ("{{#if (eq a b}}{{/if}}", 1, 7, ") is missing", None),
    ("{{#if}}{{/if}}", 1, 4, "takes one value", None),
    ("{{currncy price}}", 1, 3, "Did you mean 'currency'?", None),
    ("{{#if a}}{{/if}}\n {{currency 'x'}}", 2, 4, "is not a number", None),
    ("{{#each a as |}}{{/each}}", 1, 15, "Block parameters", None),
    ("{{#each list}}{{> nope}}{{/each}}", 1, 19, "There is no partial 'nope'", None),
]


@pytest.mark.parametrize(("source", "line", "column", "words", "suggestion"), FAULTS)
def test_T05_a_fault_is_told_with_its_place_and_remedy(
    compiled: Compiled, source: str, line: int, column: int, words: str, suggestion: str | None
) -> None:
    with pytest.raises(Exception) as caught:
        run(compiled.template(source, strict=False, syntax="handlebars"), {"a": 1, "list": [1]}, 99)
    error = problem(caught.value, source)
    assert words in error.message
    assert (error.facts["line"], error.facts["column"]) == (line, column)
    assert error.facts["snippet"] in source
    assert error.facts.get("suggestion") == suggestion


def test_a_strict_template_refuses_what_has_no_value(compiled: Compiled) -> None:
    template = compiled.template("{{#if prise}}{{/if}}{{prise}}", strict=True)
    with pytest.raises(Exception) as caught:
        run(template, {"price": 1}, 99)
    error = problem(caught.value, "{{#if prise}}{{/if}}{{prise}}", ["price"])
    assert (error.code, error.facts["suggestion"]) == ("UNDEFINED_VARIABLE", "price")


NAMES = [
    ("{{title}}{{#each lines}}{{name}}{{../shop}}{{@root.note}}{{/each}}", "title lines shop note"),
    ("{{#with user}}{{name}}{{../year}}{{/with}}{{#if sale}}{{pct}}{{/if}}", "user year sale pct"),
    ("{{#each rows as |row i|}}{{row.x}}{{i}}{{tone}}{{../tone}}{{/each}}", "rows tone"),
    ("{{currency price code}}{{#if (eq a b)}}{{/if}}{{lookup map key}}", "price code a b map key"),
]


@pytest.mark.parametrize(("source", "names"), NAMES)
def test_variables_are_found_through_blocks_and_helpers(source: str, names: str) -> None:
    found = discover(HandlebarsTemplate(source, {}, strict=False).program, {})
    assert [one.name for one in found] == names.split()


@pytest.mark.parametrize(
    "source",
    [
        "{{#*inline 'a'}}{{> a}}{{/inline}}{{> a}}",
        "{{#each big}}{{#each ../big}}{{#each ../../big}}{{n}}{{/each}}{{/each}}{{/each}}",
        "{{#if " + "(not " * 200 + "a" + ")" * 200 + "}}{{/if}}",
        "{{#if a}}" * 500 + "{{/if}}" * 500,
    ],
)
def test_T03_what_has_no_end_is_stopped(compiled: Compiled, source: str) -> None:
    data = {"big": [{"n": n} for n in range(99)], "a": 1}
    with pytest.raises(Exception) as caught:
        run(compiled.template(source, strict=False, syntax="handlebars"), data, 10_000)
    assert problem(caught.value, source).code in {
        "template_limit_exceeded", "expression_error", "template_syntax_error",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["constructor", "__proto__", "__class__", "toString"])
def test_T07_there_is_no_prototype_to_reach_for(name: str) -> None:
    source = "[{{N}}{{text.N}}{{lookup list 'N'}}{{object.N.N}}]".replace("N", name)
    assert HandlebarsTemplate(source, {}, strict=False).render(DATA, 1000) == "[]"
    data = {name: "data", "o": {name: "data"}}
    shown = HandlebarsTemplate("{{" + name + "}}{{o." + name + "}}", {}, strict=False)
    assert shown.render(data, 1000) == "datadata"
