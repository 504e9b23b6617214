"""The life of a binding over HTTP: made, shown, changed, fed, paused, deleted."""

from typing import Any

import pytest
from sqlalchemy import update

from core.clock import now_us
from core.models import workspaces
from templates_store.models import assets
from tests.integration.bindings.conftest import Place
from tests.support.site import until
from tests.support.work import eventually


async def test_a_binding_is_rendered_at_once_and_shown_to_everybody_until_its_data_changes(
    place: Place,
) -> None:
    await place.shop.hire()
    made = await place.make(name="Stars")
    first = await place.shown(made)
    assert (first.status_code, first.content) == (200, b"[('title', 12)]")
    assert first.headers["cache-control"] == "public, max-age=60"
    assert first.headers["content-type"] == "image/png"
    known = await place.shown(made, **{"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    path = made["renderUrl"].removeprefix("http://platen.test")
    head = await place.http.head(path)
    assert (head.status_code, head.headers["etag"]) == (200, first.headers["etag"])

    before = await place.get(made["uid"])
    assert before["status"] == "active"
    await place.let_time_pass(made["uid"])
    await until(lambda: len(place.site.asked) >= 2)
    await eventually(lambda: fetched_after(place, before))
    assert len(place.shop.drawing.finished) == 1  # the data was the same
    assert (await place.get(made["uid"]))["lastRenderAt"] == before["lastRenderAt"]

    place.source.says({"stargazers_count": 13})
    await place.let_time_pass(made["uid"])
    await eventually(lambda: shows(place, made, b"[('title', 13)]"))
    await eventually(lambda: kept_one(place))  # what was shown before is gone


async def fetched_after(place: Place, before: dict[str, Any]) -> bool:
    return (await place.get(before["uid"]))["lastFetchAt"] > before["lastFetchAt"]


async def shows(place: Place, made: dict[str, Any], data: bytes) -> bool:
    return (await place.shown(made)).content == data


async def test_the_next_refresh_is_a_little_earlier_than_its_time_so_that_nobody_is_late(
    place: Place,
) -> None:
    made = await place.make()
    await place.refreshed(made["uid"])
    wait = ((await place.row(made["uid"]))["next_us"] - now_us()) / 1e6
    assert 50 < wait < 58.5


async def test_put_merges_nested_objects_and_renders_anew(place: Place) -> None:
    made = await place.make(defaults={"a": 1, "b": 2})
    await place.refreshed(made["uid"])
    patch = {
        "name": "Other",
        "mapping": {"title": "items[0].name", "n": "$.items.length"},
        "defaults": {"a": None},
        "refreshPolicy": {"onError": "serve_error"},
        "outputConfig": {"width": 300},
    }
    changed = (await place.http.put(f"/bindings/{made['uid']}", json=patch)).json()["binding"]
    assert changed["mapping"] == {"title": "items[0].name", "n": "$.items.length"}
    assert changed["defaults"] == {"b": 2}
    assert changed["refreshPolicy"] == {"type": "ttl", "ttlSeconds": 60, "onError": "serve_error"}
    assert changed["outputConfig"] == {"format": "png", "width": 300}
    assert changed["renderUrl"] == made["renderUrl"]
    await place.refreshed(made["uid"])
    assert (await place.shown(made)).content == b"[('b', 2), ('n', 2), ('title', 'Ada')]"


async def test_older_names_are_understood(place: Place) -> None:
    body = {
        "templateUid": place.shop.template,
        "dataUrl": place.site.url("/data"),
        "dataMapping": {"title": "$.items[1].name"},
        "schedule": "hourly",
        "format": "webp",
    }
    answered = await place.http.post("/bindings", json=body)
    made = answered.json()["binding"]
    assert made["templateId"] == place.shop.template
    assert made["dataSource"]["url"] == place.site.url("/data")
    assert made["refreshPolicy"]["ttlSeconds"] == 3600
    assert made["renderUrl"].endswith(".webp")
    done = await place.http.put(f"/bindings/{made['uid']}", json={"schedule": "*/5 * * * *"})
    assert done.json()["binding"]["refreshPolicy"]["ttlSeconds"] == 300


async def test_a_webhook_feeds_a_binding_and_its_public_uid_does_not(place: Place) -> None:
    await place.shop.hire()
    made = await place.make(dataSource={"type": "webhook"}, refreshPolicy={"type": "webhook"})
    hook = made["webhookUrl"].removeprefix("http://platen.test")
    assert made["uid"] not in hook
    bare = {"Authorization": ""}
    asleep = await place.shown(made)
    assert (asleep.status_code, asleep.json()["code"]) == (503, "binding_pending")
    for number in (1, 2):
        fed = await place.http.post(hook, json={"stargazers_count": number}, headers=bare)
        assert fed.status_code == 202
        await eventually(lambda n=number: shows(place, made, f"[('title', {n})]".encode()))
    assert (await place.shown(made)).headers["cache-control"] == "public, no-cache"
    mine = f"/webhooks/{made['uid']}"
    assert (await place.http.post(mine, json={}, headers=bare)).status_code == 404
    assert (await place.http.post(mine, json={"stargazers_count": 3})).status_code == 202
    await eventually(lambda: shows(place, made, b"[('title', 3)]"))
    assert (await place.http.post(hook, content=b"{")).status_code == 400
    assert (await place.http.post(hook)).status_code == 400
    large = await place.http.post(hook, json={"a": "x" * 10_000})
    assert large.status_code == 413


async def test_a_webhook_takes_so_many_posts_a_minute(place: Place) -> None:
    made = await place.make(dataSource={"type": "webhook"})
    hook = made["webhookUrl"].removeprefix("http://platen.test")
    answers = [await place.http.post(hook, json={"a": 1}) for _ in range(6)]
    assert [one.status_code for one in answers[-2:]] in ([202, 429], [429, 429])
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_webhook_has_an_http_source_asked_again(place: Place) -> None:
    await place.shop.hire()
    made = await place.make(refreshPolicy={"type": "webhook"})
    await eventually(lambda: shows(place, made, b"[('title', 12)]"))
    assert (await place.row(made["uid"]))["next_us"] is None
    place.source.says({"stargazers_count": 99})
    hook = made["webhookUrl"].removeprefix("http://platen.test")
    assert (await place.http.post(hook, json={"stargazers_count": 1})).status_code == 202
    await eventually(lambda: shows(place, made, b"[('title', 99)]"))


async def test_data_that_is_posted_while_a_refresh_runs_is_not_lost(place: Place) -> None:
    await place.shop.hire()
    body = {"title": "title", "wait": "wait"}
    made = await place.make(
        dataSource={"type": "webhook"}, refreshPolicy={"type": "webhook"}, mapping=body
    )
    hook = made["webhookUrl"].removeprefix("http://platen.test")
    await place.http.post(hook, json={"title": "slow", "wait": True})
    await until(lambda: place.shop.drawing.started)
    await place.http.post(hook, json={"title": "new"})
    place.shop.drawing.gate.set()
    await eventually(lambda: shows(place, made, b"[('title', 'new')]"))
    await eventually(lambda: kept_one(place))


async def kept_one(place: Place) -> bool:
    return await place.shop.kept() == (1, 1)


async def test_a_change_overtakes_a_refresh_under_way_which_leaves_nothing(place: Place) -> None:
    await place.shop.hire()
    static = {"type": "static", "data": {"title": "old", "wait": True}}
    made = await place.make(dataSource=static, mapping={"title": "title", "wait": "wait"})
    await until(lambda: place.shop.drawing.started)
    patch = {"dataSource": {"data": {"title": "new"}}, "mapping": {"wait": None}}
    assert (await place.http.put(f"/bindings/{made['uid']}", json=patch)).status_code == 200
    await eventually(lambda: shows(place, made, b"[('title', 'new')]"))
    place.shop.drawing.gate.set()
    await eventually(lambda: kept_one(place))
    assert await shows(place, made, b"[('title', 'new')]")


async def test_pausing_stops_refreshes_and_keeps_the_picture(place: Place) -> None:
    await place.shop.hire()
    made = await place.make()
    await eventually(lambda: shows(place, made, b"[('title', 12)]"))
    path = f"/bindings/{made['uid']}"
    paused = (await place.http.post(f"{path}/pause")).json()["binding"]
    assert paused["status"] == "paused"
    asked = len(place.site.asked)
    place.source.says({"stargazers_count": 13})
    await place.let_time_pass(made["uid"])
    other = await place.make()  # what is looked at after the ring has been looked at
    await eventually(lambda: shows(place, other, b"[('title', 13)]"))
    assert len(place.site.asked) == asked + 1
    assert await shows(place, made, b"[('title', 12)]")
    hook = made["webhookUrl"].removeprefix("http://platen.test")
    assert (await place.http.post(hook, json={})).status_code == 409
    assert (await place.http.post(f"{path}/resume")).json()["binding"]["status"] == "active"
    await eventually(lambda: shows(place, made, b"[('title', 13)]"))


async def test_what_no_database_could_hold_is_no_address(place: Place) -> None:
    for path in ("/b/%00.png", "/b/a%00b.webp", "/bindings/%00", "/webhooks/%00"):
        found = (
            await place.http.get(path) if "/w" not in path else await place.http.post(path, json={})
        )
        assert found.status_code in {400, 404}, (path, found.text)


async def test_a_workspace_has_so_many_bindings_and_no_more(place: Place) -> None:
    settings = place.shop.bindings.settings
    place.shop.bindings.settings = settings.model_copy(update={"binding_max_count": 2})
    try:
        first = await place.make()
        await place.make()
        over = await place.http.post("/bindings", json=place.body())
        assert (over.status_code, over.json()["code"]) == (409, "binding_limit")
        assert "2 is the most (PLATEN_BINDING_MAX_COUNT)" in over.json()["detail"]
        await place.http.delete(f"/bindings/{first['uid']}")
        await place.make()
    finally:
        place.shop.bindings.settings = settings


async def test_deleting_ends_a_binding_and_its_picture(place: Place) -> None:
    made = await place.make()
    await place.refreshed(made["uid"])
    gone = await place.http.delete(f"/bindings/{made['uid']}")
    assert (gone.status_code, gone.json()["deleted"]) == (200, True)
    assert (await place.shown(made)).status_code == 404
    hook = made["webhookUrl"].removeprefix("http://platen.test")
    assert (await place.http.post(hook, json={})).status_code == 404
    assert (await place.http.get(f"/bindings/{made['uid']}")).status_code == 404
    assert await place.shop.kept() == (0, 0)


async def test_deleting_a_template_pauses_its_bindings(place: Place) -> None:
    made = await place.make()
    await place.refreshed(made["uid"])
    await place.http.delete(f"/templates/{place.shop.template}")
    assert (await place.get(made["uid"]))["status"] == "paused"
    assert await shows(place, made, b"[('title', 12)]")
    resumed = await place.http.post(f"/bindings/{made['uid']}/resume")
    assert (resumed.status_code, resumed.json()["code"]) == (409, "conflict")


async def test_another_published_version_is_rendered_unless_one_is_pinned(place: Place) -> None:
    await place.shop.hire()
    follows, pinned = await place.make(), await place.make(version=1)
    for one in (follows, pinned):
        await eventually(lambda one=one: shows(place, one, b"[('title', 12)]"))
    before = {one["uid"]: await place.row(one["uid"]) for one in (follows, pinned)}
    await place.http.put(f"/templates/{place.shop.template}", json={"html": "<b>{{ title }}</b>"})
    await eventually(lambda: rendered_anew(place, before[follows["uid"]]))
    after = await place.row(pinned["uid"])
    assert after["artifact_id"] == before[pinned["uid"]]["artifact_id"]


async def rendered_anew(place: Place, before: Any) -> bool:
    return (await place.row(before["uid"]))["shown_digest"] != before["shown_digest"]


async def test_a_changed_font_is_rendered_at_the_next_refresh(place: Place) -> None:
    font = {
        "uid": "ast_font",
        "workspace_id": place.shop.workspace,
        "name": "house.woff2",
        "kind": "font",
        "media_type": "font/woff2",
        "extension": "woff2",
        "size": 9,
        "digest": "a",
        "object_key": "a",
        "facts": {"family": "House Sans", "weight": [400, 400], "style": "normal"},
        "tags": "",
        "created_us": 0,
        "updated_us": 0,
    }
    async with place.shop.db.write() as conn:
        await conn.execute(assets.insert().values(font))
    html = "<b style='font-family: House Sans'>{{ title }}</b>"
    await place.http.put(f"/templates/{place.shop.template}", json={"html": html})
    made = await place.make()
    await place.refreshed(made["uid"])
    before = await place.row(made["uid"])
    await place.refreshed(made["uid"])
    assert not await rendered_anew(place, before)
    async with place.shop.db.write() as conn:
        await conn.execute(assets.update().values(digest="b"))

    async def shown() -> bool:  # another process's change is seen within a second
        await place.refreshed(made["uid"])
        return await rendered_anew(place, before)

    await eventually(shown)


async def test_test_says_what_would_come_and_keeps_nothing(place: Place) -> None:
    made = await place.make(mapping={"title": "items[1].name", "gone": "a.b"}, defaults={"c": 1})
    probe = (await place.http.post(f"/bindings/{made['uid']}/test")).json()
    assert probe["fetch"]["status"] == 200
    assert probe["mapping"]["title"] == {"path": "items[1].name", "found": True, "value": "Bob"}
    assert probe["mapping"]["gone"] == {"path": "a.b", "found": False, "value": None}
    assert probe["variables"] == {"title": "Bob", "c": 1}
    assert probe["availablePaths"] == ["stargazers_count", "items.length", "items[0].name"]
    place.source.says("x", status="401 Unauthorized")
    probe = (await place.http.post(f"/bindings/{made['uid']}/test")).json()
    assert (probe["success"], probe["fetch"]["code"]) == (False, "source_failed")
    assert place.shop.drawing.started == []


async def test_what_happens_is_told_to_who_listens(place: Place) -> None:
    hook = {"events": ["binding.updated", "binding.failed"], "targetUrl": place.site.url("/hook")}
    assert (await place.http.post("/webhook-subscriptions", json=hook)).status_code == 201
    made = await place.make(name="Stars")
    await place.refreshed(made["uid"])
    await place.refreshed(made["uid"])
    place.source.says("", status="500 Internal Server Error")
    await place.refreshed(made["uid"])
    (updated,), (failed,) = await place.told("binding.updated"), await place.told("binding.failed")
    assert (updated["bindingId"], updated["templateId"]) == (made["uid"], place.shop.template)
    assert updated["renderPath"] == f"/b/{made['uid']}.png"
    assert (failed["code"], failed["errorCount"]) == ("source_failed", 1)


async def test_a_picture_that_was_deleted_by_hand_is_made_anew(place: Place) -> None:
    await place.shop.hire()
    made = await place.make(refreshPolicy={"type": "manual"})
    await eventually(lambda: shows(place, made, b"[('title', 12)]"))
    artifact = (await place.row(made["uid"]))["artifact_id"]
    await place.shop.artifacts.delete(place.shop.workspace, artifact)
    assert (await place.shown(made)).status_code == 503
    await eventually(lambda: shows(place, made, b"[('title', 12)]"))


async def test_a_picture_outlives_the_retention_of_artifacts(place: Place) -> None:
    made = await place.make()
    await place.refreshed(made["uid"])
    artifact = await place.shop.artifacts.get(
        place.shop.workspace, (await place.row(made["uid"]))["artifact_id"]
    )
    assert artifact.expires_us is None


async def test_other_formats_of_the_same_picture_are_there_too(place: Place) -> None:
    made = await place.make()
    await place.refreshed(made["uid"])
    path = f"/b/{made['uid']}"
    other = await place.http.get(f"{path}.jpg")
    assert other.status_code == 200
    assert other.headers["etag"].startswith("W/")
    known = await place.seen(f"{path}.jpg", **{"If-None-Match": other.headers["etag"]})
    assert known.status_code == 304
    for wrong in (f"{path}.avif", path, f"{path}.png.png", "/b/.png", "/b/bnd_none.png"):
        assert (await place.http.get(wrong)).status_code == 404


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "path": ({"mapping": {"title": "a..b"}}, "mapping.title"),
    "ttl": ({"refreshPolicy": {"ttlSeconds": 59}}, "refreshPolicy.ttlSeconds"),
    "policy": ({"refreshPolicy": {"type": "often"}}, "refreshPolicy.type"),
    "etag": ({"dataSource": {"type": "static"}, "refreshPolicy": {"type": "etag"}},
             "refreshPolicy.type"),
    "format": ({"outputConfig": {"format": "bmp"}}, "outputConfig.format"),
    "layout": ({"outputConfig": {"layout": "none"}}, "outputConfig.layout"),
    "quality": ({"outputConfig": {"quality": 0.001}}, "outputConfig.quality"),
    "source": ({"dataSource": None}, "dataSource"),
    "credentials": ({"dataSource": {"credentials": {"type": "bearer_token"}}},
                    "dataSource.credentials.token"),
    "line end": ({"dataSource": {"credentials": {"type": "bearer_token", "token": "a\r\nb: c"}}},
                 "dataSource.credentials.token"),
    "other letters": ({"dataSource": {"credentials": {"type": "api_key", "value": "\u4e00"}}},
                      "dataSource.credentials.value"),
    "schedule": ({"schedule": "sometimes"}, "schedule"),
}  # fmt: skip


async def test_what_is_wrong_with_a_binding_names_its_field(place: Place) -> None:
    for case, (body, name) in WRONG.items():
        refused = await place.http.post("/bindings", json=place.body(**body))
        assert refused.status_code == 400, (case, refused.text)
        assert refused.json()["errors"][0]["field"] == name


async def test_a_private_address_is_refused_when_it_is_saved(place: Place) -> None:
    body = place.body(dataSource={"url": place.forbidden.url("/")})
    refused = await place.http.post("/bindings", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "blocked-url")
    assert refused.json()["errors"][0]["field"] == "dataSource.url"


async def test_a_list_is_filtered_and_another_workspaces_template_is_unknown(place: Place) -> None:
    first = await place.make()
    second = await place.make()
    await place.http.post(f"/bindings/{second['uid']}/pause")
    listed = (await place.http.get("/bindings", params={"status": "paused"})).json()
    assert [one["uid"] for one in listed["bindings"]] == [second["uid"]]
    all_ = (await place.http.get("/bindings", params={"templateId": place.shop.template})).json()
    assert {one["uid"] for one in all_["bindings"]} == {first["uid"], second["uid"]}
    assert all_["pagination"]["total"] == 2
    unknown = await place.http.post("/bindings", json=place.body(templateId="tpl_other"))
    assert unknown.status_code == 404


async def test_what_is_drawn_for_strangers_counts_and_what_is_known_leaves_nothing_behind(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.shop.drawing, "timeless", True)
    made = await place.make()
    await place.refreshed(made["uid"])
    path = f"/b/{made['uid']}"
    async with place.shop.db.write() as conn:
        own = update(workspaces).where(workspaces.c.id == place.shop.workspace)
        await conn.execute(own.values(plan="enterprise"))  # of two requests a day
    for end in ("jpg", "webp"):
        assert (await place.seen(f"{path}.{end}")).status_code == 200
    kept = await place.shop.kept()
    refused = await place.seen(f"{path}.gif")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert int(refused.headers["retry-after"]) >= 1
    for end in ("jpg", "webp", "png"):
        assert (await place.seen(f"{path}.{end}")).status_code == 200
    assert await place.shop.kept() == kept
