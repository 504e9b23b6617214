"""What a caller can ask of a picture's bytes, over HTTP."""

import base64
import io
from typing import Any

import httpx2
import pytest
from PIL import Image

PAGE: dict[str, Any] = {
    "html": "<!doctype html><body style='margin:0;background:linear-gradient(45deg,#123,#f80,#08f)'>"
    "<h1 style='font:60px serif;color:#fff'>Many bytes</h1>",
    "width": 400,
    "height": 300,
}


def asked(client: httpx2.Client, **more: Any) -> httpx2.Response:
    return client.post("/image", params={"response": "binary"}, json=PAGE | more)


def pixels(answer: httpx2.Response) -> bytes:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).convert("RGBA").tobytes()


def test_harder_compression_has_the_same_pixels_in_fewer_bytes(client: httpx2.Client) -> None:
    made = [asked(client, compression=name) for name in ("fast", "balanced", "small")]
    assert len({pixels(answer) for answer in made}) == 1
    assert sorted((len(answer.content) for answer in made), reverse=True) == [
        len(answer.content) for answer in made
    ]
    assert len(made[1].content) < len(made[0].content) / 2


def test_a_budget_is_met_and_the_quality_that_it_left_is_told(client: httpx2.Client) -> None:
    body = PAGE | {"format": "jpg", "maxBytes": 4000}
    told = client.post("/image", params={"response": "base64"}, json=body).json()
    picture = base64.b64decode(told["base64"])
    assert len(picture) == told["size"] <= 4000
    assert Image.open(io.BytesIO(picture)).size == (400, 300)
    assert 1 <= told["quality"] < 85
    [warning] = told["warnings"]
    assert warning["code"] == "quality_lowered"
    assert warning["detail"] == {
        "quality": told["quality"],
        "bytes": len(picture),
        "maxBytes": 4000,
    }
    answer = asked(client, format="jpg", maxBytes=4000)
    assert (answer.headers["x-quality"], answer.content) == (str(told["quality"]), picture)


def test_a_png_gives_colours_for_its_budget(client: httpx2.Client) -> None:
    answer = asked(client, maxBytes=4000)
    colours = Image.open(io.BytesIO(answer.content)).convert("RGBA").getcolors(256)
    assert colours is not None
    assert len(colours) <= int(answer.headers["x-colors"])
    assert answer.headers["x-warnings"] == "colors_reduced"


def test_a_budget_that_cannot_be_met_says_the_smallest_that_was_reached(
    client: httpx2.Client,
) -> None:
    answer = asked(client, format="webp", maxBytes=100)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "max_bytes_unreachable")
    assert "smallest that was reached" in problem["error"]
    assert [error["field"] for error in problem["errors"]] == ["maxBytes"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("compression", "best"),
        ("chromaSubsampling", "4:1:1"),
        ("progressive", "perhaps"),
        ("maxBytes", 0),
        ("maxBytes", -5),
        ("maxBytes", 1e30),
        ("maxBytes", "many"),
        ("maxBytes", True),
        ("quality", 101),
    ],
)
def test_a_value_that_is_none_of_the_options_is_refused_by_name(
    client: httpx2.Client, member: str, value: object
) -> None:
    answer = asked(client, **{member: value})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["field"] == member
    assert error["message"].startswith(member)


def test_a_side_that_the_format_cannot_hold_is_refused(client: httpx2.Client) -> None:
    answer = asked(client, format="webp", width=4096, deviceScaleFactor=4)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["width"]
    long = {"html": "<body style='margin:0'><p style='height:9000px;margin:0'>x", "width": 16}
    answer = asked(client, **long, format="webp", fullPage=True, deviceScaleFactor=2)
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_too_large")


def test_a_template_takes_the_same_options_and_a_document_no_budget(
    client: httpx2.Client,
) -> None:
    template = client.post("/templates", json=PAGE).json()["template"]["uid"]
    url, query = f"/templates/{template}/render", {"response": "binary"}
    body = {"format": "jpg", "progressive": True, "chromaSubsampling": "4:4:4", "maxBytes": 30_000}
    answer = client.post(url, params=query, json=body)
    picture = Image.open(io.BytesIO(answer.content))
    assert "progressive" in picture.info
    assert picture.layer[0][1:3] == picture.layer[1][1:3]  # type: ignore[attr-defined] # JPEG's own
    assert picture.info["dpi"] == (96, 96)
    answer = client.post(url, json={"format": "pdf", "maxBytes": 5000})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "maxBytes")
