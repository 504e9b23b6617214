"""What every route shares, proved on routes of our own."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from pydantic import Field

from api.models import Answer, Body, Whole
from api.routing import Call, Route
from core.errors import OverloadedError
from tests.integration.api.conftest import Entrance


class EchoBody(Body):
    value: Any = None
    html: str | None = None
    width: Whole = Field(default=1, ge=1, le=4096)


class Echo(Answer):
    value: Any
    html: str | None
    files: dict[str, int]
    id: str


class Gone:
    """Whether a handler was begun, and whether it was cancelled."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()


async def echo(call: Call[EchoBody, None]) -> Echo:
    call.timings["compose"] = 1.25
    return Echo(
        value=call.body.value,
        html=call.body.html,
        files={name: len(data) for name, data in call.files.items()},
        id=call.path.get("id", ""),
    )


async def explode(call: Call[Any, Any]) -> Echo:
    raise RuntimeError("the database's password is hunter2")


async def overloaded(call: Call[Any, Any]) -> Echo:
    raise OverloadedError("Every slot is taken", retry_after=7)


def hang(gone: Gone) -> Any:
    async def handler(call: Call[Any, Any]) -> Echo:
        gone.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            gone.cancelled.set()
            raise
        raise AssertionError

    return handler


def row(path: str, handler: Any, **changes: Any) -> Route:
    values: dict[str, Any] = {
        "method": "POST",
        "path": path,
        "handler": handler,
        "summary": "A test",
        "tag": "test",
        "scope": "render",
        "body": EchoBody,
        "answer": Echo,
    }
    return Route(**(values | changes))


ROUTES = [
    row("/echo", echo, multipart=True),
    row("/things/{id}", echo),
    row("/things/{id}", echo, method="PUT"),
    row("/things/{id}/parts", echo, scope="admin"),
    row("/open", echo, scope=None),
    row("/explode", explode),
    row("/overloaded", overloaded, errors=(OverloadedError,)),
]


@pytest.fixture
async def client(entrance: Entrance) -> AsyncIterator[httpx2.AsyncClient]:
    async with entrance.client(entrance.app(ROUTES), await entrance.key()) as client:
        yield client


def has_the_shape(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["detail"] == problem["error"] == problem["message"]
    assert problem["requestId"] == answer.headers["x-request-id"]
    slug = code.lower().replace("_", "-")
    assert problem["type"] == f"http://platen.test/docs/errors#{slug}"
    assert problem["instance"] == answer.request.url.raw_path.decode().split("?")[0]
    for name in ("x-ratelimit-limit", "x-ratelimit-reset", "ratelimit", "server-timing"):
        assert name in answer.headers
    return problem


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer {key}"},
        {"Authorization": "bearer   {key}"},
        {"Authorization": "{key}"},
        {"X-API-Key": "{key}"},
    ],
)
async def test_a_key_is_understood_in_every_form(entrance: Entrance, headers: Any) -> None:
    key = await entrance.key()
    async with entrance.client(entrance.app(ROUTES), None) as client:
        sent = {name: value.format(key=key) for name, value in headers.items()}
        assert (await client.post("/echo", headers=sent)).status_code == 200


async def test_A09_no_key_a_wrong_key_and_a_key_in_the_url(entrance: Entrance) -> None:
    key = await entrance.key()
    async with entrance.client(entrance.app(ROUTES), None) as client:
        has_the_shape(await client.post("/echo"), 401, "missing_authorization")
        has_the_shape(await client.post(f"/echo?api_key={key}"), 401, "missing_authorization")
        wrong = await client.post("/echo", headers={"Authorization": "Bearer pk_nobody"})
        has_the_shape(wrong, 401, "invalid_api_key")
        assert wrong.headers["www-authenticate"].startswith("Bearer")
        assert (await client.post("/open")).status_code == 200


async def test_a_key_without_the_scope_is_refused(entrance: Entrance) -> None:
    key = await entrance.key(scopes=["files"])
    async with entrance.client(entrance.app(ROUTES), key) as client:
        problem = has_the_shape(await client.post("/echo"), 403, "insufficient_scope")
        assert "'render'" in problem["detail"]


async def test_every_route_stands_under_v1_too(client: httpx2.AsyncClient) -> None:
    for path in ("/echo", "/v1/echo", "/v1/echo/", "/echo/"):
        answer = await client.post(path, json={"value": path})
        assert answer.json()["value"] == path


