"""Canvases share warm pages: nothing of one shows in the next, whatever it holds."""

import hashlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from support.canvases import ROOT, document
from support.pixels import letters_of
from support.rendering import asked
from support.site import until

from core.errors import PlatenError, RenderTimeoutError
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.chromium.warm_pages import WarmPage
from renderer.compose.composed import Composed
from renderer.engine import Renderer
from renderer.request import (
    AssetFile,
    DocumentOptions,
    FontFace,
    HtmlSource,
    Output,
    PictureOptions,
    TemplateSource,
)
from renderer.settings import RendererSettings

Paint = Callable[..., Awaitable[bytes]]

BOX: dict[str, Any] = {"type": "Rect", "left": 30, "top": 30, "width": 40, "height": 40}
TEXT: dict[str, Any] = {
    "type": "Textbox", "left": 150, "top": 60, "width": 200, "fontSize": 24, "text": "AVAToday 12",
    "fontFamily": "Inter",
}  # fmt: skip
DOT = "data:image/gif;base64,R0lGODlhAQABAPAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
PICTURE: dict[str, Any] = {"type": "Image", "src": DOT, "left": 90, "top": 90, "scaleX": 20,
    "scaleY": 20}  # fmt: skip
CLEAN: dict[str, Any] = {
    "version": "7.4.0",
    "background": "#fffbe6",
    "objects": [
        {**BOX, "fill": {"type": "linear", "coords": {"x1": 0, "y1": 0, "x2": 40, "y2": 40},
            "colorStops": [{"offset": 0, "color": "#f00"}, {"offset": 1, "color": "#00f"}]},
            "shadow": {"color": "#0008", "blur": 6, "offsetX": 3, "offsetY": 3}},
        {**TEXT, "styles": [{"start": 0, "end": 3, "style": {"fill": "#c00"}}]},
        {**PICTURE, "filters": [{"type": "Brightness", "brightness": 0.4}]},
        {"type": "Group", "left": 250, "top": 100, "width": 40, "height": 40, "objects": [
            {**BOX, "left": 0, "top": 0, "fill": {"type": "pattern", "source": DOT}}],
            "clipPath": {"type": "Circle", "radius": 18, "left": 0, "top": 0}},
    ],
}  # fmt: skip

ODD = {**CLEAN, "objects": [{**TEXT, "fontFamily": "a'b\"c,;", "text": "Of no font"}]}
"""Its letters are measured in the font that was set before, since its own is none."""
LOOKED_AT = {"clean": CLEAN, "odd": ODD}

SPOILED = '{"fill": "#0f0", "opacity": 0.1, "type": "Circle", "fontFamily": "Amiri"}'
HOSTILE: dict[str, str] = {
    "the prototype of everything": f'{{"objects": [], "__proto__": {SPOILED}}}',
    "an object's prototype": f'{{"objects": [{{"type": "Rect", "__proto__": {SPOILED}}}]}}',
    "a prototype's prototype": f'{{"objects": [{{"type": "Rect", "__proto__": {{"__proto__": {SPOILED}}}}}]}}',
    "a constructor": f'{{"objects": [{{"type": "Rect", "constructor": {{"prototype": {SPOILED}}}}}]}}',
    "prototypes of styles": '{"objects": [{"type": "Text", "text": "abc", "styles": {"__proto__": {"0": {"0": {"fill": "#0f0"}}}, "constructor": {"0": {"fill": "#0f0"}}}}]}',
    "prototypes of fills": f'{{"objects": [{{"type": "Rect", "fill": {{"type": "linear", "__proto__": {SPOILED}, "coords": {{"__proto__": {SPOILED}}}, "colorStops": {{"__proto__": {SPOILED}}}}}}}]}}',
    "types that are names of the language": json.dumps({"objects": [{"type": one} for one in ("__proto__", "constructor", "hasOwnProperty")]}),
    "a filter of no kind": json.dumps({"objects": [{**PICTURE, "filters": [{"type": "__proto__"}, {"type": "Convolute", "matrix": "x"}]}]}),
    "methods": json.dumps({"objects": [{**BOX, "render": 1, "set": 2, "toObject": 3, "_set": 4, "canvas": {}, "group": {}, "ownDefaults": {"fill": "#0f0"}, "cacheProperties": [], "__owningCanvas": 7}]}),
    "letters of another width": json.dumps({"objects": [{**TEXT, "fontFamily": family, "text": "AVAToday 12" * 3, "fontWeight": weight} for family in ("Inter", "inter", "Inter,Amiri", "'Inter'") for weight in ("bold", "900", "x")]}),
    "a picture that is none": json.dumps({"objects": [{**PICTURE, "src": "data:image/png;base64,AAAA"}, BOX]}),
    "a picture with a script": json.dumps({"objects": [{**PICTURE, "src": "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' onload='document.body.remove()'><script>document.body.remove()</script></svg>"}]}),
    "an end half-way": json.dumps({"objects": [BOX, {"type": "Group", "objects": [BOX, {"type": "Polygon", "points": [None]}]}, TEXT]}),
    "a path that is none": json.dumps({"objects": [{"type": "Path", "path": 5}]}),
    "no list": '{"objects": {"length": 1}}',
    "no JSON": '{"objects": [',
    "nothing": "null",
    "a giant": json.dumps({"objects": [{**BOX, "width": 1e9, "height": 1e9, "scaleX": 1e9, "stroke": "red", "strokeWidth": 1e9, "shadow": {"color": "red", "blur": 1e9}}]}),
    "clips without end": json.dumps({"objects": [{**BOX, "clipPath": {**BOX, "inverted": True, "clipPath": {**BOX, "absolutePositioned": True}}}], "clipPath": BOX}),
    "a canvas's own members": json.dumps({"objects": [BOX], "backgroundImage": {"type": "Rect"}, "overlay": {"type": "radial"}, "width": 5, "height": 5, "viewportTransform": [9, 0, 0, 9, 0, 0], "preserveObjectStacking": 1, "renderAll": 1}),
    "composite operations": json.dumps({"objects": [{**BOX, "globalCompositeOperation": one} for one in ("destination-out", "copy", "xor", "no such")]}),
}  # fmt: skip
"""As the page is given them: nothing has judged them before."""


