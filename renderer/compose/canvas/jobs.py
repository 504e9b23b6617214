"""The jobs of the compose children that read and fill canvases."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any, NoReturn

from renderer.compose.analysis import Discovered
from renderer.compose.canvas.bindings import bindings_of
from renderer.compose.canvas.condition import condition
from renderer.compose.canvas.fill import OURS, Filler
from renderer.compose.canvas.judge import judge, mentions
from renderer.compose.canvas.place import ROOT, Place, refused
from renderer.compose.canvas.properties import CANVAS, GUESSES
from renderer.compose.compiled import Compiled, run
from renderer.compose.discover import discover, included_names
from renderer.compose.handlebars.discover import discover as discover_handlebars
from renderer.compose.handlebars.discover import partial_names
from renderer.compose.handlebars.template import HandlebarsTemplate
from renderer.compose.partials import PARTIALS
from renderer.compose.problems import problem
from renderer.compose.surroundings import CURRENT, surround
from renderer.jail_child.call import Answer, Call, JobError

__all__ = ["analyse_canvas", "compose_canvas"]

_COMPILED = Compiled(escape=False)
"""What is printed becomes a text on a canvas, and no HTML."""


def compose_canvas(call: Call) -> Answer:
    """The canvas in attachment 0 with each of `sets`: one JSON text per set."""
    payload = call.payload
    surround(payload)
    PARTIALS.set({})
    source, pages = _read(call.attachments[0]), list[bytes]()
    left = payload["max_characters"]
    for index, variables in enumerate(payload["sets"]):
        try:
            page = _filled(source, variables, payload, left)
        except JobError as error:
            error.facts["set"] = index
            raise
        left -= len(page)
        pages.append(page)
    return {"shows_now": CURRENT.get().shows_now}, pages


def _filled(
    source: Mapping[str, Any], variables: Mapping[str, Any], payload: Mapping[str, Any], left: int
) -> bytes:
    """What fabric is to load, in at most `left` bytes."""
    show = _Printing(variables, payload, left)
    filler = Filler(show, variables, payload["syntax"], strict=payload["strict"])
    filled = filler.canvas(source)
    judge(filled, filled=True)
    page = json.dumps(filled, ensure_ascii=False, separators=(",", ":")).encode()
    if len(page) > left:
        told = f"becomes more than {payload['max_characters']} bytes with these data"
        raise refused(ROOT, told, "template_limit_exceeded")
    return page


def analyse_canvas(call: Call) -> Answer:
    """What the canvas in attachment 0 reads; raises for one that could never be drawn."""
    source = _read(call.attachments[0])
    judge(source, filled=False)
    syntax = call.payload["syntax"]
    found: dict[str, Discovered] = {}
    drawn = {name: value for name, value in source.items() if name in CANVAS or name in OURS}
    for one in _variables(drawn, ROOT, syntax):
        known = found.setdefault(one.name, one)
        if known.type_guess == "string" != one.type_guess:
            found[one.name] = replace(known, type_guess=one.type_guess)
    variables = [asdict(variable) for variable in found.values()]
    return {"variables": variables, "javascript": False, "syntax": syntax, "includes": []}, ()


class _Printing:
    """Prints a canvas's texts with one set of data, of which not too much may come."""

    def __init__(self, values: Mapping[str, Any], payload: Mapping[str, Any], left: int) -> None:
        self._values = values
        self._strict, self._syntax = bool(payload["strict"]), payload["syntax"]
        self._left = left

    def __call__(self, text: str, place: Place) -> str:
        try:
            template = _COMPILED.template(text, strict=self._strict, syntax=self._syntax)
            printed = run(template, self._values, self._left)
        except Exception as error:
            _raise(error, text, place, self._values)
        self._left -= len(printed)
        return printed


def _read(data: bytes) -> dict[str, Any]:
    tree = json.loads(data)
    if not isinstance(tree, dict):
        raise refused(ROOT, "must be a canvas as Fabric writes it: an object with `objects`")
    return tree


def _raise(error: Exception, text: str, place: Place, known: Mapping[str, Any]) -> NoReturn:
    """The problem of one text, with the place of the text in the canvas."""
    told = problem(error, text, known)
    path = f"fabricJSData.{place}"
    raise JobError(told.code, f"{path}: {told.message}", **{**told.facts, "path": path}) from error


def _variables(value: Any, place: Place, syntax: str) -> Iterator[Discovered]:
    """All that the texts, conditions and bindings of a canvas read, in order."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _variables(one, place.at(index), syntax)
    elif isinstance(value, str) and mentions(value):
        guess = GUESSES.get(str(place.step)) if _is_alone(value) else None
        for one in _of_text(value, place, syntax):
            yield replace(one, type_guess=guess) if guess else one
    elif isinstance(value, dict):
        yield from _of_object(value, place, syntax)


def _of_object(given: Mapping[str, Any], place: Place, syntax: str) -> Iterator[Discovered]:
    said = given.get("_if")
    if isinstance(said, str) and said:
        yield from _of_text(condition(said, syntax), place.at("_if"), syntax)
    for binding in bindings_of(given, place):
        guess = GUESSES.get(binding.steps[-1], "string")
        yield Discovered(binding.variable.partition(".")[0], guess)
    for name, one in given.items():
        if name not in OURS:
            yield from _variables(one, place.at(name), syntax)


def _of_text(text: str, place: Place, syntax: str) -> list[Discovered]:
    try:
        template = _COMPILED.template(text, strict=False, syntax=syntax)
        if isinstance(template, HandlebarsTemplate):
            found = discover_handlebars(template.program, _COMPILED.programs)
            includes = partial_names(template.program)
        else:
            environment = _COMPILED.environment()
            found, includes = discover(environment, text), included_names(environment, text)
    except Exception as error:
        _raise(error, text, place, {})
    if includes:
        told = f"includes {includes[0][:80]!r}: a canvas has no partials, so write it out"
        raise refused(place, told, "template_syntax_error")
    return list(found)


def _is_alone(text: str) -> bool:
    """Whether one printed expression is the whole text."""
    stripped = text.strip()
    return stripped.startswith("{{") and stripped.endswith("}}") and stripped.count("{{") == 1