async def test_an_encoded_slash_stays_in_its_segment(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/things/a%2Fb")).json()["id"] == "a/b"
    assert (await client.post("/things/a%252Fb%20ü")).json()["id"] == "a%2Fb ü"
    assert (await client.post("/things/%61")).json()["id"] == "a"
    assert (await client.post("/%74hings/x")).json()["id"] == "x"


@pytest.mark.parametrize(
    "path", ["/nothing", "//echo", "/%2e%2e/echo", "/echo/x/y", "/v1", "/v2/echo"]
)
async def test_A06_an_unknown_path_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.request("POST", httpx2.URL("http://platen.test", raw_path=path.encode()))
    has_the_shape(answer, 404, "not_found")


async def test_a_method_that_is_not_there_names_those_that_are(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/things/1")
    has_the_shape(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "OPTIONS, POST, PUT"


async def test_options_names_the_methods_without_a_key(client: httpx2.AsyncClient) -> None:
    del client.headers["Authorization"]
    answer = await client.options("/v1/things/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "OPTIONS, POST, PUT"
    assert (await client.options("/nothing")).status_code == 404


async def test_what_fails_inside_tells_no_secret(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/explode")
    has_the_shape(answer, 500, "render_failed")
    assert "hunter2" not in answer.text


async def test_who_must_wait_is_told_how_long(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/overloaded")
    problem = has_the_shape(answer, 503, "overloaded")
    assert answer.headers["retry-after"] == "7"
    assert problem["retry_after"] == problem["retryAfter"] == 7


async def test_server_timing_tells_the_steps(client: httpx2.AsyncClient) -> None:
    timing = (await client.post("/echo", json={})).headers["server-timing"]
    assert "compose;dur=1.2" in timing
    assert "total;dur=" in timing


async def test_an_empty_body_stands_for_an_empty_object(client: httpx2.AsyncClient) -> None:
    for headers in ({}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}):
        assert (await client.post("/echo", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (b'{"value": 1,}', "", "malformed_json"),
        (b"{", "", "malformed_json"),
        (b'{"value": {"a": [1, {"b": 1, "b": 2}]}}', "value.a.1.b", "duplicate_key"),
        (b'{"value": [NaN]}', "value.0", "not_finite"),
        (b'{"value": -Infinity}', "value", "not_finite"),
        (b'{"value": 1e999}', "value", "not_finite"),
        (b'{"value": ' + b"[" * 70 + b"]" * 70 + b"}", "value.0", "too_deep"),
    ],
)
async def test_A01_malformed_json_is_refused_with_its_place(
    client: httpx2.AsyncClient, body: bytes, field: str, code: str
) -> None:
    answer = await client.post("/echo", content=body)
    problem = has_the_shape(answer, 400, "malformed_json")
    assert problem["errors"][0]["field"].startswith(field)
    assert problem["errors"][0]["code"] == code


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"[" * 100_000, b"9" * 5000, b'{"value": ' + b"9" * 5000 + b"}", b"nul", b"\0"],
)
async def test_A01_no_body_makes_a_500(client: httpx2.AsyncClient, body: bytes) -> None:
    has_the_shape(await client.post("/echo", content=body), 400, "malformed_json")


async def test_P27_half_a_surrogate_pair_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/echo", content=rb'{"value": ["\ud83d\ude00", {"x": "\ud800"}]}')
    problem = has_the_shape(answer, 422, "invalid_unicode")
    assert problem["errors"][0]["field"] == "value.1.x"
    whole = await client.post("/echo", content=rb'{"value": "\ud83d\ude00"}')
    assert whole.json()["value"] == "😀"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ([1], "", "wrong_type"),
        ({"width": 0}, "width", "out_of_range"),
        ({"width": "x"}, "width", "wrong_type"),
        ({"width": 1.5}, "width", "wrong_type"),
        ({"html": 7}, "html", "wrong_type"),
    ],
)
async def test_A01_a_wrong_type_names_its_field(
    client: httpx2.AsyncClient, body: Any, field: str, code: str
) -> None:
    problem = has_the_shape(await client.post("/echo", json=body), 400, "validation_error")
    assert problem["errors"][0]["field"] == field
    assert problem["errors"][0]["code"] == code


async def test_bodies_over_the_limit_and_of_strange_types_are_refused(entrance: Entrance) -> None:
    app = entrance.app(ROUTES, max_body_bytes=1000)
    async with entrance.client(app, await entrance.key()) as client:
        long = await client.post("/echo", json={"value": "x" * 1000})
        assert "PLATEN_MAX_BODY_BYTES" in has_the_shape(long, 413, "payload_too_large")["detail"]

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * 100

        has_the_shape(await client.post("/echo", content=chunks()), 413, "payload_too_large")
        packed = await client.post("/echo", content=b"x", headers={"Content-Encoding": "gzip"})
        has_the_shape(packed, 415, "unsupported_media_type")
        text = await client.post("/echo", content=b"x", headers={"Content-Type": "text/plain"})
        has_the_shape(text, 415, "unsupported_media_type")
        form = await client.post("/open", files={"request": b"{}"})
        has_the_shape(form, 415, "unsupported_media_type")


async def test_A03_a_body_that_does_not_come_is_cut(entrance: Entrance) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    app = entrance.app(ROUTES, body_timeout=0.05)
    async with entrance.client(app, await entrance.key()) as client:
        has_the_shape(await client.post("/echo", content=slow()), 408, "request_timeout")


async def test_a_big_body_is_read_off_the_loop(client: httpx2.AsyncClient) -> None:
    html = "é" * 2_000_000
    assert (await client.post("/echo", json={"html": html})).json()["html"] == html


async def test_multipart_carries_the_json_the_page_and_its_files(
    client: httpx2.AsyncClient,
) -> None:
    parts = [
        ("request", (None, json.dumps({"value": 3}))),
        ("index.html", ("page.html", "<p>ü</p>".encode())),
        ("files", ("img/logo.png", b"12345")),
        ("style.css", ("anything", b"123")),
    ]
    answer = (await client.post("/echo", files=parts)).json()
    assert answer["value"] == 3
    assert answer["html"] == "<p>ü</p>"
    assert answer["files"] == {"index.html": 9, "img/logo.png": 5, "style.css": 3}


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../b", "..\\x"])
async def test_a_file_that_leads_out_is_refused(client: httpx2.AsyncClient, name: str) -> None:
    answer = await client.post("/echo", files=[("files", (name, b"x"))])
    problem = has_the_shape(answer, 400, "validation_error")
    assert problem["errors"][0]["code"] == "bad_path"


async def test_a_broken_multipart_body_is_refused(client: httpx2.AsyncClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = await client.post("/echo", content=b"--y\r\n", headers={"Content-Type": kind})
        assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("charset", ["unicode_escape", "undefined", "utf-16", "a\0b"])
async def test_multipart_is_utf_8_whatever_a_header_says(
    client: httpx2.AsyncClient, charset: str
) -> None:
    lines = [
        "--x",
        'Content-Disposition: form-data; name="index.html"',
        "",
        "\\ud800 ü",
        "--x",
        'Content-Disposition: form-data; name="x\\ud800"',
        "",
        "",
        "--x--",
        "",
    ]
    kind = f"multipart/form-data; charset={charset}; boundary=x"
    content = "\r\n".join(lines).encode()
    answer = await client.post("/echo", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 200, answer.text
    assert answer.json()["html"] == "\\ud800 ü"


async def test_json_that_curl_calls_a_form_is_read(client: httpx2.AsyncClient) -> None:
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post("/echo", content=b' {"value": 3}', headers=sent)
    assert answer.json()["value"] == 3
    assert (await client.post("/echo", headers=sent)).status_code == 200
    form = await client.post("/echo", content=b"value=3", headers=sent)
    has_the_shape(form, 415, "unsupported_media_type")


async def test_unlimited_shows_large_fixed_numbers(client: httpx2.AsyncClient) -> None:
    first, second = [await client.post("/echo") for _ in range(2)]
    assert first.headers["x-ratelimit-remaining"] == second.headers["x-ratelimit-remaining"]
    assert int(first.headers["x-ratelimit-limit"]) >= 1_000_000


async def test_A10_too_many_requests_are_refused_and_other_workspaces_are_not(
    entrance: Entrance,
) -> None:
    app = entrance.app(ROUTES)
    mine, theirs = await entrance.key("a", "free"), await entrance.key("b", "free")
    async with entrance.client(app, mine) as client, entrance.client(app, theirs) as other:
        answers = [await client.post("/echo") for _ in range(130)]
        passed = [answer for answer in answers if answer.status_code == 200]
        # A new minute may begin in between.
        assert 60 <= len(passed) <= 120
        assert passed[0].headers["x-ratelimit-limit"] == "60"
        assert passed[0].headers["x-ratelimit-remaining"] == "59"
        refused = next(answer for answer in answers if answer.status_code == 429)
        problem = has_the_shape(refused, 429, "rate_limit")
        assert 1 <= int(refused.headers["retry-after"]) == problem["retryAfter"] <= 60
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert (await other.post("/echo")).status_code == 200


async def test_A08_a_client_that_goes_stops_the_work(entrance: Entrance) -> None:
    gone = Gone()
    app = entrance.app([row("/hang", hang(gone), stops_with_client=True)])
    key = await entrance.key()
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        message = next(messages, None)
        if message is None:
            await gone.begun.wait()
            return {"type": "http.disconnect"}
        return message

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/hang",
        "raw_path": b"/hang",
        "query_string": b"",
        "headers": [(b"x-api-key", key.encode())],
    }
    async with asyncio.timeout(5):
        await app(scope, receive, send)
    assert gone.cancelled.is_set()
