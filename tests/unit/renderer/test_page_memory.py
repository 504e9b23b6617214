"""Which of the assets that a warm page remembers a document may show."""

import pytest

from renderer.chromium.page_memory import PageMemory
from renderer.request import AssetUse

LOGO = AssetUse("https://cdn.example/brand/hero%20x.png?v=2", (), "digest")
NAMES = f"<img src='{LOGO.url}'>"


def remembering(*names: str) -> PageMemory:
    """A page that showed the logo in a document of these texts."""
    memory = PageMemory()
    memory.begin(names)
    memory.note(LOGO)
    return memory


@pytest.mark.parametrize(
    "text",
    [
        '<p style="background:url(&quot;https://cdn.example/brand/hero%20x.png?v=2&quot;)">',
        "<img srcset='https://cdn.example/brand/hero%20x.png?v=2, https://cdn.example/b.png 2x'>",
        "<img src='https://cdn.example/brand/hero%20x.png?v=2#top'>",
        "<img src='HTTPS://CDN.example/brand/hero%20x.png?v=2'>",
        "<img src='https://cdn.example/brand/hero x.png?v=2'>",
        "<img src='https://cdn.example/old/../brand/hero%20x.png?v=2'>",
        "<p style='background:url(https://cdn.example/brand/\\68 ero%20x.png?v=2)'>",
        "<base href='https://cdn.example/brand/'><img src='hero%20x.png?v=2'>",
    ],
)
def test_an_address_is_known_however_it_is_spelled(text: str) -> None:
    memory = remembering(NAMES)
    memory.begin([text])
    assert memory.used() == (LOGO,)


@pytest.mark.parametrize("name", ["region", "currency", "copy", "times", "width"])
def test_an_ampersand_is_no_character_of_html_before_a_name(name: str) -> None:
    photo = AssetUse(f"https://cdn.example/photo?id=5&{name}=eu", (), "digest")
    memory = PageMemory()
    for text in (f"<img src='{photo.url}'>", f'{{"src": "{photo.url}#x"}}'):
        memory.begin([text])
        if not memory.used():
            memory.note(photo)
        assert memory.used() == (photo,)


def test_in_a_long_text_nothing_is_looked_for() -> None:
    memory = remembering(NAMES)
    memory.begin(["x" * 300_000])
    assert memory.used() == (LOGO,)


def test_a_document_that_cannot_show_it_does_not_ask_for_it() -> None:
    memory = remembering(NAMES)
    memory.begin(["<p>brand hero", "<img src='https://cdn.example/brand/other.png'>"])
    assert memory.used() == ()


def test_what_a_style_sheet_named_once_every_document_may_show() -> None:
    memory = remembering("<style>")
    memory.begin([NAMES])
    memory.note(LOGO)
    memory.begin(["<p>nothing"])
    assert memory.used() == (LOGO,)
