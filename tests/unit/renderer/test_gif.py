"""Delays of a GIF, read and written in its blocks."""

import io

import pytest
from PIL import Image

from core.errors import InternalError
from renderer.animation.gif import delays_of, with_delays


def animation(frames: int) -> bytes:
    pictures = [Image.new("RGB", (5, 3), (number * 50, 0, 0)) for number in range(frames)]
    out = io.BytesIO()
    pictures[0].save(
        out, "GIF", save_all=True, append_images=pictures[1:], duration=100, disposal=2
    )
    return out.getvalue()


def test_delays_are_written_where_players_read_them() -> None:
    patched = with_delays(animation(3), [7, 6, 300])
    assert delays_of(patched) == [7, 6, 300]
    with Image.open(io.BytesIO(patched)) as picture:
        shown: list[int] = []
        for number in range(3):
            picture.seek(number)
            shown.append(picture.info["duration"])
    assert shown == [70, 60, 3000]


def test_a_wrong_number_of_delays_is_our_fault() -> None:
    with pytest.raises(InternalError):
        with_delays(animation(3), [7, 6])
