"""Sixty templates as people write them for Jinja and for Handlebars: every value of the data shows.

`tests/corpus/{jinja,handlebars}` holds a file each: a line of JSON (`data`; `shows`, the texts that values
have once they are formatted; `formatted`, names of texts that show otherwise; `raw`, variables that may
hold HTML), a line of dashes, the source.
"""

import copy
import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, TemplateSyntaxError

from renderer.compose.compiled import Compiled, run
from renderer.compose.handlebars.recognise import recognised
from renderer.compose.jobs import with_raw_html
from renderer.compose.surroundings import CURRENT, Surroundings

CORPUS = Path(__file__).parents[2] / "corpus"
FILES = sorted(CORPUS.glob("*/*.*"))
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Case:
    language: str
    source: str
    data: dict[str, Any]
    shows: list[str]
    raw: list[str]
    formatted: list[str]


def case(path: Path) -> Case:
    head, _, source = path.read_text(encoding="utf-8").partition("\n---\n")
    told = json.loads(head)
    more = [told.get(name, []) for name in ("shows", "raw", "formatted")]
    return Case(path.parent.name, source, told["data"], *more)


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def one(request: pytest.FixtureRequest) -> Case:
    return case(request.param)


Compose = Callable[..., str]


@pytest.fixture
def composed(compiled: Compiled, one: Case) -> Compose:
    CURRENT.set(Surroundings.of("en-US", "UTC", 1_795_000_000_000_000))
    template = compiled.template(one.source, strict=False)

    def compose(data: dict[str, Any]) -> str:
        return run(template, with_raw_html(data, one.raw), 1_000_000)

    return compose


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each value that is no list and no object, with its place."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value


def changed(data: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    other = copy.deepcopy(data)
    place: Any = other
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return other


def another(value: Any) -> Any:
    """A value of the same kind that has to look otherwise."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 3
    if value is None:
        return 7
    if DATE.match(value):
        return "2031-07-26T03:17:00Z" if "T" in value else "2031-07-26"
    return f"Q{value}"


def words(text: str) -> str:
    """With entities read and without line breaks, which wrapping may add."""
    return " ".join(html.unescape(text).split())


def test_there_are_thirty_for_each_language() -> None:
    assert len(list(CORPUS.glob("jinja/*.jinja"))) == 30
    assert len(list(CORPUS.glob("handlebars/*.hbs"))) == 30


def test_the_language_is_found_without_a_flag(one: Case) -> None:
    if re.search(r"\{%|\||\{\{\{|\{\{[#^!>]|\{\{[a-z]+ ", one.source):
        assert recognised(one.source) == one.language


def test_every_text_stands_in_what_is_composed(one: Case, composed: Compose) -> None:
    told = words(composed(one.data))
    for path, value in leaves(one.data):
        if isinstance(value, str) and not DATE.match(value) and path[-1] not in one.formatted:
            assert words(value) in told, path
    for text in one.shows:
        assert words(text) in told, told
    assert not re.search(r"\{\{(?!literal)|\{%|undefined|\bNone\b|\[object|Markup", told)


def test_every_value_shows_since_another_one_looks_otherwise(one: Case, composed: Compose) -> None:
    first = composed(one.data)
    for path, value in leaves(one.data):
        assert composed(changed(one.data, path, another(value))) != first, path


PLAIN = [path for path in FILES if path.suffix == ".jinja"]


def test_plain_jinja_prints_the_same_wherever_it_knows_the_words(compiled: Compiled) -> None:
    """Half of the templates use nothing but Jinja's own: those print the same, byte for byte."""
    jinja, same = Environment(autoescape=True), 0
    for path in PLAIN:
        told = case(path)
        try:
            expected = jinja.from_string(told.source).render(told.data)
        except TemplateSyntaxError:
            continue  # it uses words of ours
        template = compiled.template(told.source, strict=False)
        assert run(template, told.data, 1_000_000) == expected, path.stem
        same += 1
    assert same >= len(PLAIN) // 2 - 1
