"""Sources that change, fail, hang, redirect and send garbage, and what opens them."""

import json
from typing import Any

import pytest

from core.clock import now_us
from tests.integration.bindings.conftest import STARS, Place
from tests.support.site import Asked, answer, until
from tests.support.work import eventually


async def shows(place: Place, made: dict[str, Any], data: bytes) -> bool:
    return (await place.shown(made)).content == data


@pytest.mark.parametrize("policy", ["ttl", "etag"])
async def test_a_source_that_knows_its_etag_is_asked_only_whether_it_changed(
    place: Place, policy: str
) -> None:
    def said(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == '"one"':
            return answer(status="304 Not Modified")
        moment = "Mon, 23 Nov 2026 10:00:00 GMT"
        return answer(
            json.dumps(STARS), kind="application/json", ETag='"one"', Last_Modified=moment
        )

    place.source.answers["/data"] = said
    made = await place.make(refreshPolicy={"type": policy, "ttlSeconds": 60})
    for _ in range(3):
        done = await place.refreshed(made["uid"])
        assert done["status"] == "active"
    asked = [one.headers.get("if-none-match") for one in place.site.asked]
    assert asked == [None, '"one"', '"one"']
    assert place.site.asked[1].headers["if-modified-since"] == "Mon, 23 Nov 2026 10:00:00 GMT"
    assert len(place.shop.drawing.finished) == 1


FAULTS: dict[str, tuple[bytes, str]] = {
    "status": (answer("no", "500 Internal Server Error"), "answered 500"),
    "html": (answer("<h1>Sorry</h1>"), "text/html, and they are no JSON"),
    "half": (answer('{"stargazers_count": 1', kind="application/json"), "they are no JSON"),
    "nan": (answer('{"stargazers_count": NaN}', kind="application/json"), "they are no JSON"),
    "surrogate": (answer('{"a": "\\ud800"}', kind="application/json"), "they are no JSON"),
    "bytes": (answer(b"\xff\xfe\x00", kind="application/json"), "they are no JSON"),
    "empty": (answer("", "204 No Content"), "they are no JSON"),
    "deep": (answer("[" * 200 + "]" * 200, kind="application/json"), "nested deeper"),
    "large": (answer('"' + "x" * 20_000 + '"', kind="application/json"), "more than 10000 bytes"),
    "not http": (b"220 smtp.example ESMTP\r\n\r\n", "did not speak HTTP"),
    "unmodified": (answer(status="304 Not Modified"), "answered 304"),
    "loop": (answer(status="302 Found", Location="/data"), "redirected more than 5 times"),
    "nowhere": (answer(status="302 Found", Location="//[x"), "'//[x' cannot be requested"),
    "other data": (answer('{"message": "rate limit"}', kind="application/json"), "message"),
}


async def test_what_a_source_does_wrong_is_told_and_the_last_picture_stays(place: Place) -> None:
    made = await place.make()
    for number, (wrong, text) in enumerate(FAULTS.values()):
        place.source.says({"stargazers_count": number})
        mended = await place.refreshed(made["uid"])
        assert (mended["status"], mended["errorCount"], mended["lastError"]) == ("active", 0, None)
        place.source.answers["/data"] = wrong
        failed = await place.refreshed(made["uid"])
        assert (failed["status"], failed["errorCount"]) == ("error", 1), text
        assert text in failed["lastError"]
        assert (await place.shown(made)).content == f"[('title', {number})]".encode()


async def test_a_hanging_source_delays_nobody(place: Place) -> None:
    await place.shop.hire()
    place.source.hanging |= {f"/hang{number}" for number in range(6)}
    hang = [await place.make(dataSource={"url": place.site.url(f"/hang{n}")}) for n in range(6)]
    await until(lambda: len(place.site.asked) == 4)  # as many as one host is asked at once
    made = await place.make(dataSource={"url": f"http://localhost:{place.far.port}/data"})
    await eventually(lambda: shows(place, made, b"[('title', 12)]"))
    for one in hang:
        await eventually(lambda one=one: failed(place, one["uid"]))
    assert "did not answer within 0.5 s" in (await place.get(hang[0]["uid"]))["lastError"]


async def failed(place: Place, uid: str) -> bool:
    return (await place.get(uid))["status"] == "error"


async def test_failures_back_off_and_heed_what_the_source_asks_for(place: Place) -> None:
    made = await place.make()
    place.source.says("", status="503 Service Unavailable")
    waits: list[float] = []
    for _ in range(8):
        await place.refreshed(made["uid"])
        waits.append(((await place.row(made["uid"]))["next_us"] - now_us()) / 1e6)
    assert waits[:6] == sorted(waits[:6])
    assert 50 < waits[0] < 60.5
    assert 3050 < waits[-1] < 3600.5
    place.source.says("", status="429 Too Many Requests", Retry_After="7200")
    await place.refreshed(made["uid"])
    assert ((await place.row(made["uid"]))["next_us"] - now_us()) / 1e6 > 7190


@pytest.mark.parametrize("on_error", ["serve_error", "serve_default"])
async def test_what_is_shown_after_a_failure_is_as_it_was_asked_for(
    place: Place, on_error: str
) -> None:
    policy = {"type": "ttl", "ttlSeconds": 60, "onError": on_error}
    made = await place.make(refreshPolicy=policy, defaults={"title": "unknown"})
    await place.refreshed(made["uid"])
    place.source.says("", status="500 Internal Server Error")
    await place.refreshed(made["uid"])
    after = await place.shown(made)
    if on_error == "serve_error":
        assert (after.status_code, after.json()["code"]) == (422, "binding_failed")
        assert place.site.place not in after.text
    else:
        assert after.content == b"[('title', 'unknown')]"
    place.source.says(STARS)
    await place.refreshed(made["uid"])
    assert (await place.shown(made)).content == b"[('title', 12)]"
    assert (await place.shop.kept()) == (1, 1)


async def test_defaults_that_stand_in_do_so_in_every_format_until_there_are_data_again(
    place: Place,
) -> None:
    place.source.says(STARS, ETag='"a"')
    policy = {"type": "ttl", "ttlSeconds": 60, "onError": "serve_default"}
    made = await place.make(refreshPolicy=policy, defaults={"title": "unknown"})
    await place.refreshed(made["uid"])
    place.source.says("", status="500 Internal Server Error")
    await place.refreshed(made["uid"])
    for end in ("png", "webp"):
        after = await place.seen(f"/b/{made['uid']}.{end}")
        assert after.content == b"[('title', 'unknown')]", end
    place.source.says(STARS, ETag='"a"')
    await place.refreshed(made["uid"])
    assert "if-none-match" not in place.site.asked[-1].headers
    assert (await place.shown(made)).content == b"[('title', 12)]"


async def test_letters_of_latin_1_are_sent_in_headers_as_they_are(place: Place) -> None:
    source = {
        "url": place.site.url("/data"),
        "headers": {"Place": "Köln"},
        "credentials": {"type": "custom_header", "name": "X-Key", "value": "schlüssel"},
    }
    made = await place.make(dataSource=source)
    assert (await place.refreshed(made["uid"]))["status"] == "active"
    sent = place.site.asked[-1].headers
    assert (sent["place"], sent["x-key"]) == ("Köln", "schlüssel")


async def test_more_data_than_are_read_at_a_glance_are_data_too(place: Place) -> None:
    place.source.says({"stargazers_count": 12, "filling": ["x" * 9000]})
    made = await place.make()
    await place.refreshed(made["uid"])
    assert (await place.shown(made)).content == b"[('title', 12)]"


async def test_a_binding_that_never_worked_says_so_and_not_why(place: Place) -> None:
    place.source.says("", status="500 Internal Server Error")
    made = await place.make()
    await place.refreshed(made["uid"])
    after = await place.shown(made)
    assert (after.status_code, after.json()["code"]) == (422, "binding_failed")
    assert "500" not in after.json()["detail"]


async def test_no_redirect_leads_to_a_private_place(place: Place) -> None:
    place.source.answers["/data"] = answer(
        status="302 Found", Location=place.forbidden.url("/secret")
    )
    made = await place.make()
    done = await place.refreshed(made["uid"])
    assert done["status"] == "error"
    assert "public address" in done["lastError"]
    assert place.forbidden.asked == []


CREDENTIALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "bearer": ({"type": "bearer_token", "token": "s3cret-token"}, "authorization",
               "Bearer s3cret-token"),
    "basic": ({"type": "basic_auth", "username": "ada", "password": "s3cret-token"},
              "authorization", "Basic YWRhOnMzY3JldC10b2tlbg=="),
    "key": ({"type": "api_key", "key": "s3cret-token"}, "x-api-key", "s3cret-token"),
    "header": ({"type": "custom_header", "name": "X-Open", "value": "s3cret-token"}, "x-open",
               "s3cret-token"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CREDENTIALS)
async def test_credentials_reach_their_source_alone_and_never_come_back(
    place: Place, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    credentials, header, value = CREDENTIALS[kind]
    place.source.answers["/data"] = answer(status="302 Found", Location="/next")
    place.source.answers["/next"] = answer(
        status="302 Found", Location=f"http://localhost:{place.site.port}/far?s3cret-token"
    )
    source = {
        "url": place.site.url("/data"),
        "credentials": credentials,
        "headers": {"X-Session": "an0ther-one", "X-Plain": "seen"},
    }
    made = await place.make(dataSource=source)
    failed = await place.refreshed(made["uid"])
    assert failed["status"] == "error"
    first, second, far = place.site.asked
    assert first.headers[header] == second.headers[header] == value
    assert first.headers["x-session"] == "an0ther-one"
    assert header not in far.headers
    assert "x-session" not in far.headers
    said = (await place.http.get(f"/bindings/{made['uid']}")).text
    probe = (await place.http.post(f"/bindings/{made['uid']}/test")).text
    row = repr(dict(await place.row(made["uid"])))
    for secret in ("s3cret-token", "an0ther-one", "YWRhOnMzY3JldC10b2tlbg"):
        assert secret not in said + probe + row + caplog.text
    assert failed["dataSource"]["headers"] == {"X-Session": "[hidden]", "X-Plain": "seen"}
    assert failed["dataSource"]["credentialsType"] == credentials["type"]


async def test_a_key_in_the_query_is_in_no_text_of_an_error(place: Place) -> None:
    credentials = {"type": "api_key", "in": "query", "name": "key", "value": "s3cret token/1"}
    place.source.hanging.add("/data")
    source = {"url": place.site.url("/data?a=1"), "credentials": credentials}
    made = await place.make(dataSource=source)
    failed = await place.refreshed(made["uid"])
    assert place.site.asked[0].query == {"a": "1", "key": "s3cret token/1"}
    assert failed["lastError"].startswith(f"{place.site.url('/data?a=1&key=…')} did not answer")


async def test_a_change_keeps_secrets_but_takes_them_to_no_other_origin(place: Place) -> None:
    source = {
        "url": place.site.url("/data"),
        "credentials": {"type": "bearer_token", "token": "s3cret-token"},
        "headers": {"X-Session": "an0ther-one"},
    }
    made = await place.make(dataSource=source)
    path = f"/bindings/{made['uid']}"
    same = {"dataSource": {"url": place.site.url("/other")}}
    place.source.says(STARS, "/other")
    assert (await place.http.put(path, json=same)).status_code == 200
    await place.refreshed(made["uid"])
    assert place.site.asked[-1].headers["authorization"] == "Bearer s3cret-token"
    assert place.site.asked[-1].headers["x-session"] == "an0ther-one"

    elsewhere = {"dataSource": {"url": f"http://localhost:{place.site.port}/data"}}
    refused = await place.http.put(path, json=elsewhere)
    assert refused.status_code == 400
    fields = [one["field"] for one in refused.json()["errors"]]
    assert fields == ["dataSource.credentials", "dataSource.headers.X-Session"]
    bare = {**elsewhere["dataSource"], "credentials": None, "headers": {"X-Session": None}}
    done = await place.http.put(path, json={"dataSource": bare})
    assert (done.status_code, done.json()["binding"]["dataSource"]["hasCredentials"]) == (
        200,
        False,
    )
    await place.refreshed(made["uid"])
    assert {"authorization", "x-session"}.isdisjoint(place.site.asked[-1].headers)