@pytest.fixture(scope="module")
async def renderer(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Renderer]:
    """One browser with one slot, so that a workspace's next render has the page of the last."""
    policy = Policy()
    proxy, client = EgressProxy(policy), EgressClient(policy)
    settings = RendererSettings(
        data_dir=tmp_path_factory.mktemp("renderer"), browsers=1, slots_per_browser=1
    )
    made = Renderer(settings, proxy, client)
    await made.start()
    yield made
    await made.close()
    await proxy.close()
    await client.close()


FONTS = {
    hashlib.sha256(data).hexdigest(): data
    for data in (
        (ROOT / "fonts" / path).read_bytes()
        for path in ("amiri/Amiri-Regular.ttf", "arimo/Arimo-Regular.ttf")
    )
}


@pytest.fixture(scope="module")
def paint(renderer: Renderer) -> Paint:
    """`await paint(workspace, canvas, ...)`: the bytes. A text is given to the page unjudged.

    `of`: the design that the canvas is said to be of, with some data in it.
    """

    async def read(digest: str) -> bytes:
        return FONTS[digest]

    async def render(
        workspace: str,
        canvas: dict[str, Any] | str,
        output: Output | None = None,
        of: str = "",
        **more: object,
    ) -> bytes:
        text = canvas if isinstance(canvas, str) else json.dumps(canvas)
        request = asked(
            TemplateSource(of or text, engine="fabric", design=(300, 120)),
            output or PictureOptions(width=300, height=120),
            workspace=workspace,
            **more,
        )
        if of or isinstance(canvas, str):
            request = replace(request, composed=Composed((text,)))
        return (await renderer.render(request, read)).data

    return render


async def idle_page(renderer: Renderer) -> WarmPage | None:
    """The page that was used last, once it is back."""
    seat = renderer._pools.shared._seats[0]
    await until(lambda: len(seat.free) == 1)
    assert seat.warm is not None
    return next(reversed(seat.warm._idle), None)


async def kept_world(renderer: Renderer) -> int | None:
    """The context that the next canvas of the same design will be drawn in."""
    page = await idle_page(renderer)
    return page.worlds._kept.context if page and page.worlds._kept else None


async def refusal(drawing: Awaitable[bytes]) -> int | None:
    """The status of what a canvas was refused with."""
    try:
        await drawing
    except PlatenError as error:
        return error.status
    return None


@pytest.mark.parametrize("of", ["one design", pytest.param("", marks=pytest.mark.full)])
async def test_after_a_hostile_canvas_the_next_one_has_the_bytes_of_a_fresh_page(
    renderer: Renderer, paint: Paint, of: str
) -> None:
    expected = {
        name: await paint(f"fresh {name}{of}", one, of=of) for name, one in LOOKED_AT.items()
    }
    differing: list[tuple[str, str]] = []
    for number, (name, canvas) in enumerate(HOSTILE.items()):
        clean = list(LOOKED_AT)[number % len(LOOKED_AT)]
        await paint("hostile", LOOKED_AT[clean], of=of)
        before = await idle_page(renderer)
        refused = await refusal(paint("hostile", canvas, of=of))
        assert refused in {None, 422}, name
        # What failed half-way takes its page along; what went well leaves it to the next.
        assert (await idle_page(renderer) is before) is (refused is None), name
        if await paint("hostile", LOOKED_AT[clean], of=of) != expected[clean]:
            differing.append((name, clean))
    assert differing == []


