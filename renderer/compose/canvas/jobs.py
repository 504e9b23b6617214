"""The jobs of the compose children that read and fill canvases."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from renderer.compose.assets import ASSETS
from renderer.compose.canvas.fill import Filler
from renderer.compose.canvas.judge import judge
from renderer.compose.canvas.language import COMPILED, placed
from renderer.compose.canvas.place import ROOT, Place, refused
from renderer.compose.canvas.reading import Reading
from renderer.compose.compiled import run
from renderer.compose.functions.components import FIT_START
from renderer.compose.partials import PARTIALS
from renderer.compose.surroundings import CURRENT, surround
from renderer.jail_child.call import Answer, Call, JobError

__all__ = ["analyse_canvas", "compose_canvas"]


def compose_canvas(call: Call) -> Answer:
    """The canvas in attachment 0 with each of `sets`: one JSON text per set."""
    payload = call.payload
    surround(payload)
    PARTIALS.set({})
    ASSETS.set(payload["assets"])
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
    page = json.dumps(filled, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    if len(page) > left:
        told = f"becomes more than {payload['max_characters']} bytes with these data"
        raise refused(ROOT, told, "template_limit_exceeded")
    return page


def analyse_canvas(call: Call) -> Answer:
    """What the canvas in attachment 0 reads; raises for one that could never be drawn."""
    source = _read(call.attachments[0])
    judge(source, filled=False)
    syntax = call.payload["syntax"]
    reading = Reading(syntax)
    reading.canvas(source)
    variables = [asdict(variable) for variable in reading.variables]
    return {
        "variables": variables,
        "javascript": False,
        "syntax": syntax,
        "includes": [],
        "assets": list(reading.assets),
    }, ()


class _Printing:
    """Prints a canvas's texts with one set of data, of which not too much may come."""

    def __init__(self, values: Mapping[str, Any], payload: Mapping[str, Any], left: int) -> None:
        self._values = values
        self._strict, self._syntax = bool(payload["strict"]), payload["syntax"]
        self._left = left

    def __call__(self, text: str, place: Place) -> str:
        try:
            template = COMPILED.template(text, strict=self._strict, syntax=self._syntax)
            printed = run(template, self._values, self._left)
        except Exception as error:
            raise placed(error, text, place, self._values) from error
        if FIT_START in printed:
            raise refused(place, "calls fit, which is for pages: let the Textbox grow instead")
        self._left -= len(printed)
        return printed


def _read(data: bytes) -> dict[str, Any]:
    tree = json.loads(data)
    if not isinstance(tree, dict):
        raise refused(ROOT, "must be a canvas as Fabric writes it: an object with `objects`")
    return tree
