from dataclasses import replace
from typing import Any

import pytest

from core.reach import Reach
from jobs.render.checked_data import CheckedData, checked_data
from jobs.render.command import InlineTemplate, RenderCommand, TemplateRef
from jobs.render.errors import HtmlTooLargeError, VariablesTooLargeError
from jobs.render.key import render_key
from jobs.render.request import render_request
from jobs.render.settings import RenderSettings
from renderer.request import (
    DocumentOptions,
    HtmlSource,
    PictureOptions,
    RenderRequest,
    TemplateSource,
    UrlSource,
)
from templates_store.errors import VariableRequiredError
from templates_store.resolved import Resolved
from templates_store.variables import VariableDefinition

LIMITS = RenderSettings()
RESOLVED = Resolved(
    uid="tpl_1",
    name="Card",
    version=3,
    digest="d",
    source="<p>{{ title }}",
    width=1200,
    height=630,
    layout="default",
    layout_fallback=False,
    layout_name="",
    definitions=(VariableDefinition("title", validation={"required": True}),),
    javascript=False,
    output_format="image",
    pdf_preset=None,
    strict=False,
)


STORED = TemplateRef("tpl_1")
PICTURE = PictureOptions()
DOCUMENT = DocumentOptions()


def command(origin: Any = STORED, output: Any = PICTURE, **more: Any) -> RenderCommand:
    return RenderCommand("wrk_1", origin, output, **more)


def request(asked: RenderCommand, resolved: Resolved | None = None) -> RenderRequest:
    return render_request(asked, resolved, CheckedData({"title": "x"}), 1_000_000, LIMITS)


def test_a_picture_of_a_template_has_its_size_unless_the_caller_says_another() -> None:
    made = request(command(), RESOLVED).output
    assert (made.width, made.height) == (1200, 630)  # type: ignore[union-attr]
    made = request(command(width=600), RESOLVED).output
    assert (made.width, made.height) == (600, 630)  # type: ignore[union-attr]


def test_a_picture_of_html_has_the_default_size() -> None:
    made = request(command(HtmlSource("<p>"))).output
    assert (made.width, made.height) == (1280, 720)  # type: ignore[union-attr]


def document(
    resolved: Resolved | None = RESOLVED, options: DocumentOptions = DOCUMENT, **more: Any
) -> DocumentOptions:
    origin = STORED if resolved else HtmlSource("<p>")
    made = request(command(origin, options, **more), resolved).output
    assert isinstance(made, DocumentOptions)
    return made


def test_a_documents_page_falls_back_to_the_templates_preset_then_to_its_size() -> None:
    sized = document()
    assert (sized.page_width_pt, sized.fallback_width_pt, sized.fallback_height_pt) == (
        None,
        900,
        472.5,
    )
    letter = document(replace(RESOLVED, pdf_preset="letter"))
    assert (letter.page_width_pt, letter.fallback_width_pt) == (None, 612.0)


def test_the_callers_size_of_a_document_is_its_page() -> None:
    made = document(width=400, height=200)
    assert (made.page_width_pt, made.page_height_pt) == (300, 150)


@pytest.mark.parametrize("sizes", [(595.28, 841.89), (841.89, 595.28)])
def test_a_lying_sheet_is_turned_once(sizes: tuple[float, float]) -> None:
    options = DocumentOptions(page_width_pt=sizes[0], page_height_pt=sizes[1], landscape=True)
    made = document(None, options)
    assert (made.page_width_pt, made.page_height_pt, made.landscape) == (841.89, 595.28, False)


@pytest.mark.parametrize(
    ("origin", "resolved", "asked", "runs"),
    [
        (TemplateRef("t"), RESOLVED, "auto", False),
        (TemplateRef("t"), replace(RESOLVED, javascript=True), "auto", True),
        (TemplateRef("t"), RESOLVED, "on", True),
        (TemplateRef("t"), replace(RESOLVED, javascript=True), "off", False),
        (HtmlSource("<p>"), None, "auto", False),
        (HtmlSource("<script>1</script>"), None, "auto", True),
        (InlineTemplate("<b>{{ x }}"), None, "auto", False),
        (UrlSource("https://example.com"), None, "auto", True),
    ],
)
def test_scripts_run_where_the_source_has_them_unless_told(
    origin: Any, resolved: Resolved | None, asked: Any, runs: bool
) -> None:
    assert request(command(origin, javascript=asked), resolved).environment.javascript is runs


