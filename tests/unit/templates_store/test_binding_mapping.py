import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_store.bindings.mapping import MappingError, map_data, refuse_foreign
from templates_store.bindings.paths import (
    MISSING,
    PathError,
    available_paths,
    parse_path,
    value_at,
)

DATA = {
    "stars": 7,
    "items": [{"name": "Ada"}, {"name": "Bob"}],
    "a b": {"c.d": [[1, 2], []]},
    "length": "own",
    "nothing": None,
    "owner": {"login": "ada"},
    "$odd": True,
}

PATHS: dict[str, Any] = {
    "stars": 7,
    "$.stars": 7,
    "$": DATA,
    "$.": DATA,
    "items[0].name": "Ada",
    "$.items[1].name": "Bob",
    "items.1.name": "Bob",
    "items.length": 2,
    "items[0].name.length": 3,
    "length": "own",
    "owner.length": 1,
    "$['a b']['c.d'][0][1]": 2,
    'a b["c.d"].length': 2,
    "a b['c.d'][1].length": 0,
    '["$odd"]': True,
    "nothing": None,
    "nothing.more": MISSING,
    "items[2].name": MISSING,
    "items.name": MISSING,
    "items[-1]": PathError,
    "stars.length": MISSING,
    "none": MISSING,
    "": PathError,
    "  ": PathError,
    "a..b": PathError,
    ".a": PathError,
    "a.": PathError,
    "a[": PathError,
    "a[x]": PathError,
    "a['x": PathError,
    "a[0]b": PathError,
    "a.b" * 400: PathError,
    "a" + ".a" * 40: PathError,
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_where_the_table_says(path: str) -> None:
    expected = PATHS[path]
    if expected is PathError:
        with pytest.raises(PathError):
            parse_path(path)
    else:
        assert value_at(DATA, parse_path(path)) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(), child, max_size=3),
    max_leaves=20,
)


@given(JSON)
def test_every_available_path_leads_to_something(data: Any) -> None:
    for path in available_paths(data):
        if '"' not in path or "'" not in path:
            assert value_at(data, parse_path(path)) is not MISSING, path


@given(st.text())
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    with contextlib.suppress(PathError):
        value_at(DATA, parse_path(text))


def test_defaults_stand_in_for_what_is_missing_and_for_null() -> None:
    mapping = {"stars": "stars", "a": "nothing", "b": "gone", "c": "gone.too"}
    mapped = map_data(DATA, mapping, {"a": 1, "b": 2, "d": 3}, [])
    assert mapped.variables == {"stars": 7, "a": 1, "b": 2, "d": 3}
    assert mapped.found == {"stars": True, "a": True, "b": False, "c": False}


def test_without_a_mapping_members_are_taken_that_are_called_as_the_variables() -> None:
    mapped = map_data(DATA, {}, {}, ["stars", "owner", "title"])
    assert mapped.variables == {"stars": 7, "owner": {"login": "ada"}}


def test_data_of_another_shape_is_refused_and_what_there_is_is_told() -> None:
    mapped = map_data({"message": "limit"}, {"stars": "stargazers_count"}, {"stars": 0}, [])
    with pytest.raises(MappingError, match=r"for stars.*there is message"):
        refuse_foreign({"message": "limit"}, mapped)
    refuse_foreign({}, map_data({}, {}, {}, []))
