"""Base64 in pieces is the same text as in one."""

import base64

import pytest

from api.delivery import base64_text


@pytest.mark.parametrize("size", [0, 1, 3 * 65_536 - 1, 3 * 65_536, 400_001])
def test_pieces_of_base64_make_the_same_text(size: int) -> None:
    data = bytes(place * 7 % 256 for place in range(size))
    assert base64_text(data) == base64.b64encode(data).decode()
