"""Print documents by WeasyPrint in the jail: pages, counters, sameness, and hostile sources."""

import asyncio
import hashlib
import os
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from support.site import MARKER, Site, answer, canary

from core.errors import RenderTimeoutError
from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.policy import Policy
from egress.session import Session
from renderer.compose.functions.assets import crop
from renderer.document.errors import DocumentTooComplexError, PageRangeError
from renderer.document.weasy import weasy_document, weasy_pdf
from renderer.errors import PageLimitError
from renderer.inspect.assets import asset_warnings
from renderer.jail import Jail
from renderer.jail_settings import JailSettings
from renderer.request import DocumentOptions, Environment, Margins
from renderer.supply import Supply

ENVIRONMENT = Environment(now_us=1_795_000_000_000_000)
NUMBERED = (
    "<style>@page{margin:2cm;@bottom-center{content:counter(page) '/' counter(pages)}}</style>"
)


def two_pages(name: str) -> str:
    return NUMBERED + f"<h1>{name}</h1><p style='break-before:page'>more of {name}</p>"


async def test_each_section_counts_its_own_pages(lay, text_of):
    drawn = await lay(*(two_pages(name) for name in ("Ann", "Bo", "Cy")))
    assert drawn.pages == 6
    assert await text_of(drawn.data) == [
        "Ann 1/2", "more of Ann 2/2", "Bo 1/2", "more of Bo 2/2", "Cy 1/2", "more of Cy 2/2",
    ]  # fmt: skip


async def test_the_source_s_page_is_weaker_than_options_and_stronger_than_the_fallback(lay):
    own = "<style>@page{size:A5}</style><p>x"
    assert [(d.width, d.height) for d in (
        await lay("<p>x"),
        await lay(own),
        await lay(own, page_width_pt=300, page_height_pt=200),
        await lay("<p>x", page_width_pt=595.28, page_height_pt=841.89, landscape=True),
    )] == [(595, 842), (420, 595), (300, 200), (842, 595)]  # fmt: skip


async def test_scale_enlarges_the_content_and_not_the_page(lay, text_of):
    text = "<p>" + "word " * 2000
    small, large = await lay(text, scale=0.5), await lay(text, scale=2)
    assert (small.width, small.height) == (large.width, large.height) == (595, 842)
    assert small.pages < large.pages


async def test_header_and_footer_stand_on_every_page_with_its_numbers(lay, text_of):
    drawn = await lay(
        "<head><title>Book</title></head><body><p>one<p style='break-before:page'>two",
        title="A & B",
        margins=Margins(80, 40, 80, 40),
        header_html="<b class='title'></b> <i class=date></i>",
        footer_html="Page <span class=pageNumber></span> of <span class=totalPages></span>",
    )
    assert await text_of(drawn.data) == [
        "A & B 2026-11-18 one Page 1 of 2",
        "A & B 2026-11-18 two Page 2 of 2",
    ]


async def test_page_ranges_choose_pages_and_refuse_what_is_not_there(lay, text_of):
    drawn = await lay(two_pages("a"), page_ranges="2")
    assert await text_of(drawn.data) == ["more of a 2/2"]
    with pytest.raises(PageRangeError, match="pageRanges"):
        await lay("<p>x", page_ranges="7")


async def test_P22_a_document_over_its_pages_is_refused(lay):
    with pytest.raises(PageLimitError, match="more than 3"):
        await lay("<p style='break-after:page'>x" * 5, max_pages=3)


@pytest.mark.parametrize("source", ["", "   ", "<!-- nothing -->"])
async def test_P23_an_empty_document_is_a_blank_page(lay, source: str):
    drawn = await lay(source)
    assert drawn.pages == 1
    assert [warning.code for warning in drawn.warnings] == ["empty_document"]


