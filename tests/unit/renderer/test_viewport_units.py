"""Viewport units as pixels."""

import pytest

from renderer.chromium.viewport_units import in_pixels


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("height:100vh", "height:600px"),
        ("height: calc(100svh - 2rem)", "height: calc(600px - 2rem)"),
        ("width:50.5VW;margin:-.5dvh", "width:404px;margin:-3px"),
        ("inset:1vmin 1vmax", "inset:6px 8px"),
        (".a100vh{color:#1vhfff}", ".a100vh{color:#1vhfff}"),
        ("--x5vh:1", "--x5vh:1"),
        ("font-size:12px", "font-size:12px"),
    ],
)
def test_lengths_in_viewport_units_become_pixels_and_nothing_else_changes(
    css: str, expected: str
) -> None:
    assert in_pixels(css, 800, 600) == expected


def test_a_long_row_of_digits_is_read_in_one_go() -> None:
    css = f"/*{'1' * 300_000}*/p{{height:100vh}}"
    assert in_pixels(css, 800, 600) == css.replace("100vh", "600px")
