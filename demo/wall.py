"""One picture of all fixtures: a page and the files that it names, in one multipart request."""

import json
import time
from pathlib import Path

import httpx2

from demo.gallery import FOLDER
from demo.table import Made

__all__ = ["render_wall"]

PAGE = Path(__file__).with_name("wall.html")
SIZE = {"width": 1600, "height": 900}


def render_wall(http: httpx2.Client, out: Path) -> Made:
    """`out/platen.jpg` from the fixtures' previews."""
    request = SIZE | {"fileExtension": "jpg", "quality": 88}
    files = [
        ("request", (None, json.dumps(request), "application/json")),
        ("index.html", ("index.html", PAGE.read_bytes(), "text/html")),
    ]
    for preview in sorted(FOLDER.glob("*/preview.*")):
        name = preview.parent.name + preview.suffix
        files.append((name, (name, preview.read_bytes(), "application/octet-stream")))
    started = time.perf_counter()
    answer = http.post("/image", files=files, headers={"Accept": "image/jpeg"})
    if answer.is_error:
        raise SystemExit(f"POST /image: {answer.status_code} {answer.text}")
    path = out / "platen.jpg"
    path.write_bytes(answer.content)
    ms = (time.perf_counter() - started) * 1000
    return Made(path, len(answer.content), f"{SIZE['width']} x {SIZE['height']}", ms)
