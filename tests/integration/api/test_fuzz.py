"""Whatever is sent: no 5xx, and an answer that the document tells of."""

import random
from typing import Any

import httpx2

SEED = 20261122
ROUNDS = 150
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 4097, 2**31, 2**63, 2**64, 10**400, 1.5, 1e308, -0.0, "", " ",
    "a", "1", "\0", "\x7f", "ü" * 300, "{{", "{{ x }}", "{% raw %}", "<script>", "A4", "image",
    "../..", "%00", "😀", [], [None], [[]], {}, {"": {}}, {"a": None}, {"name": "x"},
    {"name": "x", "type": "number", "defaultValue": "y"}, [{"name": "a"}, {"name": "a"}],
    {"s": {"width": 10, "height": 10}}, {"s": {"width": 10, "height": 10, "html": "{{ z }}"}},
    [{"name": "a", "validation": {"pattern": "(a+)+$", "enum": [1, "a", None]}}], "draft", 10**9,
]  # fmt: skip
MEMBERS = [
    "name", "description", "html", "fabricJSData", "engine", "width", "height", "outputFormat",
    "tags", "variableDefinitions", "layouts", "pdfPreset", "jsEnabled", "strictVariables",
    "autoPublish", "draft", "note", "expectedPublishedVersion", "unknown", "__proto__",
]  # fmt: skip
QUERIES = ["page", "limit", "sort", "outputFormat", "q", "tag", "search", "version", "schema"]


def body(dice: random.Random) -> Any:
    if dice.random() < 0.05:
        return dice.choice(ODD)
    names = dice.sample(MEMBERS, dice.randint(0, 6))
    sent = {name: dice.choice(ODD) for name in names}
    return {"html": "<p>{{ x }}</p>"} | sent if dice.random() < 0.7 else sent


async def test_X05_random_calls_of_the_template_routes(client: httpx2.AsyncClient) -> None:
    dice = random.Random(SEED)
    made = (await client.post("/templates", json={"html": "{{ a }}"})).json()["template"]["uid"]
    seen: dict[int, int] = {}
    for _ in range(ROUNDS):
        uid = made if dice.random() < 0.9 else "tpl_%00'\"é"
        number = dice.choice(["1", "2", "0", "-1", "x", "9" * 30])
        path, method = dice.choice(
            [
                ("/templates", "POST"),
                ("/templates", "GET"),
                (f"/templates/{uid}", "PUT"),
                (f"/templates/{uid}", "GET"),
                (f"/templates/{uid}/variables", "GET"),
                (f"/templates/{uid}/versions", "GET"),
                (f"/templates/{uid}/versions/{number}/publish", "POST"),
                (f"/templates/{uid}/versions/{number}/restore", "POST"),
            ]
        )
        params = {name: str(dice.choice(ODD)) for name in dice.sample(QUERIES, 2)}
        sent = {"json": body(dice)} if method != "GET" else {}
        answer = await client.request(method, path, params=params, **sent)
        assert answer.status_code < 500, (method, path, params, sent, answer.text)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    assert {200, 201, 400, 404} <= set(seen), seen
