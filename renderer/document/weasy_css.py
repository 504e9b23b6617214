"""A document's options as rules of CSS, for the engine that knows pages through CSS alone."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

__all__ = ["page_rules", "with_running_parts"]

_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)

_RUNNING = """
#platen-{part} {{ position: running(platen-{part}); }}
#platen-{part} .pageNumber::after {{ content: counter(page); }}
#platen-{part} .totalPages::after {{ content: counter(pages); }}
@page {{ @{side}-left {{ content: none !important }} @{side}-right {{ content: none !important }}
  @{side}-center {{ content: element(platen-{part}) !important; width: 100% }} }}
"""


def _size(options: Mapping[str, Any]) -> str:
    """The page's size in points at a zoom of 1, turned when it lies."""
    named = options["page_width_pt"] is not None and options["page_height_pt"] is not None
    prefix = "page" if named else "fallback"
    sides = [options[f"{prefix}_width_pt"], options[f"{prefix}_height_pt"]]
    if options["landscape"]:
        sides.reverse()
    width, height = (side / options["scale"] for side in sides)
    important = " !important" if named else ""
    return f"@page {{ size: {width:.4f}pt {height:.4f}pt{important} }}"


def _margin(options: Mapping[str, Any]) -> str:
    margins = options["margins"]
    if margins is None:
        return "@page { margin: 0 }"
    sides = (margins[side] / options["scale"] for side in ("top", "right", "bottom", "left"))
    return "@page { margin: " + " ".join(f"{side:.4f}px" for side in sides) + " !important }"


def page_rules(options: Mapping[str, Any]) -> str:
    """Size, margins and background of the pages. `options` are `DocumentOptions` as a dict.

    What the options name is stronger than the source's own `@page`; what they leave is weaker.
    """
    rules = [_size(options), _margin(options)]
    if not options["print_background"]:
        rules.append("* { background: none !important }")
    for part, side in (("header", "top"), ("footer", "bottom")):
        if options[f"{part}_html"]:
            rules.append(_RUNNING.format(part=part, side=side))
    return "\n".join(rules)


def with_running_parts(html: str, options: Mapping[str, Any], title: str, date: str) -> str:
    """The document with its header and footer as running elements at the start of its body.

    Like in Chromium, elements of the classes `title` and `date` in them are filled in.
    """
    parts = "".join(
        f'<div id="platen-{part}">{_filled(options[f"{part}_html"], title, date)}</div>'
        for part in ("header", "footer")
        if options[f"{part}_html"]
    )
    if not parts:
        return html
    place = _BODY.search(html) or _HEAD_END.search(html)
    position = place.end() if place else 0
    return html[:position] + parts + html[position:]


def _filled(html: str, title: str, date: str) -> str:
    for name, text in (("title", title), ("date", date)):
        html = re.sub(
            rf"""(<(\w+)\b[^>]*\bclass=["']?[^"'>]*\b{name}\b[^>]*>)\s*(</\2)""",
            lambda match, text=text: f"{match[1]}{escape(text)}{match[3]}",
            html,
        )
    return html
