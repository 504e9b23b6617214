"""The stored fixtures, each rendered into the formats that suit it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from demo.table import Made

__all__ = ["Fixture", "fixtures", "render_all", "store"]

FOLDER = Path(__file__).resolve().parent.parent / "fixtures"
PICTURES = ("png", "jpeg", "webp")


@dataclass(frozen=True, slots=True)
class Fixture:
    """An example template: what `POST /templates` takes, and data for one render.

    `render` holds extra options of its render, such as a document's engine; `sizes` names those
    that it is drawn in as well.
    """

    slug: str
    template: dict[str, Any]
    variables: dict[str, Any]
    render: dict[str, Any]
    sizes: list[str]

    @property
    def kind(self) -> str:
        """`image`, `gif` or `pdf`."""
        return str(self.template.get("outputFormat", "image"))


def fixtures() -> list[Fixture]:
    """All of `fixtures/`, by name."""
    return [_read(meta.parent) for meta in sorted(FOLDER.glob("*/meta.json"))]


def _read(folder: Path) -> Fixture:
    meta = json.loads((folder / "meta.json").read_text())
    render, sizes = meta.pop("render", {}), meta.pop("sizes", [])
    meta["html"] = (folder / "template.html").read_text()
    variables = json.loads((folder / "variables.json").read_text())
    return Fixture(folder.name, meta, variables, render, sizes)


def store(http: httpx2.Client, fixture: Fixture) -> str:
    """Create the template; its uid."""
    answer = http.post("/templates", json=fixture.template)
    answer.raise_for_status()
    return str(answer.json()["template"]["uid"])


def render_all(http: httpx2.Client, uids: dict[str, str], out: Path) -> Iterator[Made]:
    """Every fixture as files in `out`; each as soon as it is there."""
    for number, fixture in enumerate(fixtures()):
        uid = uids[fixture.slug]
        if fixture.kind == "pdf":
            yield _document(http, fixture, uid, out)
        elif fixture.kind == "gif":
            yield _animation(http, fixture, uid, out)
        else:
            yield _picture(http, fixture, uid, out, "png")
            also = PICTURES[1 + number % 2]
            yield _picture(http, fixture, uid, out, also)
            yield from _in_sizes(http, fixture, uid, out)


def _picture(http: httpx2.Client, fixture: Fixture, uid: str, out: Path, format_name: str) -> Made:
    body = {"variables": fixture.variables, "format": format_name} | fixture.render
    answer, ms = _timed(http, f"/templates/{uid}/render", body)
    size = f"{answer['width']} x {answer['height']}"
    extension = {"jpeg": "jpg"}.get(format_name, format_name)
    return _save(http, answer["url"], out / f"{fixture.slug}.{extension}", size, ms)


def _in_sizes(http: httpx2.Client, fixture: Fixture, uid: str, out: Path) -> Iterator[Made]:
    """The other sizes, all of one call and one composition."""
    if not fixture.sizes:
        return
    body = {"variables": fixture.variables, "sizes": [{"preset": name} for name in fixture.sizes]}
    answer, ms = _timed(http, f"/templates/{uid}/multi-size-render", body)
    for one in answer["results"]:
        path = out / f"{fixture.slug}-{one['label']}.png"
        size = f"{one['width']} x {one['height']}"
        yield _save(http, one["url"], path, size, ms / len(answer["results"]))


def _animation(http: httpx2.Client, fixture: Fixture, uid: str, out: Path) -> Made:
    size = {key: fixture.template[key] for key in ("width", "height")}
    body = {"template": uid, "variables": fixture.variables} | size | fixture.render
    answer, ms = _timed(http, "/gif", body)
    gif = answer["gif"]
    text = f"{gif['width']} x {gif['height']}, {gif['frameCount']} frames"
    return _save(http, gif["url"], out / f"{fixture.slug}.gif", text, ms)


def _document(http: httpx2.Client, fixture: Fixture, uid: str, out: Path) -> Made:
    body = {"templateUid": uid, "variables": fixture.variables, "options": fixture.render}
    answer, ms = _timed(http, "/pdf/render", body)
    text = f"{answer['pageCount']} page{'s' * (answer['pageCount'] > 1)}"
    engine = fixture.render.get("engine", "chromium")
    return _save(http, answer["url"], out / f"{fixture.slug}.pdf", f"{text}, {engine}", ms)


def _timed(http: httpx2.Client, path: str, body: dict[str, Any]) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    answer = http.post(path, json=body)
    elapsed = (time.perf_counter() - started) * 1000
    if answer.is_error:
        message = f"POST {path}: {answer.status_code} {answer.text}"
        raise SystemExit(message)
    return answer.json(), elapsed


def _save(http: httpx2.Client, url: str, path: Path, dimensions: str, ms: float) -> Made:
    file = http.get(url)
    file.raise_for_status()
    path.write_bytes(file.content)
    return Made(path, len(file.content), dimensions, ms)
