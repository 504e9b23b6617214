"""Promises of the whole service: nothing private gets out, nothing is left behind."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from pypdf import PdfReader
from support.service import Service
from support.site import MARKER, Asked, Site, answer

from tests.unit.compose.test_escapes import ESCAPES

CANARY = "canary-secret-7e21b0"


@pytest.fixture(scope="module")
def secretive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose environment holds a secret under every name that one may have."""
    names = (
        "AWS_SECRET_ACCESS_KEY",
        "DATABASE_PASSWORD",
        "SECRET",
        "PGPASSWORD",
        "http_proxy_user",
    )
    running = Service(
        tmp_path_factory.mktemp("secretive") / "data",
        environment=dict.fromkeys(names, CANARY),
        key=f"pk_{CANARY}",
    )
    yield running.start()
    running.stop()


@pytest.fixture
def http(secretive: Service) -> Iterator[httpx2.Client]:
    with secretive.client() as client:
        yield client


def _shown(answer: httpx2.Response) -> str:
    """All that an answer says: headers, text, and the text of a document."""
    said = f"{answer.headers} {answer.content.decode('latin-1')}"
    if answer.content.startswith(b"%PDF-"):
        reader = PdfReader(io.BytesIO(answer.content))
        said += " ".join(page.extract_text() for page in reader.pages) + str(reader.metadata)
    return said


@pytest.mark.parametrize(
    "escapes", [ESCAPES[::6], pytest.param(ESCAPES, marks=pytest.mark.full)], ids=["some", "all"]
)
def test_T04_a_secret_of_the_service_is_in_no_output(
    secretive: Service, http: httpx2.Client, escapes: list[str]
) -> None:
    """Not in documents, errors or the log, however a template asks for it."""
    for engine in ("chromium", "weasyprint"):
        for source in escapes:
            html = f"{source}{{{{ env }}}}{{{{ environ }}}}{{{{ settings }}}}<p>text"
            body = {
                "html": html,
                "variableSets": [{"data": {"a": 1}}],
                "options": {"engine": engine},
            }
            answer = http.post("/pdf/multi-page", json=body, params={"response": "binary"})
            assert answer.status_code in {200, 422}, answer.text
            assert CANARY not in _shown(answer)
    assert CANARY not in secretive.log.read_text()


PLACES = (
    "file:///proc/self/environ", "file:///proc/1/environ", "file:///proc/self/cmdline",
    "view-source:file:///proc/self/environ", "/proc/self/environ", "../../proc/self/environ",
)  # fmt: skip


def test_T04_a_secret_of_the_service_is_in_no_file_that_a_page_reads(
    secretive: Service, http: httpx2.Client
) -> None:
    pages = "".join(
        f"<iframe src='{place}'></iframe><object data='{place}'></object><embed src='{place}'>"
        f"<link rel=attachment href='{place}'><a rel=attachment href='{place}'>a</a>"
        for place in PLACES
    )
    script = (
        f"<pre id=out></pre><script>for (const place of {list(PLACES)}) fetch(place)"
        ".then(a => a.text()).then(t => { out.textContent += t }, () => {})</script>"
    )
    for engine in ("chromium", "weasyprint"):
        body = {"html": pages + script, "options": {"engine": engine}, "waitForTimeout": 200}
        answer = http.post("/pdf/render", json=body, params={"response": "binary"})
        assert answer.status_code == 200, answer.text
        assert CANARY not in _shown(answer)
        assert "PATH=" not in _shown(answer)
    for path in ("/health", "/ready", "/pressure", "/metrics", "/openapi.json", "/nowhere"):
        assert CANARY not in _shown(http.get(path))
    assert CANARY not in secretive.log.read_text()


async def test_promise_P9_no_byte_from_a_private_address_gets_into_any_output(
    secretive: Service,
) -> None:
    """Neither its pixels nor its text, by any engine, by any way in; and nobody asks for it."""
    red = io.BytesIO()
    Image.new("RGB", (60, 60), "#f00").save(red, "PNG")

    async def private(asked: Asked, _reader: object, _writer: object) -> bytes:
        if asked.path.endswith(".png"):
            return answer(red.getvalue(), kind="image/png", Access_Control_Allow_Origin="*")
        return answer(f"<body style='background:#f00'><h1>{MARKER}</h1>")

    async with Site(private, ("127.0.0.1", "::1")) as inside, _client(secretive) as http:
        for path, body in _asking_for(f"http://localhost:{inside.port}", inside.url("")):
            answered = await http.post(path, json=body, params={"response": "binary"})
            assert answered.status_code in {200, 422}, answered.text
            assert MARKER not in _shown(answered)
            assert not _red(answered.content)
        assert inside.asked == []


def _client(service: Service) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {service.key}"}
    return httpx2.AsyncClient(base_url=service.url, headers=headers, timeout=60)


def _asking_for(name: str, address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for url in (name, address):
        html = (
            f"<img src='{url}/a.png'><iframe src='{url}/'></iframe><object data='{url}/'></object>"
            f"<style>body{{background:url({url}/b.png)}}</style>"
        )
        script = (
            f"<script>fetch('{url}/').then(a => a.text()).then(t => document.write(t))</script>"
        )
        yield "/image", {"html": html, "width": 200, "height": 200}
        yield "/image", {"html": html + script, "width": 200, "height": 200, "waitForTimeout": 100}
        yield "/image", {"url": f"{url}/"}
        yield "/pdf/render", {"html": html + script, "waitForTimeout": 100}
        yield "/pdf/render", {"html": html, "options": {"engine": "weasyprint"}}
        yield "/pdf/render", {"url": f"{url}/"}


def _red(data: bytes) -> bool:
    if not data.startswith(b"\x89PNG"):
        return False
    colours = Image.open(io.BytesIO(data)).convert("RGB").getcolors(1 << 24) or []
    return any(colour == (255, 0, 0) for _, colour in colours)  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"duration": 60_000, "framesPerSecond": 60}, "framesPerSecond"),
        ({"duration": 60_000, "framesPerSecond": 50}, "duration"),
        ({"width": 3840, "height": 2160}, "width"),
        ({"width": 2000, "height": 2000}, "width"),
    ],
)
def test_P29_an_animation_over_its_budget_is_refused_with_the_numbers(
    http: httpx2.Client, more: dict[str, Any], field: str
) -> None:
    answer = http.post("/gif", json={"html": "<p>x"} | more)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert any(character.isdigit() for character in answer.json()["error"])


@pytest.mark.parametrize("duration", [0, -1, 19, 1.5, "1s", 10**9])
def test_P30_a_duration_that_is_none_is_refused(http: httpx2.Client, duration: object) -> None:
    answer = http.post("/gif", json={"html": "<p>x", "duration": duration})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["duration"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("renders", "faulty"),
    [(24, 40), pytest.param(300, 10, marks=pytest.mark.full)],
)
def test_after_faulty_renders_everything_is_as_it_was(
    root: Path, tmp_path: Path, renders: int, faulty: int
) -> None:
    """No more processes, descriptors and temporary files than before, the pool at its full size,
    every render answered as it should be, the faulty ones 2 s after their deadline at the latest.
    """
    options = ["--renders", str(renders), "--faulty", str(faulty), "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.soak", *options, "--workspaces", "2"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BROKEN" not in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"soak.csv", "soak.svg"}
