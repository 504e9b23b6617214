"""Canvases filled, judged and read for variables, as the child in the jail does it."""

import json
from typing import Any

import pytest

from renderer.compose.canvas.jobs import analyse_canvas, compose_canvas
from renderer.jail_child.call import Call, JobError


def _ask(_: Any) -> Any:
    raise AssertionError("a canvas asks the parent for nothing")


def fill(canvas: dict[str, Any], strict: bool = False, **values: Any) -> dict[str, Any]:
    payload = {
        "sets": [values], "strict": strict, "syntax": "auto", "locale": "de", "timezone": "UTC",
        "now_us": 0, "max_characters": 10_000, "assets": {"logo.svg": "http://x.test/l.svg"},
    }  # fmt: skip
    _, (page,) = compose_canvas(Call(payload, [json.dumps(canvas).encode()], _ask))
    return json.loads(page)


def filled(one: dict[str, Any], **values: Any) -> dict[str, Any]:
    (made,) = fill({"version": "7.4.0", "objects": [{"type": "rect", **one}]}, **values)["objects"]
    return {name: made[name] for name in made if name not in {"type", "_place"}}


def found(canvas: dict[str, Any]) -> dict[str, str]:
    payload = {"syntax": "auto"}
    told, _ = analyse_canvas(Call(payload, [json.dumps(canvas).encode()], _ask))
    return {one["name"]: one["type_guess"] for one in told["variables"]}


@pytest.mark.parametrize(
    ("one", "values", "made"),
    [
        ({"text": "{{ a }} & {{ b }}"}, {"a": "<x>", "b": 1}, {"text": "<x> & 1"}),
        ({"text": "{{ n | currency('EUR') }}"}, {"n": 1234.5}, {"text": "1.234,50\xa0€"}),
        ({"text": "{{currency n 'EUR'}}"}, {"n": 2}, {"text": "2,00\xa0€"}),
        ({"text": "{{#if a}}<{{a}}>{{/if}}"}, {"a": "&"}, {"text": "<&>"}),
        ({"left": "{{ n * 2 }}"}, {"n": 4}, {"left": 8.0}),
        ({"visible": "{{ on }}"}, {"on": False}, {"visible": False}),
        ({"shadow": {"color": "{{ c }}"}}, {"c": "red"}, {"shadow": {"color": "red"}}),
        ({"fill": "{{ x"}, {}, None),
        ({"styles": [{"style": {"fill": "{{ c }}"}}]}, {"c": "red"}, {"styles": [{"style": {"fill": "red"}}]}),
    ],
)  # fmt: skip
def test_expressions_stand_in_any_text(
    one: dict[str, Any], values: dict[str, Any], made: dict[str, Any] | None
) -> None:
    if made is None:
        with pytest.raises(JobError, match=r"fabricJSData\.objects\[0\]\.fill: Line 1"):
            filled(one, **values)
    else:
        assert filled(one, **values) == made


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        (True, True), (False, False), (None, True), ("", True), ("n > 1", True), ("{{ n > 2 }}", False),
        ("not n", False), ("gone", False), ("{{#if n}}yes{{/if}}", True), ("eq n 2", True),
        ("n == 2 ? true : false", True), ("{% if n == 3 %}x{% endif %}", False),
    ],
)  # fmt: skip
def test_a_condition_decides_whether_an_object_is_there(condition: Any, there: bool) -> None:
    canvas = {"objects": [{"type": "rect", "_if": condition}]}
    assert bool(fill(canvas, n=2)["objects"]) is there


def test_an_object_that_is_left_out_takes_what_hangs_on_it_along() -> None:
    canvas = {
        "backgroundImage": {"type": "image", "src": "https://x.test/{{ gone.x.y }}", "_if": "no"},
        "objects": [
            {"type": "rect", "_if": "no", "fill": "{{ 1 / 0 }}"},
            {"type": "rect", "clipPath": {"type": "circle", "_if": "no"}},
        ],
    }
    made = fill(canvas)
    assert "backgroundImage" not in made
    (left,) = made["objects"]
    assert "clipPath" not in left
    assert left["_place"] == "objects[1]"


def bound(name: str, path: str, **more: Any) -> dict[str, Any]:
    return {**more, "variableBindings": [{"variableName": name, "property": path}]}


