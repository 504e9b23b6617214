"""Forty small pages, half of them faulty: no fault is missed, and there is no false alarm."""

import base64
import io

import pytest
from PIL import Image
from support.rendering import Draw

from renderer.request import DocumentOptions, PictureOptions, TemplateSource

HEAD = "<!doctype html><meta charset=utf-8><style>body{margin:0;font:20px Inter}</style>"
SIZE = PictureOptions(width=400, height=200)
LONG = "An unusually long headline that nobody had in mind when this was designed"


def image(side: int) -> str:
    into = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(into, "PNG")
    return "data:image/png;base64," + base64.b64encode(into.getvalue()).decode()


CLEAN = {
    "plain text": "<p>Hello",
    "a box that grows": "<div style='background:#eee;padding:8px'>{{ title }}</div>",
    "a headline with a tight line": "<h1 style='line-height:.9;overflow:hidden;margin:0'>Ägypten gjpqy</h1>",
    "a box as high as its line": "<div style='height:20px;line-height:20px;overflow:hidden'>Quay jg</div>",
    "text for listeners alone": "<p style='position:absolute;width:1px;height:1px;overflow:hidden'>{{ title }}",
    "text that is not shown": "<p style='display:none;width:9px;overflow:hidden'>{{ title }}",
    "text without opacity": "<p style='width:9px;overflow:hidden;white-space:nowrap;opacity:0'>{{ title }}",
    "text put away to the left": "<p style='position:absolute;left:-9999px'>{{ title }}",
    "text without size": "<p style='font-size:0;width:9px;white-space:nowrap;overflow:hidden'>{{ title }}",
    "a badge that stands over the edge": "<div style='position:relative;background:#eee;width:90px;height:40px;margin:30px'><b style='position:absolute;top:-12px;right:-12px'>new</b></div>",
    "a ticker": "<style>@keyframes t{to{transform:translateX(-50%)}}</style><div style='overflow:hidden;width:200px;white-space:nowrap'><span style='display:inline-block;animation:t 9s linear infinite'>{{ title }} {{ title }}</span></div>",
    "slides beside each other": "<div style='width:200px;overflow:hidden;display:flex'><p style='flex:0 0 200px'>one<p style='flex:0 0 200px'>two</div>",
    "a turned ribbon": "<div style='overflow:hidden;width:200px;height:120px'><b style='display:inline-block;transform:rotate(-40deg) translateX(-90px)'>{{ title }}</b></div>",
    "an absolute child of another box": "<div style='overflow:hidden;width:50px;height:20px'><p style='position:absolute;left:10px;top:60px;white-space:nowrap'>not inside</p></div>",
    "vertical writing": "<div style='writing-mode:vertical-rl;height:160px;overflow:hidden'>縦書きの文</div>",
    "script of the right": "<p dir=rtl>مرحبا بالعالم",
    "Chinese, Japanese, Korean": "<p>中文 日本語 한국어",
    "a family of emoji": "<p>👩‍👩‍👧‍👦 🏳️‍🌈 ☕️",
    "marks and currencies": "<p>é ñ € ₽ ₹ ½ → ✓",
    "an image at its size": "<img width=100 height=100 src={{ big }}>",
    "an image made smaller": "<img width=40 height=40 src={{ big }}>",
    "pixel art": "<img width=160 height=160 style='image-rendering:pixelated' src={{ small }}>",
    "a drawing": "<img width=300 src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'><circle r='5'/></svg>\">",
    "an icon contained": "<img style='width:300px;height:100px;object-fit:contain' src={{ big }}>",
}
FAULTY = {
    "a long word leaves its box": ("text_overflows", "<div style='background:#eee;width:90px'>{{ word }}</div>"),
    "a line that may not break": ("text_overflows", "<div style='width:150px;border:1px solid;white-space:nowrap'>{{ title }}</div>"),
    "a box of fixed height": ("text_overflows", "<div style='height:40px;width:200px;background:#eee'>{{ title }}</div>"),
    "a paragraph out of its card": ("text_overflows", "<div style='height:50px;width:200px;background:#eee'><p>{{ title }}</p></div>"),
    "lines cut below": ("text_clipped", "<div style='height:40px;width:200px;overflow:hidden'>{{ title }}</div>"),
    "the second paragraph is gone": ("text_clipped", "<div style='height:60px;width:200px;overflow:hidden'><p style='margin:0'>Title here<br>and here<p>{{ title }}</div>"),
    "a line cut at the right": ("text_clipped", "<div style='width:120px;overflow:hidden;white-space:nowrap'>{{ title }}</div>"),
    "a line cut at the left": ("text_clipped", "<div dir=rtl style='width:120px;overflow:hidden;white-space:nowrap'>{{ title }}</div>"),
    "text in a box that would scroll": ("text_clipped", "<div style='width:120px;height:60px;overflow:auto'>{{ title }}</div>"),
    "text in overflow: clip": ("text_clipped", "<div style='width:120px;height:30px;overflow:clip'>{{ title }}</div>"),
    "an ellipsis": ("text_truncated", "<div style='width:120px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis'>{{ title }}</div>"),
    "a clamp of two lines": ("text_truncated", "<div style='width:120px;overflow:hidden;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2'>{{ title }}</div>"),
    "below the picture": ("text_outside", "<div style='font-size:48px'>{{ title }}</div>"),
    "over the right edge": ("text_outside", "<div style='white-space:nowrap;position:absolute'>{{ title }}</div>"),
    "a footer pushed out": ("text_outside", "<div style='height:195px'></div><footer>{{ title }}</footer>"),
    "Tibetan without a font": ("missing_glyphs", "<p>བོད་སྐད་"),
    "cuneiform in a variable": ("missing_glyphs", "<p>{{ odd }}"),
    "a private character": ("missing_glyphs", "<p>\ue123"),
    "an image twice its size": ("image_upscaled", "<img width=100 height=100 src={{ small }}>"),
    "an image that covers": ("image_upscaled", "<img style='width:150px;height:60px;object-fit:cover' src={{ big }}>"),
    "an image that is none": ("image_failed", "<img src='data:image/png;base64,AAAA'>"),
    "nothing at all": ("empty_document", ""),
}  # fmt: skip
DATA = {
    "title": LONG,
    "word": "Donaudampfschifffahrt",
    "odd": "\U00012000\U00012001",
    "big": image(100),
    "small": image(16),
}


