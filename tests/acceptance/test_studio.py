"""The studio in a real browser against the real service, and what guards it over plain HTTP."""

import io
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from support.service import Service

from renderer.chromium.program import find_program
from tests.unit.work.test_spreadsheet import xlsx

POLYGLOT = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A//</stYle/</titLe/</teXtarEa/"
    "</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>\\x3e"
)
TEMPLATE: dict[str, Any] = {
    "name": "Card <img src=x onerror=alert(1)>",
    "html": "<style>body{margin:0;font:700 40px sans-serif;background:#fed}</style>"
    "<h1>{{ title }}</h1><p>{{ price }}</p>",
    "width": 320,
    "height": 180,
    "variableDefinitions": [
        {"name": "title", "type": "string", "validation": {"required": True}},
        {"name": "price", "type": "number", "validation": {"required": True, "max": 99}},
    ],
}


def table(*rows: str) -> bytes:
    return "\n".join(["Headline,price", *rows]).encode()


ROWS = table(*(f"Card {n},{n}" for n in range(1, 20)), "Twenty,many", f'"{POLYGLOT}",20')
LONG = table(*(f"Row {n},{n % 90}" for n in range(400)))


@pytest.fixture
def page() -> Iterator[Page]:
    """A browser that writes down dialogs, errors and whatever its policy refuses."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_program(None)))
        shown = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
        shown.set_default_timeout(20_000)
        expect.set_options(timeout=20_000)
        wrong: list[str] = []
        shown.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        yield shown
        browser.close()
    assert wrong == []


def sign_in(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/studio/templates")
    page.get_by_label("API key").fill(service.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose a template")).to_be_visible()


def choose(page: Page, uid: str, data: bytes, column: str = "Headline") -> None:
    """The template by its card; the table by a drop from the desktop."""
    page.locator(f".card[href$='{uid}']").click()
    drop = page.locator("#drop")
    expect(drop).to_be_visible()
    carried = page.evaluate_handle(
        """text => { const carried = new DataTransfer();
        carried.items.add(new File([text], "cards <b>.csv", {type: "text/csv"})); return carried }""",
        data.decode(),
    )
    drop.dispatch_event("drop", {"dataTransfer": carried})
    expect(page.get_by_label("title")).to_have_value("")
    page.get_by_label("title").select_option(column)


def check_the_rows(page: Page) -> None:
    problems = page.get_by_role("region", name="Rows that do not fit")
    expect(problems.locator("tbody tr")).to_have_count(1)
    expect(problems.locator("tbody tr")).to_contain_text("20")
    expect(problems.locator("tbody tr")).to_contain_text("price")
    expect(page.locator(".strange img")).to_have_count(6)
    expect(page.locator(".strange")).to_contain_text("jaVasCript")
    expect(page.get_by_role("button", name="Start: 20 rows")).to_be_enabled()


def mend_the_row(page: Page) -> None:
    failed = page.get_by_role("region", name="Rows that failed")
    failed.get_by_role("button", name="Mend").click()
    failed.get_by_label("price").fill("")
    failed.get_by_role("button", name="Render this row").click()
    expect(failed.get_by_role("alert")).to_have_text("'price' is required")
    expect(failed.get_by_label("price")).to_be_focused()
    expect(failed.get_by_label("title")).not_to_have_attribute("aria-invalid", "true")
    failed.get_by_label("price").fill("1000")
    failed.get_by_role("button", name="Render this row").click()
    expect(failed.get_by_role("alert")).to_contain_text("at most 99")
    failed.get_by_label("price").fill("20")
    failed.get_by_role("button", name="Render this row").click()
    expect(page.locator("#state")).to_have_text("Done")
    expect(page.locator("#count-made")).to_have_text("21")
    expect(failed.get_by_role("button", name="Mend")).to_have_count(0)


def archive(page: Page) -> zipfile.ZipFile:
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download ZIP").click()
    return zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes()))


def steer_another(page: Page, service: Service, uid: str) -> None:
    """Paused, gone on with, cancelled."""
    page.goto(f"{service.url}/studio/templates")
    choose(page, uid, LONG)
    start = page.get_by_role("button", name="Start: 400 rows")
    expect(start).to_be_enabled()  # the boxes are those that it goes with
    page.get_by_label("Render the strangest rows first").uncheck()
    start.click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#state")).to_have_text("Paused")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#state")).to_have_text("Cancelled")


def test_X03_a_campaign_from_sign_in_to_the_unpacked_archive_in_a_browser(
    service: Service, client: httpx2.Client, page: Page
) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    sign_in(page, service)
    assert page.evaluate("document.cookie") == ""
    page.get_by_label("Search templates").fill("onerror")
    expect(page.locator(".card")).to_have_count(1)
    choose(page, uid, ROWS)
    check_the_rows(page)
    page.get_by_label("Format").select_option("jpg")
    page.get_by_label("File names").fill("{row:2}-{title}")
    page.get_by_role("button", name="Start: 20 rows").click()
    page.get_by_role("button", name="Looks right").click()
    expect(page.locator("#state")).to_have_text("Done, some rows failed")
    expect(page.locator(".thumbs img")).to_have_count(20)
    mend_the_row(page)
    with archive(page) as files:
        pictures = [name for name in files.namelist() if name.endswith(".jpg")]
        assert pictures[:2] == ["00-Card 1.jpg", "01-Card 2.jpg"]
        assert len(pictures) == 21
        assert all(files.read(name).startswith(b"\xff\xd8\xff") for name in pictures)
        assert not any(name.startswith("/") or ".." in name for name in files.namelist())
    steer_another(page, service, uid)
    page.goto(f"{service.url}/studio")
    expect(page.locator("ul.batches li").first).to_contain_text("Cancelled")
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()


def test_a_column_may_have_any_name_that_a_table_can_hold(
    service: Service, client: httpx2.Client, page: Page
) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    sign_in(page, service)
    choose(page, uid, b'"What it\nsays","<b>""Price""  \'now\'"\nOne,1\nTwo,2\n', "What it says")
    expect(page.locator("#checked")).to_contain_text("Likely by its name")
    expect(page.locator("#checked")).to_contain_text("All 2 rows fit.")
    page.get_by_label("Render the strangest rows first").uncheck()
    page.get_by_role("button", name="Start: 2 rows").click()
    expect(page.locator("#state")).to_have_text("Done")
    expect(page.locator("#count-made")).to_have_text("2")


@pytest.fixture
def browser_like(service: Service) -> Iterator[httpx2.Client]:
    """A client that says where it comes from, as browsers do, and is signed in."""
    with httpx2.Client(base_url=service.url, headers={"Origin": service.url}, timeout=60) as http:
        answer = http.post("/studio/sign-in", data={"key": service.key, "back": "//evil.example"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/studio")
        yield http


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_can_use(
    service: Service, browser_like: httpx2.Client
) -> None:
    sent = browser_like.post("/studio/sign-in", data={"key": service.key}).headers["set-cookie"]
    assert service.key not in sent
    assert {"HttpOnly", "Path=/studio", "SameSite=strict"} <= set(sent.split("; "))
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        refused = browser_like.post("/studio/sign-out", headers=headers)
        assert refused.status_code == 403, headers
    token = browser_like.cookies["platen_session"]
    assert browser_like.get("/studio").status_code == 200
    assert browser_like.post("/studio/sign-out").status_code == 303
    stale = browser_like.get("/studio", headers={"Cookie": f"platen_session={token}"})
    assert (stale.status_code, stale.headers["location"]) == (303, "/studio/sign-in?back=%2Fstudio")


def test_who_is_not_signed_in_sees_the_form_and_nothing_else(service: Service) -> None:
    with httpx2.Client(base_url=service.url, headers={"Origin": service.url}) as http:
        for path in ("/studio", "/studio/templates", "/studio/batches/bat_1/files/archive.zip"):
            assert http.get(path).headers["location"].startswith("/studio/sign-in?back="), path
        assert http.post("/studio/templates/x/start").headers["location"] == "/studio/sign-in"
        inside = http.get("/studio", headers={"HX-Request": "true"})
        assert (inside.status_code, inside.headers["hx-redirect"]) == (401, "/studio/sign-in")
        wrong = http.post("/studio/sign-in", data={"key": "<script>alert(1)</script>"})
        assert wrong.status_code == 401
        assert "set-cookie" not in wrong.headers
        assert "platen key create" in wrong.text


def test_pages_say_what_went_wrong(client: httpx2.Client, browser_like: httpx2.Client) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    made = client.post(
        f"/templates/{uid}/batch-render", json={"variableSets": [{"title": "a", "price": 1}]}
    ).json()
    place = f"/studio/batches/{made['batchId']}"
    page = browser_like.get(place)
    assert page.status_code == 200
    assert "<img src=x" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert browser_like.get(f"{place}/files/secret").status_code == 404
    assert browser_like.post(f"{place}/steer/delete").status_code == 404
    for wrong in (b"", b"PK\x03\x04 no workbook", b"a;b\n", b"\xff\xfe\x00"):
        answer = browser_like.post(
            f"/studio/templates/{uid}/check",
            files={"csv": ("<b>.csv", wrong)},
            headers={"HX-Request": "true"},
        )
        assert answer.status_code < 500, (wrong, answer.text)


def test_a_workbook_and_a_template_without_variables(
    client: httpx2.Client, browser_like: httpx2.Client
) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    cells = "<row r='1'><c t='str'><v>title</v></c><c t='str'><v>price</v></c></row>"
    cells += "<row r='2'><c t='str'><v>One</v></c><c><v>5</v></c></row>"
    book = {"csv": ("cards.xlsx", xlsx(cells))}
    checked = browser_like.post(f"/studio/templates/{uid}/check", files=book).text
    assert "All 1 row fit." in checked
    assert 'name="map.price"' in checked
    plain = client.post("/templates", json={"name": "Plain", "html": "<p>Same</p>"}).json()
    place = f"/studio/templates/{plain['template']['uid']}"
    table = {"csv": ("n.csv", b"n\n1\n2\n")}
    assert "Start: 2 rows" in browser_like.post(f"{place}/check", files=table).text
    sent = {"mapped": "n.csv", "format": "png"}
    started = browser_like.post(f"{place}/start", files=table, data=sent)
    assert started.headers["hx-redirect"].startswith("/studio/batches/bat_")


def _once(text: str) -> str:
    """The one-time token of a form."""
    found = re.search(r'name="once" value="(\w+)"', text)
    assert found is not None, text
    return found[1]


def test_a_form_starts_one_campaign_however_often_it_is_sent(
    client: httpx2.Client, browser_like: httpx2.Client
) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    place, book = f"/studio/templates/{uid}", {"csv": ("c.csv", b"title,price\nOne,1\nTwo,2\n")}
    chosen = {"mapped": "c.csv", "map.title": '"title"', "map.price": '"price"', "format": "png"}

    def start(**more: str) -> httpx2.Response:
        """What a browser sends: another boundary each time, and a page that is open."""
        headers = {"HX-Request": "true"}
        return browser_like.post(f"{place}/start", files=book, data=chosen | more, headers=headers)

    token = _once(browser_like.post(f"{place}/check", files=book, data=chosen).text)
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _: start(once=token), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    (first,) = {answer.headers["hx-redirect"] for answer in answers}
    assert start(once=token).headers["hx-redirect"] == first
    assert start(once=token, format="jpg").headers["hx-redirect"] != first
    other = _once(browser_like.post(f"{place}/check", files=book, data=chosen).text)
    assert start(once=other).headers["hx-redirect"] != first
    found = client.get("/templates/batch", params={"templateUid": uid}).json()["batches"]
    assert sum(one["templateUid"] == uid for one in found) == 3
    for wrong in ('"Nowhere"', "title", "[]"):
        assert start(once=other, **{"map.title": wrong}).status_code == 400


def test_a_failed_row_is_told_in_words_of_who_fills_in_tables(
    client: httpx2.Client, browser_like: httpx2.Client
) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    rows = [{"title": "a", "price": 1}, {"title": "b", "price": "many"}, {"price": 2}]
    made = client.post(f"/templates/{uid}/batch-render", json={"variableSets": rows}).json()
    book = {"csv": ("c.csv", b"title,price\na,many\n")}
    text = browser_like.get(f"/studio/batches/{made['batchId']}").text
    text += browser_like.get(f"/studio/batches/{made['batchId']}/items/1").text
    text += browser_like.post(f"/studio/templates/{uid}/check", files=book).text
    assert text.count("&#39;price&#39; must be a number, such as 12.50") == 3
    assert "&#39;title&#39; is empty and must be filled in" in text
    assert "send 12.5" not in text
    assert "`variables`" not in text


def test_what_is_sent_is_judged_before_it_is_taken(
    service: Service, client: httpx2.Client, browser_like: httpx2.Client
) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    place = f"/studio/templates/{uid}"
    for told in ("NaN", "1e999", '"\\ud800"', "[" * 90_000 + "]" * 90_000):
        row = f'{{"variables": {{"title": {told}}}, "row": 1}}'
        assert browser_like.post(f"{place}/preview", data={"row": row}).status_code == 400, told[:9]
    for row in ('{"variables": null, "row": 1}', '"x"', '{"variables": {}, "row": 1e999}', ""):
        assert browser_like.post(f"{place}/preview", data={"row": row}).status_code == 400, row
    large = {"csv": ("large.csv", b"a\n" * 17_000_000)}
    assert browser_like.post(f"{place}/check", files=large).status_code == 413
    for cookie in (b"platen_session=x", b"platen_session=caf\xe9", b'platen_session="\\351"'):
        headers = [(b"cookie", cookie), (b"origin", service.url.encode())]
        stranger = httpx2.post(f"{service.url}{place}/check", headers=headers, files=large)
        assert stranger.headers["location"] == "/studio/sign-in", cookie


def test_who_signs_in_again_leaves_no_session_behind(
    service: Service, browser_like: httpx2.Client
) -> None:
    token = browser_like.cookies["platen_session"]
    assert browser_like.post("/studio/sign-in", data={"key": service.key}).status_code == 303
    assert browser_like.cookies["platen_session"] != token
    stale = httpx2.get(f"{service.url}/studio", headers={"Cookie": f"platen_session={token}"})
    assert stale.status_code == 303


@pytest.mark.full
def test_another_workspaces_batch_is_not_there(
    service: Service, client: httpx2.Client, browser_like: httpx2.Client
) -> None:
    uid = client.post("/templates", json=TEMPLATE).json()["template"]["uid"]
    made = client.post(
        f"/templates/{uid}/batch-render", json={"variableSets": [{"title": "a", "price": 1}]}
    ).json()
    place = f"/studio/batches/{made['batchId']}"
    stranger = service.workspace("a stranger to this batch")
    assert browser_like.post("/studio/sign-in", data={"key": stranger}).status_code == 303
    for path in ("", "/progress", "/files/archive.zip", "/files/report.csv", "/items/0"):
        assert browser_like.get(place + path).status_code == 404, path
    assert browser_like.post(f"{place}/steer/cancel").status_code == 404
