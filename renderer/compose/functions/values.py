"""Fallbacks and JSON."""

import json
from typing import Any

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from renderer.compose.functions.kinds import is_missing, text_of
from renderer.compose.functions.row import Function

__all__ = ["VALUES"]

MAX_JSON_CHARACTERS = 1_000_000


def default(value: Any, fallback: Any = "", boolean: bool = False) -> Any:
    """The value, or `fallback` when it is missing or an empty text (or false, with `boolean`)."""
    missing = is_missing(value) or value == ""
    return fallback if missing or (boolean and not value) else value


def coalesce(*values: Any) -> Any:
    """The first value that is neither missing nor an empty text."""
    return next((value for value in values if not is_missing(value) and value != ""), None)


def _plain(value: Any) -> Any:
    return None if is_missing(value) else text_of(value)


def to_json(value: Any, indent: int | None = None) -> Markup:
    """As JSON that is safe in HTML text, in a script and in an attribute of single quotes."""
    return htmlsafe_json_dumps(
        None if is_missing(value) else value,
        indent=None if indent is None else min(8, int(indent)),
        default=_plain,
        ensure_ascii=False,
    )


def parse_json(value: Any, fallback: Any = None) -> Any:
    """The data that a JSON text stands for; `fallback` when it is none."""
    text = text_of(value)
    if len(text) > MAX_JSON_CHARACTERS:
        raise ValueError(f"parseJson takes at most {MAX_JSON_CHARACTERS} characters")
    try:
        return json.loads(text)
    except ValueError:
        return fallback


VALUES = (
    Function("default", default, "default(value, fallback, boolean = false)",
             "The fallback when the value is missing or an empty text; with `boolean`, also when "
             "it is false or 0", "default(nowhere, 'Guest')", "Guest"),
    Function("coalesce", coalesce, "coalesce(a, b, ...)",
             "The first that is neither missing nor an empty text",
             "coalesce(nowhere, '', 'third')", "third"),
    Function("json", to_json, "json(value, indent?)",
             "JSON, safe in text, scripts and single-quoted attributes",
             "json({'a': [1, true]})", '{"a": [1, true]}'),
    Function("parseJson", parse_json, "parseJson(text, fallback?)",
             "The data of a JSON text", "parseJson('[1, 2]') | last", "2"),
)  # fmt: skip
