"""Render URLs: signed ones for the pages of others, and previews that open once."""

import asyncio
import hashlib
import hmac
import io
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from PIL import Image

from core.reach import Reach
from templates_store.assets.assets import Assets
from templates_store.signing import Signing, signed_subject
from tests.integration.renders.conftest import House, entrance

CARD: dict[str, Any] = {
    "html": "<body style='margin:0;background:{{ tone }}'>{{ title }}",
    "width": 16,
    "height": 8,
    "layouts": {"tall": {"width": 8, "height": 24}},
}


@pytest.fixture
async def uid(client: httpx2.AsyncClient) -> str:
    return (await client.post("/templates", json=CARD)).json()["template"]["uid"]


async def signed(client: httpx2.AsyncClient, uid: str, **body: Any) -> str:
    answer = await client.post(f"/templates/{uid}/signed-url", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["url"]


async def seen(client: httpx2.AsyncClient, url: str, **headers: str) -> httpx2.Response:
    """As a stranger sees it: without any key."""
    return await client.get(url, headers={"Authorization": ""} | headers)


async def test_a_signed_url_shows_the_render_to_anybody_and_is_cached(
    client: httpx2.AsyncClient, uid: str
) -> None:
    url = await signed(
        client, uid, variables={"tone": "#f00", "n": 1, "title": "ä & b"}, layout="tall"
    )
    answer = await seen(client, url)
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert (picture.size, picture.getpixel((7, 23))) == ((8, 24), (255, 0, 0))
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["content-security-policy"] == "sandbox"
    etag = answer.headers["etag"]
    client.event_hooks["response"] = []  # the document tells of bodies; a 304 has none
    assert (await seen(client, url, **{"If-None-Match": etag})).status_code == 304
    await client.put(f"/templates/{uid}", json={"html": "<body style='background:#00f'>"})
    changed = await seen(client, url, **{"If-None-Match": etag})
    assert (changed.status_code, changed.headers["etag"] != etag) == (200, True)


async def test_a_url_that_was_changed_shows_nothing(client: httpx2.AsyncClient, uid: str) -> None:
    url = await signed(client, uid, variables={"tone": "red"}, expiresIn=60)
    other = (await client.post("/templates", json=CARD)).json()["template"]["uid"]
    bare, _, _ = url.partition("?")
    for wrong in (
        url.replace("red", "blue"),
        url.replace(".png?", ".pdf?"),
        url + "&title=more",
        url.replace("expires=", "expires=9"),
        url.replace("sig=", "sig=0"),
        url.replace(uid, other),
        url.replace(uid, "tpl_nobody"),
        bare,
        bare + "?sig=&token=",
        bare + "?sig=%FF%00",
    ):
        answer = await seen(client, wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "invalid_signature"), wrong
    pairs = parse_qsl(urlsplit(url).query)
    assert (await seen(client, f"{bare}?{urlencode(pairs[::-1])}")).status_code == 200
    assert (
        await seen(client, bare.replace("/r/", "/v1/r/") + "?" + urlencode(pairs))
    ).status_code == 200
    await client.delete(f"/templates/{uid}")
    assert (await seen(client, url)).status_code == 403


async def test_an_expired_url_shows_nothing(
    client: httpx2.AsyncClient, uid: str, house: House, workspace_id: str
) -> None:
    subject = f"/r/{uid}.png?expires=1000"
    signature = await Signing(house.db).sign(workspace_id, subject)
    answer = await seen(client, f"{subject}&sig={signature}")
    assert (answer.status_code, answer.json()["code"]) == (403, "invalid_signature")
    fresh = await seen(client, await signed(client, uid, expiresIn=60))
    seconds = int(fresh.headers["cache-control"].partition("max-age=")[2])
    assert 0 < seconds <= 60


async def test_what_a_site_signs_wrongly_is_refused(
    client: httpx2.AsyncClient, uid: str, house: House, workspace_id: str
) -> None:
    signing = Signing(house.db)

    async def opened(*pairs: tuple[str, str]) -> tuple[int, str]:
        path = f"/r/{uid}.png"
        signature = await signing.sign(workspace_id, signed_subject(path, pairs))
        answer = await seen(client, f"{path}?{urlencode([*pairs, ('sig', signature)])}")
        return answer.status_code, answer.json()["code"]

    for expires in ("²", "", "soon"):
        assert await opened(("expires", expires)) == (403, "invalid_signature"), expires
    for version in ("²", "newest", "9" * 12):
        assert await opened(("version", version)) == (400, "validation_error"), version


async def test_a_url_has_as_many_fields_as_are_signed(client: httpx2.AsyncClient, uid: str) -> None:
    url = await signed(client, uid, variables={f"n{number}": "x" for number in range(1001)})
    assert (await seen(client, url)).status_code == 200
    assert (await seen(client, url + "&more=x")).status_code == 403


async def test_a_site_signs_by_itself_with_the_workspace_s_key(
    client: httpx2.AsyncClient, uid: str
) -> None:
    key = (await client.get("/signing-key")).json()["key"]
    pairs = sorted({"title": "Grüße & more", "tone": "#0f0"}.items())
    subject = f"/r/{uid}.jpg?{urlencode(pairs)}"
    signature = hmac.new(key.encode(), subject.encode(), hashlib.sha256).hexdigest()
    answer = await seen(client, f"{subject}&sig={signature}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


async def test_a_preview_opens_once(client: httpx2.AsyncClient, uid: str, house: House) -> None:
    await client.put(f"/templates/{uid}", json={"html": "<body>new", "draft": True})
    url = await signed(client, uid, oneTime=True, version="draft")
    assert (await seen(client, url + "x")).status_code == 403
    assert (await seen(client, url + "&title=x")).status_code == 403
    assert (await client.head(url)).status_code == 200  # a look at what is there uses nothing up
    assert (await client.head(url + "x")).status_code == 403
    first = await seen(client, url)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-store")
    assert (await seen(client, url)).status_code == 403
    assert (await client.head(url)).status_code == 403
    assert (await house.counts())["renders"] == 0


async def test_what_is_known_is_shown_again_and_leaves_nothing_behind(
    client: httpx2.AsyncClient, uid: str, house: House
) -> None:
    url = await signed(client, uid, variables={"tone": "red"})
    first = await seen(client, url)
    before = await house.counts()
    again = await seen(client, url)
    assert (again.status_code, again.content) == (200, first.content)
    assert await house.counts() == before
    assert before["renders"] == 1


async def test_strangers_that_ask_at_once_leave_one_render(
    client: httpx2.AsyncClient, uid: str, house: House
) -> None:
    url = await signed(client, uid, variables={"tone": "blue"})
    answers = await asyncio.gather(*(seen(client, url) for _ in range(5)))
    assert {one.content for one in answers} == {answers[0].content}
    assert (await house.counts())["renders"] == 1


async def test_what_is_drawn_for_strangers_counts_against_the_workspace_s_plan(
    house: House, assets_store: Assets
) -> None:
    metered = (await house.workspaces.create("metered", plan="enterprise")).id
    async with entrance(house, metered, assets_store, enterprise_per_day=6) as client:
        uid = (await client.post("/templates", json=CARD)).json()["template"]["uid"]
        known, new = [
            await signed(client, uid, variables={"tone": tone}) for tone in ("red", "tan")
        ]
        preview = await signed(client, uid, oneTime=True)
        for _ in range(3):
            assert (await seen(client, known)).status_code == 200
        assert (await client.get("/templates")).headers["x-ratelimit-remaining"] == "0"
        refused = await seen(client, new)
        assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
        assert int(refused.headers["retry-after"]) >= 1
        assert (await seen(client, known)).status_code == 200
        assert (await seen(client, preview)).status_code == 200  # counted when it was made


async def test_a_url_goes_no_further_than_the_key_that_signed_it(
    client: httpx2.AsyncClient, uid: str, house: House, workspace_id: str
) -> None:
    _, key = await house.workspaces.create_key(workspace_id, reach=Reach("none"))
    own = {"Authorization": f"Bearer {key}"}
    answer = await client.post(f"/templates/{uid}/signed-url", json={}, headers=own)
    assert "egress=none" in answer.json()["url"]
    assert (await seen(client, answer.json()["url"])).status_code == 200
    stripped = answer.json()["url"].replace("egress=none&", "")
    assert (await seen(client, stripped)).status_code == 403
    assert (await client.get("/signing-key", headers=own)).status_code == 403
    unknown = await client.post("/templates/tpl_x/signed-url", json={})
    assert unknown.status_code == 404
