"""Which rows of a render list a caller means, by offset or by page."""

import pytest
from pydantic import ValidationError

from api.render_lists import WindowQuery


@pytest.mark.parametrize(
    ("asked", "start"),
    [({}, 0), ({"offset": 7}, 7), ({"page": 1}, 0), ({"page": 3, "limit": 20}, 40)],
)
def test_a_window_starts_at_its_offset_or_at_its_page(asked: dict[str, int], start: int) -> None:
    assert WindowQuery.model_validate(asked).start == start


def test_there_is_no_page_before_the_first() -> None:
    with pytest.raises(ValidationError):
        WindowQuery.model_validate({"page": 0})
