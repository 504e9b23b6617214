"""A handful of the sixty templates of `tests/corpus`, drawn: as pictures and as documents."""

import io
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from pypdf import PdfReader

CORPUS = Path(__file__).parents[2] / "corpus"


async def drawn(client: httpx2.AsyncClient, name: str, **body: Any) -> tuple[dict[str, Any], bytes]:
    """The answer and the artifact of a template that is stored without a word about its syntax."""
    head, _, source = (CORPUS / name).read_text(encoding="utf-8").partition("\n---\n")
    template = {
        "html": f"<style>svg {{ width: 200px }}</style><body style='font: 20px Inter'>{source}",
        "width": 900,
        "height": 600,
    }
    stored = await client.post("/templates", json=template)
    assert stored.status_code == 201, stored.text
    uid = stored.json()["template"]["uid"]
    sent = {"variables": json.loads(head)["data"], **body}
    answer = (await client.post(f"/templates/{uid}/render", json=sent)).json()
    return answer, (await client.get(answer["url"])).content


@pytest.mark.parametrize(
    "name",
    ["jinja/card-product.jinja", "handlebars/card-ticket.hbs", "handlebars/report-table.hbs"],
)
async def test_it_is_drawn_without_a_warning(client: httpx2.AsyncClient, name: str) -> None:
    answer, data = await drawn(client, name, format="jpg")
    assert answer["results"][0]["warnings"] == []
    colors = Image.open(io.BytesIO(data)).convert("RGB").getcolors(1_000_000)
    assert colors is not None
    assert len(colors) > 20


@pytest.mark.parametrize(
    ("name", "options", "texts"),
    [
        (
            "jinja/invoice-hours.jinja",
            {"engine": "chromium"},
            ["K. DUARTE", "Borealis", "1,781.25"],
        ),
        (
            "jinja/email-order.jinja",
            {"engine": "weasyprint"},
            ["SO-5512", "July 9, 2026", "$31.50"],
        ),
        ("handlebars/invoice-nested-root.hbs", {"engine": "chromium"}, ["Terra Goods 2.1 Trees"]),
    ],
)
async def test_its_words_stand_in_the_document(
    client: httpx2.AsyncClient, name: str, options: dict[str, Any], texts: list[str]
) -> None:
    _, data = await drawn(client, name, format="pdf", options=options)
    told = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    for text in texts:
        assert text in " ".join(told.split()), told
