"""The reference pages of `docs/reference/`, made from the tables in the code.

`python -m platen.reference` writes them; a test compares them with what is committed.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from itertools import groupby
from pathlib import Path

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from api.app import all_routes
from api.routing import Route
from core.errors import PlatenError, error_types
from core.tenant import SCOPES
from jobs.size_presets import SIZE_PRESETS
from jobs.webhooks.event_types import EVENT_TYPES
from platen.all_settings import SETTINGS_CLASSES

__all__ = ["reference_pages"]

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"


def reference_pages() -> dict[str, str]:
    """File name -> Markdown, for settings, routes, errors, events and named sizes."""
    import_module("platen.app")  # the errors of all parts belong to the list
    return {
        "settings.md": _settings(),
        "routes.md": _routes(all_routes()),
        "errors.md": _errors(error_types()),
        "events.md": _events(),
        "sizes.md": _sizes(),
    }


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(header)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _settings() -> str:
    parts = [
        "# Settings",
        (
            "Each is an environment variable; those that a person would type are flags too "
            "(`platen serve --help`). A bad value is refused at the start with a sentence that "
            "names it."
        ),
    ]
    for cls in SETTINGS_CLASSES:
        own = [name for name in cls.model_fields if name not in _seen_before(cls)]
        if own:
            parts += [f"## {_sentence(cls.__doc__)}", _table(*_setting_rows(cls, own))]
    return "\n\n".join(parts) + "\n"


def _seen_before(cls: type[BaseSettings]) -> set[str]:
    earlier = SETTINGS_CLASSES[: SETTINGS_CLASSES.index(cls)]
    return {name for other in earlier for name in other.model_fields}


def _setting_rows(cls: type[BaseSettings], names: list[str]) -> tuple[list[str], list[list[str]]]:
    rows: list[list[str]] = []
    for name in names:
        field = cls.model_fields[name]
        rows.append([f"`PLATEN_{name.upper()}`", _default(field.default), field.description or ""])
    return ["variable", "default", "meaning"], rows


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return "as described"
    if isinstance(value, Path) and value.is_absolute():
        return f"`{value.relative_to(FOLDER.parent.parent)}`"
    return "" if value is None or value in ("", ()) else f"`{value}`"


def _routes(routes: Iterable[Route]) -> str:
    parts = [
        "# Routes",
        (
            "Each is served under `/` and `/v1`. Shapes of requests and answers stand in the "
            "OpenAPI document at `/openapi.json` and, for people, at `/docs`."
        ),
    ]
    by_tag: dict[str, list[Route]] = {}
    for route in routes:
        by_tag.setdefault(route.tag, []).append(route)
    for tag, rows in by_tag.items():
        lines = [
            [f"`{r.method} {r.path}`", f"`{r.scope}`" if r.scope else "", r.summary] for r in rows
        ]
        parts += [f"## {tag.capitalize()}", _table(["route", "scope", "does"], lines)]
    scopes = [[f"`{name}`", f"A key with it may {text}."] for name, text in SCOPES.items()]
    parts += ["## Scopes", _table(["scope", "meaning"], scopes)]
    return "\n\n".join(parts) + "\n"


def _errors(types: Iterable[type[PlatenError]]) -> str:
    parts = [
        "# Errors",
        (
            "Every error is `application/problem+json`. `code` is stable, `type` leads to its "
            "section on the service's own `/docs/errors`, `detail` says what failed and how to "
            "mend it."
        ),
    ]
    for error in types:
        text = " ".join((error.__doc__ or "").split())
        parts += [f"## {error.slug()}", f"`{error.status}` `{error.code}` · {error.title}", text]
    return "\n\n".join(parts) + "\n"


def _events() -> str:
    rows = [[f"`{name}`", text] for name, text in EVENT_TYPES.items()]
    intro = "What a webhook subscription may ask for. How deliveries look and are verified: "
    return (
        "\n\n".join(
            ["# Events", f"{intro}[webhooks](../webhooks.md).", _table(["event", "when"], rows)]
        )
        + "\n"
    )


def _sizes() -> str:
    parts = [
        "# Named sizes",
        (
            "`preset` of a size in `/templates/{uid}/multi-size-render`. "
            "`GET /templates/size-presets` lists them too. How a template is written for all of "
            "them: [sizes](../sizes.md)."
        ),
    ]
    for group, rows in groupby(SIZE_PRESETS.values(), key=lambda row: row.group):
        lines = [[f"`{row.name}`", f"{row.width} x {row.height}", row.title] for row in rows]
        parts += [f"## {group.capitalize()}", _table(["preset", "CSS px", "for"], lines)]
    return "\n\n".join(parts) + "\n"


def _sentence(text: str | None) -> str:
    return (text or "").strip().splitlines()[0].rstrip(".")


def _write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in reference_pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(_write())
