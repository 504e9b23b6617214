from templates_store.layouts import Layout
from templates_store.resolved import Resolved, VersionCache, resolved_of
from templates_store.template import TemplateState
from templates_store.variables import VariableDefinition

STATE = TemplateState(
    html="base",
    width=100,
    height=50,
    definitions=(VariableDefinition("a"), VariableDefinition("b", allow_raw_html=True)),
    layouts={
        "wide": Layout(200, 50, "Wide"),
        "own": Layout(10, 20, html="own", javascript=True),
    },
)


def resolve(layout: str | None) -> Resolved:
    return resolved_of(uid="t", name="T", version=3, digest="d", state=STATE, layout=layout)


def test_without_a_layout_the_base_is_meant() -> None:
    for name in (None, "", "default"):
        found = resolve(name)
        assert (found.source, found.width, found.height) == ("base", 100, 50)
        assert (found.layout, found.layout_fallback) == ("default", False)
        assert found.raw_html == ("b",)


def test_a_layout_without_a_body_flows_the_base_anew() -> None:
    found = resolve("wide")
    assert (found.source, found.width, found.layout_name) == ("base", 200, "Wide")
    assert found.javascript is False


def test_a_layouts_own_body_decides_about_scripts() -> None:
    found = resolve("own")
    assert (found.source, found.javascript) == ("own", True)


def test_an_unknown_layout_falls_back_and_says_so() -> None:
    found = resolve("no-such")
    assert (found.source, found.layout, found.layout_fallback) == ("base", "default", True)
    assert found.layouts == {"default": (100, 50), "wide": (200, 50), "own": (10, 20)}


def test_the_memory_of_versions_is_bounded_and_forgets_the_least_used() -> None:
    cache = VersionCache(max_bytes=30_000)
    for number in range(5):
        cache.put(("ws", "t", number), "d", TemplateState(html="x" * 1000))
        cache.get(("ws", "t", 0))
    kept = [number for number in range(5) if cache.get(("ws", "t", number))]
    assert kept == [0, 3, 4]
    cache.put(("ws", "t", 9), "d", TemplateState(html="x" * 10_000))
    assert cache.get(("ws", "t", 9)) is None
