"""Bad input gets the documented answer, which names field and remedy, and leaves nothing stored."""

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from PIL import Image
from support.service import Service

TABLES = (
    "templates",
    "template_versions",
    "blobs",
    "renders",
    "artifacts",
    "batches",
    "batch_items",
    "webhook_subscriptions",
    "webhook_deliveries",
    "events",
)
PAGE: dict[str, Any] = {"html": "<p>x", "width": 16, "height": 16}
CARD: dict[str, Any] = {
    "html": "<h1>{{ title }}</h1>",
    "width": 16,
    "height": 16,
    "variableDefinitions": [{"name": "title", "type": "text", "validation": {"required": True}}],
}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that only this module talks to, so that whatever is stored is seen."""
    running = Service(tmp_path_factory.mktemp("quiet") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def http(quiet: Service) -> Iterator[httpx2.Client]:
    with quiet.client() as client:
        yield client


@pytest.fixture(scope="module")
def template(http: httpx2.Client) -> str:
    answer = http.post("/templates", json=CARD)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["template"]["uid"])


def stored(data_dir: Path) -> dict[str, int]:
    """Rows by table, and objects in the store."""
    with sqlite3.connect(f"file:{data_dir / 'platen.db'}?mode=ro", uri=True) as database:
        rows = {
            table: int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in TABLES
        }
    database.close()
    files = [path for path in (data_dir / "artifacts").rglob("*") if path.is_file()]
    return rows | {"objects": len(files)}


class Refused:
    """Sends a request and holds the answer against the one shape; nothing may be stored."""

    def __init__(self, service: Service, http: httpx2.Client) -> None:
        self._service = service
        self._http = http

    def __call__(
        self, path: str, status: int, code: str, *fields: str, method: str = "POST", **request: Any
    ) -> dict[str, Any]:
        before = stored(self._service.data_dir)
        answer = self._http.request(method, path, **request)
        assert stored(self._service.data_dir) == before
        problem: dict[str, Any] = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["detail"] == problem["error"] == problem["message"] != ""
        assert problem["status"] == status
        assert problem["requestId"] == answer.headers["x-request-id"]
        assert problem["type"].endswith("/docs/errors#" + code.lower().replace("_", "-"))
        assert {error["field"] for error in problem.get("errors", [])} == set(fields)
        return problem


@pytest.fixture
def refused(quiet: Service, http: httpx2.Client) -> Refused:
    return Refused(quiet, http)


JSON = {"Content-Type": "application/json"}


def test_T05_a_syntax_error_is_told_with_line_column_and_the_line(refused: Refused) -> None:
    source = "<p>fine</p>\n{% if title %}\n<b>{{ title + }}</b>\n{% endif %}"
    body = CARD | {"html": source}
    problem = refused("/templates", 422, "template_syntax_error", json=body)
    assert problem["line"] == 3
    assert problem["column"] > 1
    assert "{{ title + }}" in problem["error"]


def test_T05_an_unknown_filter_is_told_with_the_nearest_known_one(refused: Refused) -> None:
    body = CARD | {"html": "<p>a</p>\n{{ title | upercase }}"}
    problem = refused("/templates", 422, "template_syntax_error", json=body)
    assert problem["line"] == 2
    assert "uppercase" in problem["error"]


def test_T05_an_undefined_variable_is_empty_unless_the_template_is_strict(
    refused: Refused, http: httpx2.Client
) -> None:
    source = {"html": "<p>{{ nothing }}</p>", "width": 16, "height": 16}
    lenient = http.post("/templates", json=source).json()["template"]["uid"]
    assert http.post(f"/templates/{lenient}/render", json={}).status_code == 200
    body = source | {"strictVariables": True}
    strict = http.post("/templates", json=body).json()["template"]["uid"]
    path = f"/templates/{strict}/render"
    problem = refused(path, 422, "UNDEFINED_VARIABLE", "variables.nothing", json={})
    assert "nothing" in problem["error"]
    assert problem["line"] == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "</script><script>document.body.innerHTML='<p id=bad>'</script>",
        "\"'><img src=x onerror=\"document.body.innerHTML=''\">",
        "</h1></body></html><style>*{display:none}</style>",
        "{{ 7 * 7 }}{% raw %}",
    ],
)
def test_T09_hostile_data_is_drawn_as_text(http: httpx2.Client, hostile: str) -> None:
    """In HTML text, in an attribute and, through `tojson`, within a script."""
    html = (
        "<style>body{margin:0;background:#fff}p{margin:0}</style>"
        '<h1 title="{{ title }}">{{ title }}</h1>'
        "<script>const data = {{ title | tojson }};"
        "if (data === decodeURIComponent(document.querySelector('i').dataset.is))"
        "document.body.style.background='#0f0'</script>"
    )
    html = '<i data-is="{{ encoded }}"></i>' + html
    body = {"html": html, "width": 64, "height": 32}
    answer = http.post("/templates", json=body)
    assert answer.status_code == 201, answer.text
    answer = http.post(
        f"/templates/{answer.json()['template']['uid']}/render",
        params={"response": "binary"},
        json={
            "variables": {"title": hostile, "encoded": quote(hostile)},
            "width": 900,
            "height": 400,
        },
    )
    assert answer.status_code == 200, answer.text
    drawn = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert drawn.getpixel((890, 390)) == (0, 255, 0)
    assert any(max(pixel) < 60 for _, pixel in drawn.getcolors(360_000) or ()), "the text is drawn"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{", None),
        ("", None),
        ('{"html": "x",}', None),
        ('["html"]', None),
        ('{"html": "x", "html": "y"}', "html"),
        ('{"html": "x", "width": NaN}', "width"),
        ('{"html": "x", "deviceScaleFactor": Infinity}', "deviceScaleFactor"),
    ],
)
def test_A01_a_body_that_is_no_plain_json_is_400_with_a_pointer(
    http: httpx2.Client, quiet: Service, body: str, field: str | None
) -> None:
    before = stored(quiet.data_dir)
    answer = http.post("/image", content=body, headers=JSON)
    problem = answer.json()
    assert answer.status_code == 400, answer.text
    if field is not None:
        assert [error["field"] for error in problem["errors"]] == [field]
    assert len(problem["error"]) > 10
    assert stored(quiet.data_dir) == before


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("width", "wide"),
        ("width", 1.5),
        ("width", True),
        ("html", 7),
        ("variables", []),
        ("hide", "x"),
        ("cookies", [{"name": "a"}]),
        ("cookies", [{"name": "a", "value": "b"}]),
        ("cookies", [{"name": "a;b", "value": "b", "domain": "example.com"}]),
        ("headers", {"a": 1}),
        ("headers", {"a": "b\r\nc: d"}),
        ("headers", {"Host": "example.com"}),
        ("userAgent", "a\nb"),
        ("waitUntil", "never"),
        ("timezone", "Mars/Olympus"),
        ("now", "yesterday"),
        ("quality", 0),
        ("version", "latest"),
        ("fileExtension", "tiff"),
        ("timeout", 3_600_000),
    ],
)
def test_A01_a_member_of_the_wrong_kind_is_400_and_named(
    http: httpx2.Client, quiet: Service, member: str, value: Any
) -> None:
    before = stored(quiet.data_dir)
    answer = http.post("/image", json=PAGE | {member: value})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "validation_error"), answer.text
    (error,) = problem["errors"]
    assert error["field"].split(".")[0] == member
    assert error["message"].split()[0].startswith(member)
    assert stored(quiet.data_dir) == before


def test_A01_json_that_is_nested_too_deep_is_400_with_a_pointer(
    http: httpx2.Client, quiet: Service
) -> None:
    before = stored(quiet.data_dir)
    deep = '{"html": "x", "variables": {"a": ' + "[" * 100 + "]" * 100 + "}}"
    answer = http.post("/image", content=deep, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert answer.json()["errors"][0]["field"].startswith("variables.a.0")
    assert "64" in answer.json()["error"]
    assert stored(quiet.data_dir) == before


@pytest.mark.parametrize(
    ("width", "height", "field"), [(100_000, 100_000, "width"), (16, 4097, "height")]
)
def test_P13_a_viewport_over_the_limit_is_refused_before_any_work(
    refused: Refused, width: int, height: int, field: str
) -> None:
    body = PAGE | {"width": width, "height": height}
    problem = refused("/image", 400, "validation_error", field, json=body)
    assert problem["error"] == f"{field} must be between 1 and 4096 pixels"


def test_P13_pixels_over_the_budget_are_refused_with_both_numbers(refused: Refused) -> None:
    body = PAGE | {"width": 4096, "height": 4096, "deviceScaleFactor": 4}
    problem = refused("/image", 400, "validation_error", "deviceScaleFactor", json=body)
    assert "268.4 megapixels" in problem["error"]
    assert "64" in problem["error"]


@pytest.mark.parametrize("scale", ["1000", "0", "-1", "1e308", "4.01", "0.99", "null", '"2x"'])
def test_P15_a_scale_factor_out_of_range_is_refused(refused: Refused, scale: str) -> None:
    body = '{"html": "<p>x", "deviceScaleFactor": %s}' % scale  # noqa: UP031 - braces of JSON
    problem = refused(
        "/image", 400, "validation_error", "deviceScaleFactor", content=body, headers=JSON
    )
    assert problem["error"].startswith("deviceScaleFactor must be")


def test_P15_a_scale_factor_that_is_no_number_is_refused(refused: Refused) -> None:
    body = '{"html": "<p>x", "deviceScaleFactor": NaN}'
    refused("/image", 400, "malformed_json", "deviceScaleFactor", content=body, headers=JSON)


@pytest.mark.parametrize("html", ["", "   \n\t ", "<!-- nothing -->", "<!doctype html>"])
@pytest.mark.parametrize(
    ("path", "signature"), [("/image", b"\x89PNG\r\n"), ("/pdf/render", b"%PDF-")]
)
def test_P23_an_empty_page_is_a_blank_artifact_with_a_warning(
    http: httpx2.Client, html: str, path: str, signature: bytes
) -> None:
    answer = http.post(path, json={"html": html})
    assert answer.status_code == 200, answer.text
    assert [warning["code"] for warning in answer.json()["warnings"]] == ["empty_document"]
    assert http.get(answer.json()["url"]).content.startswith(signature)


def test_P23_an_empty_template_is_a_blank_picture_with_a_warning(http: httpx2.Client) -> None:
    uid = http.post("/templates", json={"html": "", "width": 16, "height": 16}).json()["template"][
        "uid"
    ]
    (result,) = http.post(f"/templates/{uid}/render", json={}).json()["results"]
    assert [warning["code"] for warning in result["warnings"]] == ["empty_document"]


@pytest.mark.parametrize("path", ["/image", "/gif", "/pdf/render", "/templates", "/v1/image"])
def test_a_missing_key_is_401(quiet: Service, path: str) -> None:
    before = stored(quiet.data_dir)
    answer = httpx2.post(quiet.url + path, json=PAGE)
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_authorization")
    assert "Authorization: Bearer" in answer.json()["error"]
    wrong = httpx2.post(quiet.url + path, json=PAGE, headers={"Authorization": "Bearer nobody"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_api_key")
    assert stored(quiet.data_dir) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/image", {"template": "tpl_nobody"}),
        ("/gif", {"template": "tpl_nobody"}),
        ("/pdf/render", {"templateUid": "tpl_nobody"}),
        ("/pdf/multi-page", {"templateUid": "tpl_nobody", "variableSets": [{}]}),
        ("/templates/tpl_nobody/render", {}),
        ("/templates/a%2Fb%20c/render", {}),
    ],
)
def test_an_unknown_template_is_404(refused: Refused, path: str, body: dict[str, Any]) -> None:
    problem = refused(path, 404, "not_found", json=body)
    assert "check the id" in problem["error"]


@pytest.mark.parametrize("path", ["/image", "/gif", "/pdf/render", "render", "layouts"])
def test_a_missing_required_variable_is_422_and_named(
    refused: Refused, template: str, path: str
) -> None:
    body: dict[str, Any] = {"template": template}
    if path in {"render", "layouts"}:
        body = {"layouts": ["default"]} if path == "layouts" else {}
        path = f"/templates/{template}/render"
    problem = refused(path, 422, "VARIABLE_REQUIRED", "variables.title", json=body)
    assert "'title'" in problem["error"]
    assert "send it" in problem["error"]


def test_a_missing_required_variable_of_one_set_is_named_with_its_place(
    refused: Refused, template: str
) -> None:
    body = {"templateUid": template, "variableSets": [{"title": "a"}, {"title": "b"}, {}]}
    refused("/pdf/multi-page", 422, "VARIABLE_REQUIRED", "variableSets[2].title", json=body)


@pytest.mark.parametrize("path", ["/image", "/gif", "/pdf/render"])
@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"html": "<p>x", "url": "https://example.com"}, ("html", "url")),
        ({"url": "https://example.com", "template": "tpl_1"}, ("url", "template")),
        ({}, ("html", "url", "template")),
        ({"url": ""}, ("html", "url", "template")),
    ],
)
def test_a_source_has_to_be_exactly_one(
    refused: Refused, path: str, given: dict[str, Any], fields: tuple[str, ...]
) -> None:
    problem = refused(path, 400, "validation_error", *fields, json=given)
    assert "exactly one of html, url, template" in problem["error"]
    assert "leave all but one out" in problem["error"] or "add one" in problem["error"]


def test_a_stored_template_over_500_kb_is_413_and_one_of_500_kb_is_not(
    http: httpx2.Client, quiet: Service
) -> None:
    before = stored(quiet.data_dir)
    answer = http.post("/templates", json=CARD | {"html": "x" * 500_001})
    assert (answer.status_code, answer.json()["code"]) == (413, "TEMPLATE_TOO_LARGE")
    assert answer.json()["error"].startswith("html has 500001 bytes")
    assert "Name pictures and fonts by URL" in answer.json()["error"]
    assert stored(quiet.data_dir) == before
    assert http.post("/templates", json=CARD | {"html": "x" * 500_000}).status_code == 201


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com", "//example.com", "javascript:1", "http://"]
)
def test_a_url_that_is_none_of_the_web_is_400(refused: Refused, url: str) -> None:
    problem = refused("/image", 400, "validation_error", "url", json={"url": url})
    assert "http://" in problem["error"]


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://localhost:1/", "http://[::1]/"])
def test_a_private_url_is_422_blocked(refused: Refused, url: str) -> None:
    refused("/image", 422, "blocked-url", "url", json={"url": url})