SPOILING = {
    "a prototype of the language": "Object.prototype.fill = '#0f0'",
    "a method of fabric": "fabric.Rect.prototype._render = () => 0",
    "a default of fabric": "fabric.FabricObject.ownDefaults.opacity = 0.5",
    "a setting of fabric": "fabric.config.NUM_FRACTION_DIGITS = 0",
    "a class of fabric": "fabric.classRegistry.setClass(fabric.Circle, 'Rect')",
    "a method of the language": "delete Array.prototype.findLast",
}


async def test_a_world_that_was_spoiled_is_not_used_again(renderer: Renderer, paint: Paint) -> None:
    expected = await paint("unspoiled", CLEAN, of="spoiled")
    used: list[object] = []
    for name, script in SPOILING.items():
        assert await paint("spoiled", CLEAN, of="spoiled") == expected, name
        page = await idle_page(renderer)
        assert page is not None
        world = page.worlds._kept
        assert world is not None
        assert not any(world is one for one in used), name
        used.append(world)
        await page.page.reference(f"{script}; platen", world.context)
        with suppress(PlatenError):
            await paint("spoiled", CLEAN, of="spoiled")
    assert await paint("spoiled", CLEAN, of="spoiled") == expected


async def test_a_design_with_other_data_keeps_its_world_and_another_design_gets_its_own(
    renderer: Renderer, paint: Paint
) -> None:
    worlds: list[int] = []
    for of in ("first", "first", "second", "second", "first"):
        await paint("designs", CLEAN, of=of)
        worlds.append(await kept_world(renderer) or 0)
    assert 0 not in worlds
    first, again, second, also, last = worlds
    assert first == again != second == also != last != first


async def test_a_page_is_kept_for_many_canvases_and_each_is_as_from_a_fresh_page(
    renderer: Renderer, paint: Paint
) -> None:
    names = ("v5-text", "v7-filters", "v6-clips")
    documents = [document(name) for name in names]
    fresh = [await paint(f"fresh {one.name}", one.plain or one.canvas) for one in documents]
    await paint("many", CLEAN)
    page = await idle_page(renderer)
    for turn in range(30):
        one = turn % len(documents)
        again = await paint("many", documents[one].plain or documents[one].canvas)
        assert again == fresh[one], (turn, names[one])
        assert await idle_page(renderer) is page


async def test_pictures_and_pages_of_a_canvas_take_turns_on_a_page(paint: Paint) -> None:
    sheet = DocumentOptions(page_width_pt=225, page_height_pt=90)
    twice = PictureOptions(width=150, height=200, device_scale_factor=2, transparent=False)
    outputs: list[Output | None] = [None, sheet, twice]
    fresh = [await paint(f"turn {number}", CLEAN, one) for number, one in enumerate(outputs)]
    for _ in range(2):
        for one, expected in zip(outputs, fresh, strict=True):
            assert await paint("turns", CLEAN, one) == expected


def house(digest: str) -> tuple[FontFace, ...]:
    return (FontFace("House", (400, 400), "normal", AssetFile(digest, "ttf")),)


async def test_a_family_name_stands_for_each_canvass_own_font(paint: Paint) -> None:
    written = {**CLEAN, "objects": [{**TEXT, "fontFamily": "House"}]}
    kinds = {"none": (), **{digest: house(digest) for digest in FONTS}}
    fresh = {name: await paint(f"font {name}", written, fonts=kinds[name]) for name in kinds}
    assert len(set(fresh.values())) == len(kinds)
    for _ in range(2):
        for name, fonts in kinds.items():
            for workspace in ("one", "other"):
                assert await paint(workspace, written, fonts=fonts) == fresh[name], name


async def test_a_strict_workspaces_own_browser_draws_the_same_bytes(paint: Paint) -> None:
    expected = await paint("shared", CLEAN)
    for _ in range(3):
        assert await paint("strict", CLEAN, own_browser=True) == expected


async def test_a_canvas_that_takes_too_long_takes_its_page_along(
    renderer: Renderer, paint: Paint
) -> None:
    expected = await paint("slow", CLEAN)
    before = await idle_page(renderer)
    letters = {**TEXT, "text": "".join(chr(0x4E00 + one % 20_000) for one in range(90_000))}
    endless = json.dumps({"objects": [letters] * 10})
    with pytest.raises(RenderTimeoutError):
        await paint("slow", endless, timeout=1.5)
    assert await idle_page(renderer) is not before
    assert await paint("slow", CLEAN) == expected


async def test_no_document_of_others_gets_a_page_in_which_scripts_run(
    renderer: Renderer, paint: Paint
) -> None:
    await paint("mixed", CLEAN)
    canvases = await idle_page(renderer)
    html = "<body style='background:#0f0'><script>document.body.style.background='#f00'</script>"
    drawn = await renderer.render(
        asked(HtmlSource(html), PictureOptions(width=8, height=4), workspace="mixed")
    )
    assert (await idle_page(renderer)) is not canvases
    again = await renderer.render(
        asked(HtmlSource(html), PictureOptions(width=8, height=4), workspace="mixed html")
    )
    assert drawn.data == again.data
    assert letters_of(drawn.data, 3).split() == ["G" * 8] * 4