async def test_metadata_tell_title_moment_and_language(lay):
    drawn = await lay("<html lang=fr><title>Own</title><p>x", tagged=True)
    with pikepdf.open(BytesIO(drawn.data)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Own"
        assert "20261118" in str(pdf.docinfo["/CreationDate"])
        assert str(pdf.Root.Lang) == "fr"
        assert pdf.Root.MarkInfo.Marked
    titled = await lay("<title>Own</title><p>x", title="Given")
    with pikepdf.open(BytesIO(titled.data)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Given"


SAMENESS = """
import asyncio, hashlib
from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.policy import Policy
from egress.session import Session
from renderer.document.weasy import weasy_pdf
from renderer.inspect.assets import asset_warnings
from renderer.jail import Jail
from renderer.request import DocumentOptions, Environment

async def main():
    jail, client = Jail(), EgressClient(Policy())
    await jail.start()
    environment = Environment(now_us=1_795_000_000_000_000)
    data = await weasy_pdf(jail, HTML, DocumentOptions(), client, environment, timeout=60)
    print(hashlib.sha256(data).hexdigest())
    await jail.close()
    await client.close()

asyncio.run(main())
"""


def test_the_same_input_gives_the_same_bytes_in_another_process(root: Path):
    html = "<h1 style='font: 700 30px sans-serif'>Title</h1><p>日本語 عربي <b>bold</b> <code>x</code> 😀"
    program = SAMENESS.replace("HTML,", f"{html!r},")
    digests = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=root, capture_output=True, timeout=100, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }  # fmt: skip
    assert len(digests) == 1
    assert digests.pop().strip()


ENDLESS = "<style>@page{size:10px 10px;margin:0}</style><p>" + "word " * 2_000_000


async def test_P21_a_layout_without_end_is_killed_at_its_deadline(jail: Jail, lay):
    start = time.monotonic()
    with pytest.raises(RenderTimeoutError):
        await lay(ENDLESS, _timeout=2)
    assert time.monotonic() - start < 5
    assert (await lay("<p>alive")).pages == 1


TURBULENCE = (
    "<svg xmlns='http://www.w3.org/2000/svg'><filter id='f'><feTurbulence baseFrequency='9'"
    " numOctaves='999'/></filter><rect width='9999' height='9999' filter='url(#f)'/></svg>"
)
LAUGHS = (
    "<img src='data:image/svg+xml,<!DOCTYPE s [<!ENTITY a \"" + "a" * 9000 + '"><!ENTITY b "'
    + "&a;" * 9000 + "\">]><svg xmlns=\"http://www.w3.org/2000/svg\"><text>%26b;</text></svg>'>"
)  # fmt: skip
HEAVY = [
    "<div>" * 100_000,
    "<table><tr>" + "<td>x" * 20_000,
    TURBULENCE,
    LAUGHS,
    "<p style='width:calc(" + "(" * 3000 + "1px" + ")" * 3000 + ")'>x",
]


@pytest.mark.parametrize("source", HEAVY, ids=range(len(HEAVY)))
async def test_P19_P20_a_heavy_source_ends_and_the_next_one_is_drawn(lay, source: str):
    with suppress(DocumentTooComplexError, RenderTimeoutError, PageLimitError):
        await lay(source, _timeout=4)
    assert (await lay("<p>alive")).pages == 1


INTERNAL = [
    "<img src='{url}'>",
    "<link rel=stylesheet href='{url}'>",
    "<style>@import url({url});</style>",
    "<style>@font-face{{font-family:f;src:url({url})}}p{{font-family:f}}</style><p>x",
    "<p style='background:url({url})'>x",
    "<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}' width='9' height='9'/></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg'><use href='{url}#a'/></svg>",
    "<object data='{url}'></object><embed src='{url}'>",
    "<link rel=attachment href='{url}'><a rel=attachment href='{url}'>x</a>",
    "<base href='{url}'><img src='a.png'>",
    "<ul style='list-style-image:url({url})'><li>x</ul><p style='content:url({url})'>x",
    "<style>@page{{background:url({url})}}</style>x",
]


@pytest.mark.parametrize("source", INTERNAL)
async def test_P9_nothing_private_is_reached(lay, text_of, source: str):
    async with Site(canary) as site:
        drawn = await lay(source.format(url=site.url("/secret.png")))
        assert site.asked == []
    assert MARKER.encode() not in drawn.data
    assert MARKER not in " ".join(await text_of(drawn.data))
    assert {warning.code for warning in drawn.warnings} <= {"blocked_request"}
    assert drawn.warnings or "use href" in source


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "FILE:///etc/passwd", "file://localhost/etc/hostname", "ftp://x/"]
)
async def test_files_are_never_reachable(lay, text_of, url: str):
    drawn = await lay(f"<link rel=attachment href='{url}'><img src='{url}'><object data='{url}'>")
    assert b"root:" not in drawn.data
    assert {warning.code for warning in drawn.warnings} <= {"blocked_request", "asset_failed"}
    with pikepdf.open(BytesIO(drawn.data)) as pdf:
        assert len(pdf.attachments) == 0