@pytest.mark.parametrize("name", CLEAN)
async def test_a_page_without_fault_has_no_warning(draw: Draw, name: str) -> None:
    result = await draw(TemplateSource(HEAD + CLEAN[name], DATA), SIZE)
    assert result.warnings == ()


@pytest.mark.parametrize("name", FAULTY)
async def test_a_fault_is_told_once_and_nothing_else_is(draw: Draw, name: str) -> None:
    code, body = FAULTY[name]
    result = await draw(TemplateSource(HEAD + body, DATA), SIZE)
    assert [one.code for one in result.warnings] == [code]


async def test_a_cut_text_names_its_variable_its_element_and_how_much(draw: Draw) -> None:
    body = (
        "<h1 id=head style='width:200px;overflow:hidden;white-space:nowrap'>{{ post.title }}</h1>"
    )
    result = await draw(TemplateSource(HEAD + body, {"post": {"title": LONG}}), SIZE)
    (warning,) = result.warnings
    assert warning.detail["variable"] == "post.title"
    assert warning.detail["selector"] == "#head"
    assert warning.detail["side"] == "right"
    assert warning.detail["pixels"] > 500
    assert "post.title" in warning.message


async def test_missing_glyphs_are_named_by_code_point_script_and_variable(draw: Draw) -> None:
    result = await draw(TemplateSource(HEAD + "<p>{{ odd }}", DATA), SIZE)
    (warning,) = result.warnings
    assert warning.detail["codePoints"] == ["U+12000", "U+12001"]
    assert warning.detail["scripts"] == ["Cuneiform"]
    assert warning.detail["variable"] == "odd"


async def test_a_page_of_a_document_tells_what_is_cut_too(draw: Draw) -> None:
    code, body = FAULTY["lines cut below"]
    result = await draw(TemplateSource(HEAD + body, DATA), DocumentOptions())
    assert [one.code for one in result.warnings] == [code]


async def test_a_hostile_page_cannot_break_the_inspection(draw: Draw) -> None:
    body = (
        "<p>x<script>document.createTreeWalker = () => { throw 1 };"
        "Map.prototype.get = () => ({})</script>"
    )
    assert (await draw(HEAD + body, SIZE, javascript=True)).warnings == ()


CONTRAST = {
    "black on white": ("<p>clear", []),
    "grey on white": ("<p style='color:#aaa'>faint", ["low_contrast"]),
    "large grey on white": ("<p style='color:#888;font-size:32px'>large", []),
    "half transparent": ("<p style='color:rgb(0 0 0 / .3)'>faint", ["low_contrast"]),
    "white on a dark ancestor": (
        "<div style='background:#113'><p style='color:#fff'>clear</div>",
        [],
    ),
    "on a picture": ("<p style='color:#888;background:linear-gradient(#777,#999)'>who knows", []),
    "in a modern colour": ("<p style='color:oklch(.8 .1 200)'>faint", ["low_contrast"]),
}


@pytest.mark.parametrize("name", CONTRAST)
async def test_contrast_is_looked_at_when_asked_for(draw: Draw, name: str) -> None:
    body, codes = CONTRAST[name]
    assert (await draw(HEAD + body, SIZE)).warnings == ()
    result = await draw(HEAD + body, SIZE, contrast=True)
    assert [one.code for one in result.warnings] == codes