def test_an_inline_template_takes_the_callers_data() -> None:
    asked = command(InlineTemplate("{{ a }}"), variables={"a": 1})
    source = render_request(asked, None, checked_data(asked, None, LIMITS), 0, LIMITS).source
    assert source == TemplateSource("{{ a }}", {"a": 1})


def test_html_over_the_limit_is_refused_by_field_and_limit() -> None:
    limits = RenderSettings(max_inline_html_bytes=1000)
    with pytest.raises(HtmlTooLargeError, match="1000") as refused:
        render_request(command(HtmlSource("x" * 1001)), None, CheckedData({}), 0, limits)
    assert refused.value.fields[0].field == "html"


@pytest.mark.parametrize("resolved", [RESOLVED, None])
@pytest.mark.parametrize("name", ["variables", "variable_sets"])
def test_variables_over_the_limit_are_refused(resolved: Resolved | None, name: str) -> None:
    limits = RenderSettings(max_variables_bytes=1000)
    large: Any = {"title": "x" * 1000}
    asked = command(**{name: large if name == "variables" else (large,)})
    with pytest.raises(VariablesTooLargeError, match="1000"):
        checked_data(asked, resolved, limits)


def test_a_missing_variable_of_a_set_is_named_with_its_place() -> None:
    asked = command(variable_sets=({"title": "a"}, {}))
    with pytest.raises(VariableRequiredError, match=r"variableSets\[1\]") as refused:
        checked_data(asked, RESOLVED, LIMITS)
    assert refused.value.fields[0].field == "variableSets[1].title"


def test_each_set_is_checked_and_keeps_its_place() -> None:
    data = checked_data(
        command(variable_sets=({"title": "a"}, {"title": "b", "odd": 1})), RESOLVED, LIMITS
    )
    assert [one["title"] for one in data.sets] == ["a", "b"]
    assert data.warnings[0].detail["set"] == 1


def test_the_render_key_leaves_the_moment_out_and_holds_the_build() -> None:
    early, late = request(command(), RESOLVED), request(command(now_us=2), RESOLVED)
    assert render_key(early, "one") == render_key(late, "one")
    assert render_key(early, "one") != render_key(early, "two")


def test_the_render_key_tells_data_options_and_workspaces_apart() -> None:
    base = request(command(), RESOLVED)
    others = [
        replace(base, workspace="wrk_2"),
        replace(base, source=TemplateSource(RESOLVED.source, {"title": "y"})),
        replace(base, output=PictureOptions(format="jpeg")),
        replace(base, source=HtmlSource("<p>", {"a.png": b"1"})),
        replace(base, source=HtmlSource("<p>", {"a.png": b"2"})),
    ]
    keys = {render_key(one, "build") for one in [base, *others]}
    assert len(keys) == 6
    assert render_key(replace(base, lane="bulk", timeout=1), "build") in keys


def test_the_narrower_of_key_and_template_holds_and_stands_in_the_key() -> None:
    listed = Reach("allow-list", frozenset({"a.test"}))
    made = [
        request(command(reach=key), replace(RESOLVED, reach=template))
        for key, template in ((Reach(), Reach()), (Reach(), listed), (Reach("none"), listed))
    ]
    assert [one.reach for one in made] == [Reach(), listed, Reach("none")]
    assert len({render_key(one, "build") for one in made}) == 3


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63, 1.5])
def test_T07_numbers_of_any_size_have_a_key(number: float) -> None:
    data = {"title": "x", "number": number, "__class__": [{"deep": number}]}
    asked = command(variables=data)
    assert checked_data(asked, RESOLVED, LIMITS).variables["number"] == number
    made = replace(request(asked, RESOLVED), source=TemplateSource("x", data))
    assert len(render_key(made, "build")) == 64