async def test_pictures_come_through_egress_where_they_are_allowed(jail: Jail):
    png = _png()

    async def serve(asked, _reader, _writer) -> bytes:
        return (
            answer(png, kind="image/png") if asked.path == "/a.png" else answer("", "404 Not Found")
        )

    async with Site(serve) as site:
        client, session = EgressClient(Policy([site.place])), Session("test")
        drawn = await weasy_document(
            jail,
            [
                f"<img src='{site.url('/a.png')}'><img src='{site.url('/b.png')}'><img src='own.png'>"
            ],
            DocumentOptions(),
            Supply(AssetCache(client), session, {"own.png": png}),
            ENVIRONMENT,
            timeout=60,
        )
        await client.close()
        assert sorted(site.paths) == ["/a.png", "/b.png"]
    with pikepdf.open(BytesIO(drawn.data)) as pdf:
        pictures = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream)
                    and thing.get("/Subtype") == "/Image"]  # fmt: skip
    assert len(pictures) == 2
    assert [(one.code, one.detail["url"]) for one in asset_warnings(session.report())] == [
        ("asset_failed", site.url("/b.png"))
    ]


def _png() -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


async def test_photographs_are_cut_while_every_child_lays_out_a_document(client: EgressClient):
    jail = Jail(JailSettings(jail_document_children=1))
    photo = f"data:image/png;base64,{b64encode(_png()).decode()}"
    session = Session("test")
    supply = Supply(AssetCache(client), session, jail=jail)
    try:
        drawn = await weasy_document(
            jail, [f"<img src='{crop(photo, 4, 2)}'>"], DocumentOptions(), supply, ENVIRONMENT,
            timeout=30,
        )  # fmt: skip
    finally:
        await jail.close()
    assert asset_warnings(session.report()) == []
    with pikepdf.open(BytesIO(drawn.data)) as pdf:
        (picture,) = pdf.pages[0].get_images().values()
        assert (picture.Width, picture.Height) == (8, 4)


async def test_an_address_that_is_none_is_a_warning(lay):
    drawn = await lay("<img src='http://[x/a.png'><p>text")
    assert [(one.code, one.detail["url"]) for one in drawn.warnings] == [
        ("blocked_request", "http://[x/a.png")
    ]


async def test_a_web_font_is_used(jail: Jail, root: Path):
    font = next((root / "fonts").rglob("Amiri*Regular*.ttf"), None) or next(
        (root / "fonts").rglob("*.ttf")
    )
    style = "<style>@font-face{font-family:own;src:url(own.ttf)}p{font-family:own}</style>"
    client = EgressClient(Policy())
    drawn = await weasy_document(
        jail, [style + "<p>Words"], DocumentOptions(),
        Supply(AssetCache(client), Session("test"), {"own.ttf": font.read_bytes()}), ENVIRONMENT,
        timeout=60,
    )  # fmt: skip
    await client.close()
    with pikepdf.open(BytesIO(drawn.data)) as pdf:
        names = {str(thing["/FontName"]) for thing in pdf.objects
                 if isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing}  # fmt: skip
    assert any("own" in name for name in names), names


async def test_formats_that_start_programs_are_not_decoded(lay):
    eps = "%!PS-Adobe-3.0 EPSF-3.0\\n%%BoundingBox: 0 0 10 10\\nshowpage\\n"
    drawn = await lay(f"<img src='data:application/postscript,{eps}'>")
    assert b"/Image" not in drawn.data


async def test_a_cancelled_document_gives_its_child_back(jail: Jail, lay):
    task = asyncio.create_task(lay(ENDLESS, _timeout=60))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await lay("<p>alive")).pages == 1


async def test_the_short_form_gives_bytes(jail: Jail, client: EgressClient):
    data = await weasy_pdf(jail, "<p>x", DocumentOptions(), client, ENVIRONMENT, timeout=60)
    assert data.startswith(b"%PDF-")
    assert hashlib.sha256(data).hexdigest()
