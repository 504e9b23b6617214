"""Sections put together: order, sizes, shared fonts, sameness, and PDFs of strangers."""

import time
from io import BytesIO

import pikepdf
import pytest

from renderer.document.assemble import inspect_document, merge_documents
from renderer.document.errors import PageRangeError, UnreadableDocumentError
from renderer.errors import PageLimitError
from renderer.jail import Jail

NOW = 1_795_000_000_000_000


@pytest.fixture(scope="module")
async def sections(jail: Jail) -> list[bytes]:
    """Three small documents that share a font and a picture with a mask."""
    from egress.client import EgressClient
    from egress.policy import Policy
    from renderer.document.weasy import weasy_pdf
    from renderer.request import DocumentOptions, Environment

    client, environment = EgressClient(Policy()), Environment(now_us=NOW)
    html = "<style>@page{{size:A5}}</style><img src='{}'><p>Section {} Section 0123456789</p>"
    made = [
        await weasy_pdf(
            jail, html.format(_picture(), n), DocumentOptions(), client, environment, timeout=60
        )
        for n in (1, 2, 3)
    ]
    await client.close()
    return made


def _picture() -> str:
    import base64

    from PIL import Image

    out = BytesIO()
    Image.effect_noise((120, 120), 90).convert("RGBA").save(out, "PNG")
    picture = Image.open(out)
    picture.putalpha(Image.linear_gradient("L").resize((120, 120)))
    out = BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


async def test_pages_come_in_order_with_title_and_date(jail: Jail, sections, text_of):
    merged = await merge_documents(jail, sections, now_us=NOW, title="All of\x00 them")
    assert (merged.pages, merged.width, merged.height) == (3, 420, 595)
    texts = await text_of(merged.data)
    assert [text.split()[1] for text in texts] == ["1", "2", "3"]
    with pikepdf.open(BytesIO(merged.data)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "All of them"
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261118")


async def test_links_outline_and_language_lead_into_their_own_section(jail: Jail, lay):
    html = (
        "<html lang=fr><h1 id=top>{0}</h1><a href='#b'>to b</a>"
        "<h2 id=b style='break-before:page'>b of {0}</h2><a href='#top'>top</a>"
    )
    made = [(await lay(html.format(name))).data for name in ("Ann", "Bo")]
    merged = await merge_documents(jail, made, now_us=NOW)
    with pikepdf.open(BytesIO(merged.data)) as pdf:
        pages = {page.obj.objgen: index for index, page in enumerate(pdf.pages)}
        targets = [pages[note["/Dest"][0].objgen] for page in pdf.pages for note in page["/Annots"]]
        assert targets == [1, 0, 3, 2]
        with pdf.open_outline() as outline:
            assert [(item.title, item.children[0].title) for item in outline.root] == [
                ("Ann", "b of Ann"), ("Bo", "b of Bo"),
            ]  # fmt: skip
            assert [pages[item.destination[0].objgen] for item in outline.root] == [0, 2]
        assert str(pdf.Root.Lang) == "fr"


async def test_a_cut_out_page_takes_no_dangling_link_along(jail: Jail, lay):
    made = (await lay("<a href='#b'>b</a><h1 id=b style='break-before:page'>b")).data
    merged = await merge_documents(jail, [made], now_us=NOW, page_ranges="1")
    with pikepdf.open(BytesIO(merged.data)) as pdf:
        assert len(pdf.pages) == 1
        assert sum(thing.get("/Type") == "/Page" for thing in pdf.objects
                   if isinstance(thing, pikepdf.Dictionary)) == 1  # fmt: skip
        assert pdf.check_pdf_syntax() == []


async def test_what_sections_have_in_common_is_there_once(jail: Jail, sections):
    same = [sections[0]] * 20
    merged = await merge_documents(jail, same, now_us=NOW)
    assert merged.pages == 20
    assert len(merged.data) < 2 * len(sections[0])
    with pikepdf.open(BytesIO(merged.data)) as pdf:
        pictures = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream)
                    and thing.get("/Subtype") == "/Image"]  # fmt: skip
    assert len(pictures) == 2  # the picture and its mask


async def test_the_same_sections_give_the_same_bytes(jail: Jail, sections):
    first = await merge_documents(jail, sections, now_us=NOW)
    assert (await merge_documents(jail, sections, now_us=NOW)).data == first.data


async def test_ranges_and_limits_hold_for_the_whole(jail: Jail, sections, text_of):
    chosen = await merge_documents(jail, sections, now_us=NOW, page_ranges="1,3-")
    assert [text.split()[1] for text in await text_of(chosen.data)] == ["1", "3"]
    with pytest.raises(PageLimitError):
        await merge_documents(jail, sections, now_us=NOW, max_pages=2)
    with pytest.raises(PageRangeError):
        await merge_documents(jail, sections, now_us=NOW, page_ranges="8")


async def test_a_hundred_sections_take_little_time(jail: Jail, sections):
    start = time.monotonic()
    merged = await merge_documents(jail, sections * 33, now_us=NOW)
    assert merged.pages == 99
    assert time.monotonic() - start < 5


BROKEN = [b"", b"not a pdf", b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"]


@pytest.mark.parametrize("data", BROKEN)
async def test_what_is_no_pdf_is_refused_in_words(jail: Jail, sections, data: bytes):
    with pytest.raises(UnreadableDocumentError, match="Document 2"):
        await merge_documents(jail, [sections[0], data], now_us=NOW)
    with pytest.raises(UnreadableDocumentError):
        await inspect_document(jail, data)


async def test_an_encrypted_pdf_is_refused_in_words(jail: Jail, sections):
    out = BytesIO()
    with pikepdf.open(BytesIO(sections[0])) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(UnreadableDocumentError, match="encrypted"):
        await inspect_document(jail, out.getvalue())


async def test_inspect_tells_each_page_as_it_is_seen(jail: Jail):
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 100))
        pdf.add_blank_page(page_size=(300, 400)).rotate(90, relative=False)
        pdf.save(out)
    facts = await inspect_document(jail, out.getvalue())
    assert (facts.pages, facts.sizes) == (2, ((200, 100), (400, 300)))
