"""X04: what users wrote, where it leaves with an answer."""

import io
from typing import Any

import httpx2
import pikepdf
import pytest

from tests.integration.renders.conftest import House

SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(document.domain)</script></svg>"
HOSTILE = "Invoice\r\nSet-Cookie: a=b\x1b[31m\u202e) /Launch (x\u2028\x00 end"
SHOWN = "Invoice Set-Cookie: a=b[31m) /Launch (x end"


@pytest.mark.parametrize(
    ("media_type", "extension"),
    [
        ("image/svg+xml", "svg"),
        ("text/html", "html"),
        ("application/xhtml+xml", "xhtml"),
        ("application/json", "json"),
        ("application/octet-stream", "bin"),
    ],
)
async def test_X04_what_may_hold_scripts_is_for_saving_only(
    client: httpx2.AsyncClient, house: House, workspace_id: str, media_type: str, extension: str
) -> None:
    kept = await house.artifacts.put(
        workspace_id, SCRIPT, media_type=media_type, extension=extension
    )
    client.event_hooks["response"] = []  # no render makes these types: the document knows none
    file = await client.get(kept.path)
    assert file.headers["content-disposition"] == f'attachment; filename="{kept.token}.{extension}"'
    assert file.headers["content-type"].split(";")[0] == media_type
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"] == "sandbox"


async def test_a_picture_is_shown_and_keeps_its_walls(client: httpx2.AsyncClient) -> None:
    body = {"html": "<p>x", "width": 16, "height": 8}
    for file in (
        await client.get((await client.post("/image", json=body)).json()["url"]),
        await client.post("/image", json=body, params={"response": "binary"}),
    ):
        assert file.headers["content-disposition"].startswith("inline; filename=")
        assert file.headers["content-disposition"].endswith('.png"')
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/pdf/render", {}),
        ("/pdf/render", {"options": {"engine": "weasyprint"}}),
        ("/pdf/multi-page", {"variableSets": [{}, {}]}),
    ],
)
async def test_X04_a_documents_title_is_one_line_of_plain_text(
    client: httpx2.AsyncClient, path: str, more: dict[str, Any]
) -> None:
    options = {"title": HOSTILE, "preset": "A5", **more.get("options", {})}
    body = {"html": "<p>x", **more, "options": options}
    answer = await client.post(path, json=body, params={"response": "binary"})
    assert answer.status_code == 200, answer.text
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        assert str(document.docinfo["/Title"]) == SHOWN
        assert "/Launch" not in document.docinfo


async def test_X04_a_hostile_id_in_the_path_adds_no_header(client: httpx2.AsyncClient) -> None:
    client.event_hooks["response"] = []
    for path in ("/image/a%0d%0aSet-Cookie:%20a=b", "/files/x%0aX-Evil:1.png", "/a%0d%0aX-Evil:1"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert not {"set-cookie", "x-evil"} & set(answer.headers)


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"X-A": "a\r\nX-Evil: 1"}},
        {"headers": {"X-A": "a\nX-Evil: 1"}},
        {"headers": {"X-A\r\nX-Evil": "1"}},
        {"headers": {"X-A": "a\x00"}},
        {"headers": {"X-A: b": "1"}},
        {"userAgent": "Tester\r\nX-Evil: 1"},
        {"cookies": [{"name": "a", "value": "b\r\nX-Evil: 1"}]},
        {"cookies": [{"name": "a\r\nX-Evil: 1", "value": "b"}]},
    ],
)
async def test_X04_what_a_page_shall_send_is_one_header_each(
    client: httpx2.AsyncClient, more: dict[str, Any]
) -> None:
    answer = await client.post("/image", json={"url": "http://example.com/", **more})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
