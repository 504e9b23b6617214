"""What a laid-out page shows wrongly, told before anybody looks at ten thousand of them."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from renderer.chromium.page import Page
from renderer.inspect.glyphs import Coverage
from renderer.request import HtmlSource, PictureOptions, RenderRequest, TemplateSource, Warn

__all__ = ["Look", "layout_warnings", "look_script"]

_HERE = Path(__file__).parent
_LOOK = (_HERE / "look.js").read_text(encoding="utf-8")
_TOFU = (_HERE / "tofu.js").read_text(encoding="utf-8")
_CONTRAST = (_HERE / "contrast.js").read_text(encoding="utf-8")
_GUARDED_TOFU = (
    f"(characters) => {{ try {{ return ({_TOFU})(characters) }} catch {{ return [] }} }}"
)
_CANVAS_TOFU = f"(characters) => ({_TOFU})(characters, platen.texts())"
_SHORTEST = 4
"""A variable's value of fewer characters stands in too many texts to be the one that fills it."""
_LISTED = 12
_SMALLEST_DESIGN = 32
"""CSS px: on a smaller picture no text is meant to be read."""

_CODES = {
    "clipped": "text_clipped",
    "truncated": "text_truncated",
    "overflows": "text_overflows",
    "outside": "text_outside",
}
_SENTENCES = {
    "clipped": "Text is cut off by its box, {by:g} px too long at the {where}: {text!r}",
    "truncated": "Text is shortened with an ellipsis, {by:g} px too long: {text!r}",
    "overflows": "Text leaves its box by {by:g} px at the {where}: {text!r}",
    "outside": "Text is cut off by the picture's edge, by {by:g} px at the {where}: {text!r}",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What the script found: plain data from a page that may be hostile, so read with care."""

    text: tuple[Mapping[str, Any], ...] = ()
    images: tuple[Mapping[str, Any], ...] = ()
    odd: str = ""
    contrast: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def read(cls, answer: object) -> "Look":
        """The script's answer; what a page has made of it otherwise is no finding."""
        if not isinstance(answer, dict):
            return cls()
        text, images, odd = (answer.get(name) for name in ("text", "images", "odd"))
        return cls(
            tuple(one for one in _list(text) if one.get("kind") in _CODES),
            tuple(_list(images)),
            odd if isinstance(odd, str) else "",
            tuple(_list(answer.get("contrast"))),
        )


def look_script(request: RenderRequest) -> str:
    """An expression whose value is what `Look.read` takes.

    A page of the web goes on below the picture's edge by its nature; a design does not.
    """
    output = request.output
    edges = (
        isinstance(output, PictureOptions)
        and isinstance(request.source, HtmlSource | TemplateSource)
        and not (output.selector or output.full_page)
        and min(output.width, output.height) >= _SMALLEST_DESIGN
    )
    if request.canvas:
        return f"platen.look({str(edges).lower()})"
    more = f"found.contrast = ({_CONTRAST})();" if request.contrast else ""
    # A page that has bent the language's own functions spoils no more than its own inspection.
    return (
        f"(() => {{ try {{ const found = ({_LOOK})({str(edges).lower()}); {more} return found }} "
        "catch { return null } })()"
    )


async def layout_warnings(
    page: Page, look: Look, request: RenderRequest, coverage: Coverage
) -> list[Warn]:
    """Cut and overflowing text with the variable that fills it, enlarged images, empty boxes."""
    if not (look.text or look.images or look.contrast or look.odd):
        return []
    values = _values(request)
    warnings = _of_texts(look.text, values)
    warnings += [_of_image(one) for one in look.images]
    warnings += [_of_contrast(one, values) for one in look.contrast]
    if look.odd and (suspects := await coverage.lacking(look.odd)):
        missing = await page.evaluate(_CANVAS_TOFU if request.canvas else _GUARDED_TOFU, suspects)
        characters = [one for one in _list_of(missing) if isinstance(one, str) and one in suspects]
        if characters:
            warnings.append(_of_glyphs(characters, values))
    return warnings


@dataclass(frozen=True, slots=True)
class _Values:
    """The scalar values of a template's data by their paths, longest value first."""

    pairs: tuple[tuple[str, str], ...] = field(default=())

    def filling(self, text: str) -> str | None:
        """The path of the longest value that is the text, or part of it, or holds it."""
        plain = _plain(text)
        for path, value in self.pairs:
            if value == plain:
                return path
            if len(value) >= _SHORTEST <= len(plain) and (value in plain or plain in value):
                return path
        return None


def _values(request: RenderRequest) -> _Values:
    if not isinstance(request.source, TemplateSource):
        return _Values()
    pairs: list[tuple[str, str]] = []
    for one in request.source.variable_sets or (request.source.variables,):
        _gather("", one, pairs)
    plain = [(path, _plain(value)) for path, value in pairs if value.strip()]
    return _Values(tuple(sorted(plain, key=lambda pair: -len(pair[1]))))


def _gather(path: str, value: object, pairs: list[tuple[str, str]], most: int = 2_000) -> None:
    if len(pairs) >= most:
        return
    if isinstance(value, Mapping):
        for name, one in value.items():
            _gather(f"{path}.{name}" if path else str(name), one, pairs)
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            _gather(f"{path}[{place}]", one, pairs)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        pairs.append((path, str(value)))


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def _of_texts(found: tuple[Mapping[str, Any], ...], values: _Values) -> list[Warn]:
    """One warning for each text; what lies below the picture is one fault, told once."""
    below = [one for one in found if one["kind"] == "outside" and one.get("where") == "bottom"]
    warnings = [_of_text(one, values) for one in found if one not in below]
    if below:
        first = _of_text(below[0], values)
        more = f" and {len(below) - 1} more" if len(below) > 1 else ""
        warnings.append(
            Warn(first.code, first.message + more, {**first.detail, "texts": len(below)})
        )
    return warnings


def _of_text(found: Mapping[str, Any], values: _Values) -> Warn:
    kind, text = str(found["kind"]), str(found.get("text", ""))[:300]
    by, where = _number(found.get("by")), str(found.get("where", ""))[:10]
    message = _SENTENCES[kind].format(by=by, where=where, text=_short(text))
    detail: dict[str, Any] = {
        "selector": str(found.get("selector", ""))[:200],
        "text": text,
        "pixels": by,
        "side": where,
    }
    if variable := values.filling(text):
        message += f" (variable {variable})"
        detail["variable"] = variable
    return Warn(_CODES[kind], message, detail)


def _of_image(found: Mapping[str, Any]) -> Warn:
    scale = _number(found.get("scale"))
    url = str(found.get("url", ""))[:200]
    shown = "an inline image" if url.startswith("data:") else url
    return Warn(
        "image_upscaled",
        f"An image is drawn {scale:g} times larger than its pixels and will look soft: {shown}",
        {
            "selector": str(found.get("selector", ""))[:200],
            "url": url,
            "scale": scale,
            "width": _number(found.get("width")),
            "height": _number(found.get("height")),
        },
    )


def _of_contrast(found: Mapping[str, Any], values: _Values) -> Warn:
    text = str(found.get("text", ""))[:300]
    ratio, wanted = _number(found.get("ratio")), _number(found.get("wanted"))
    detail: dict[str, Any] = {
        "selector": str(found.get("selector", ""))[:200],
        "text": text,
        "ratio": ratio,
        "wanted": wanted,
    }
    if variable := values.filling(text):
        detail["variable"] = variable
    return Warn(
        "low_contrast",
        f"Text is hard to tell from its background, {ratio:g}:1 where {wanted:g}:1 is the least: "
        f"{_short(text)!r}",
        detail,
    )


def _of_glyphs(characters: list[str], values: _Values) -> Warn:
    points = [f"U+{ord(one):04X}" for one in characters]
    scripts = sorted({_script(one) for one in characters})
    variable = next(
        (path for path, value in values.pairs if any(one.lower() in value for one in characters)),
        None,
    )
    shown = ", ".join(points[:_LISTED]) + (" ..." if len(points) > _LISTED else "")
    detail: dict[str, Any] = {"codePoints": points, "scripts": scripts}
    if variable:
        detail["variable"] = variable
    return Warn(
        "missing_glyphs",
        f"No font has {shown} ({', '.join(scripts)}): empty boxes are drawn. Install or upload a "
        "font for it.",
        detail,
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _script(character: str) -> str:
    """The first word of the character's name is its script for all but symbols."""
    return unicodedata.name(character, "unassigned or private").partition(" ")[0].capitalize()


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in _list_of(value)[:20] if isinstance(one, dict)]


def _list_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