@pytest.mark.parametrize(
    ("one", "made"),
    [
        (bound("word", "text", text="old"), {"text": "new"}),
        (bound("count", "text"), {"text": "3"}),
        (bound("count", "left"), {"left": 3}),
        (bound("digits", "left"), {"left": 12.0}),
        (bound("off", "visible"), {"visible": False}),
        (bound("deep.colour", "shadow.color", shadow={}), {"shadow": {"color": "red"}}),
        (bound("gone", "fill", fill="blue"), {"fill": "blue"}),
        (bound("nothing", "fill", fill="blue"), {"fill": "blue"}),
    ],
)
def test_a_bound_property_is_the_variables_value(one: dict[str, Any], made: dict[str, Any]) -> None:
    values = {
        "word": "new", "count": 3, "digits": "12", "off": False, "deep": {"colour": "red"},
        "nothing": None,
    }  # fmt: skip
    assert filled(one, **values) == made


def test_a_strict_canvas_refuses_what_has_no_value() -> None:
    for one in (bound("gone", "fill"), {"fill": "{{ gone }}"}):
        with pytest.raises(JobError) as told:
            fill({"objects": [{"type": "rect", **one}]}, strict=True)
        assert told.value.code == "UNDEFINED_VARIABLE"


def test_objects_hang_by_their_corner_until_fabric_7() -> None:
    for version, anchor in (("5.3.0", "left"), ("6.9.1", "left"), (None, "left"), ("7.0.0", None)):
        canvas = {"objects": [{"type": "group", "objects": [{"type": "rect"}]}]}
        made = fill(canvas | ({"version": version} if version else {}))
        (group,) = made["objects"]
        assert group.get("originX") == group["objects"][0].get("originX") == anchor
    kept = fill({"objects": [{"type": "rect", "originX": "center"}]})["objects"][0]
    assert (kept["originX"], kept["originY"]) == ("center", "top")


def test_what_is_no_part_of_the_drawing_stays_away() -> None:
    made = fill({"width": 9, "viewportTransform": [2], "clear": 1, "background": "red"})
    assert made == {"background": "red", "objects": []}


def test_a_code_may_be_a_picture() -> None:
    made = filled({"src": "{{ qr('x') }}"})
    assert made["src"].startswith("data:image/svg+xml,%3Csvg")
    assert made["crossOrigin"] == "anonymous"


def test_a_text_of_a_canvas_is_not_fitted_by_a_page_s_function() -> None:
    with pytest.raises(JobError, match=r"objects\[0\].text calls fit, which is for pages"):
        fill({"objects": [{"type": "text", "text": "{{ fit('x') }}"}]})


def test_too_much_is_refused() -> None:
    with pytest.raises(JobError) as told:
        fill({"objects": [{"type": "text", "text": "{{ 'x' * 20000 }}"}]})
    assert told.value.code == "template_limit_exceeded"
    with pytest.raises(JobError, match="5000 objects"):
        fill({"objects": [{"type": "rect"}] * 5001})


def test_numbers_beyond_every_float_are_refused_and_half_letters_replaced() -> None:
    for left, values in ((10**400, {}), (-(10**400), {}), ("{{ far }}", {"far": 10**400})):
        with pytest.raises(JobError, match=r"objects\[0\]\.left"):
            filled({"left": left}, **values)
    with pytest.raises(JobError, match=r"objects\[0\]\.left is 1000"):
        filled(bound("far", "left"), far=10**400)
    (made,) = fill({"objects": [{"type": "text", "text": '{{ "\\ud800" }}'}]})["objects"]
    assert made["text"] == "?"


def test_variables_are_found_with_a_guess_from_the_property() -> None:
    canvas = {
        "background": "{{ ground }}",
        "objects": [
            {"type": "text", "text": "{{ title }} {{ sub }}", "fill": "{{ ink }}"},
            {"type": "image", "src": "{{ photo }}", "_if": "shown"},
            {"type": "rect", **bound("size", "width"), "left": "{{ title }}"},
            {"type": "text", "text": "{{#each rows}}{{name}}{{/each}}"},
        ],
    }
    assert found(canvas) == {
        "ground": "color", "title": "number", "sub": "string", "ink": "color", "shown": "boolean",
        "photo": "image", "size": "number", "rows": "array",
    }  # fmt: skip


def test_a_canvas_that_could_never_be_drawn_is_refused_when_it_is_saved() -> None:
    with pytest.raises(JobError, match=r"did you mean textbox\?"):
        found({"objects": [{"type": "Textbx"}]})
    assert found({"objects": [{"type": "{{ kind }}", "src": "{{ any }}"}]}) == {
        "kind": "string", "any": "image",
    }  # fmt: skip
    with pytest.raises(JobError, match="no partials"):
        found({"objects": [{"type": "text", "text": "{% include 'x' %}"}]})
