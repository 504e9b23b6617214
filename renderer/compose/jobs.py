"""The jobs of the compose children: compose, analyse, look for scripts."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from markupsafe import Markup

from renderer.compose.assets import ASSETS, FOCI, asset_names
from renderer.compose.compiled import Compiled, run
from renderer.compose.discover import discover, included_names
from renderer.compose.handlebars.discover import asset_names as handlebars_assets
from renderer.compose.handlebars.discover import discover as discover_handlebars
from renderer.compose.handlebars.discover import partial_names
from renderer.compose.handlebars.template import HandlebarsTemplate
from renderer.compose.javascript import has_javascript
from renderer.compose.partials import PARTIALS
from renderer.compose.problems import problem
from renderer.compose.surroundings import CURRENT, surround
from renderer.jail_child.call import Answer, Call

__all__ = ["analyse", "compose", "javascript", "with_raw_html"]

_COMPILED = Compiled()


def _raw(value: Any) -> Any:
    """Texts of a variable that may hold HTML, as markup, in lists and objects too."""
    if isinstance(value, str):
        return Markup(value)  # noqa: S704 - the definition says allowRawHtml
    if isinstance(value, list):
        return [_raw(item) for item in value]
    if isinstance(value, dict):
        return {name: _raw(item) for name, item in value.items()}
    return value


def with_raw_html(given: Mapping[str, Any], raw_html: list[str]) -> dict[str, Any]:
    """The variables, those named in `raw_html` as markup, which is not escaped."""
    return {**given, **{name: _raw(given[name]) for name in raw_html if name in given}}


def compose(call: Call) -> Answer:
    """The template in attachment 0 with each of `sets`: one HTML text per set.

    `shows_now` says whether any of them asked for the moment.
    """
    payload = call.payload
    source = call.attachments[0].decode()
    surround(payload)
    PARTIALS.set(payload.get("partials", {}))
    ASSETS.set(payload.get("assets", {}))
    FOCI.set(payload.get("foci", {}))
    variables: Mapping[str, Any] = {}
    left, pages, index = payload["max_characters"], list[bytes](), 0
    try:
        template = _COMPILED.template(
            source, strict=payload["strict"], syntax=payload.get("syntax", "auto")
        )
        for index, variables in enumerate(payload["sets"]):  # noqa: B007 - which one failed
            html = run(template, with_raw_html(variables, payload["raw_html"]), left)
            left -= len(html)
            pages.append(html.encode())
    except Exception as error:
        told = problem(error, source, variables)
        told.facts["set"] = index
        raise told from error
    return {"shows_now": CURRENT.get().shows_now}, pages


def analyse(call: Call) -> Answer:
    """What the source in attachment 0 reads, its language, and whether it holds scripts."""
    source = call.attachments[0].decode()
    PARTIALS.set(call.payload.get("partials", {}))
    try:
        template = _COMPILED.template(
            source, strict=False, syntax=call.payload.get("syntax", "auto")
        )
        if isinstance(template, HandlebarsTemplate):
            found = discover_handlebars(template.program, _COMPILED.programs)
            includes = partial_names(template.program)
            assets = handlebars_assets(template.program)
        else:
            environment = _COMPILED.environment()
            found = discover(environment, source, PARTIALS.get())
            includes = included_names(environment, source)
            assets = asset_names(environment, source)
    except Exception as error:
        raise problem(error, source) from error
    return {
        "variables": [asdict(variable) for variable in found],
        "javascript": has_javascript(source),
        "syntax": "handlebars" if isinstance(template, HandlebarsTemplate) else "jinja",
        "includes": includes,
        "assets": assets,
    }, ()


def javascript(call: Call) -> Answer:
    """Whether the document in attachment 0, which need not be a template, holds scripts."""
    return {"javascript": has_javascript(call.attachments[0].decode())}, ()
