"""A batch of a canvas, by the real service."""

import io
import time
from typing import Any

import httpx2
from PIL import Image

BOX: dict[str, Any] = {"type": "rect", "left": 0, "top": 0, "width": 40, "height": 40}
COLOURS = {"#ff0000": (255, 0, 0), "#00ff00": (0, 255, 0), "#0000ff": (0, 0, 255)}


def test_each_row_of_a_batch_fills_the_canvas_anew(client: httpx2.Client) -> None:
    canvas = {"objects": [{**BOX, "fill": "{{ colour }}"}]}
    stored = client.post("/templates", json={"fabricJSData": canvas, "width": 30, "height": 20})
    uid = stored.json()["template"]["uid"]
    sets = [{"colour": colour} for colour in COLOURS]
    batch = client.post(f"/templates/{uid}/batch-render", json={"variableSets": sets}).json()
    deadline = time.monotonic() + 60
    told: dict[str, Any] = {}
    while told.get("status") not in {"completed", "partial", "failed"}:
        assert time.monotonic() < deadline, told
        told = client.get(f"/templates/batch/{batch['batchId']}/results").json()
        time.sleep(0.1)
    assert told["status"] == "completed", told
    for row, colour in zip(told["results"], COLOURS.values(), strict=True):
        drawn = Image.open(io.BytesIO(client.get(row["url"]).content)).convert("RGB")
        assert drawn.getpixel((15, 10)) == colour
